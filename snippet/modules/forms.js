/**
 * Forms: what a visitor sends in a form that the owner tagged with data-synerise.
 *
 * Sends    `form.submit`: { formType, formData, mapping, url, title }, and
 *          `client.createOrUpdate`: { the mapped fields, tags }, for each submit
 * Gives    tag.form
 * Needs    dom, identity, roots, secrets
 * Misses   texts beyond 4096 characters; editable texts, and components that are no form fields;
 *          closed shadow roots, save for form.submit(); a second form.submit() of the same data
 *
 * The rules are contracts/synerise-sdk.md section 6; the collector knows its fields in any case. What
 * the browser refuses fires no submit. What it finds invalid but was told not to check (novalidate),
 * and the page then stops, counts as refused by the page; a button with formnovalidate means it. The
 * same data again within two seconds is the same submit. What looks like a secret is not read,
 * whoever tagged it.
 *
 * @param {Tag} tag
 */
function forms(tag) {
  const submit = HTMLFormElement.prototype.submit
  /** Fields that were a password, which a button may since have shown, and all around them. */
  const passwords = new WeakSet()
  /** The names of which the console has been told. @type {Params} */
  const told = {}
  /** @type {string} */
  let last
  /** @type {number} */
  let time

  for (const type of ['focusin', 'input']) {
    tag.listen(type, (event) => {
      for (const node of event.composedPath()) {
        if (event.composedPath()[0].type === 'password') passwords.add(node)
      }
    })
  }

  tag.within('submit', (event) => submitted(event.target, event))

  /** @type {(form: any, event?: any) => void} */
  const submitted = tag.guard((form, event) => {
    const formType = tag.attribute(form, 'data-synerise')
    if (!formType) return

    const [formData, add, tell] = tag.form(formType)

    // By the prototype: a control named "elements" hides the form's. These are also inputs elsewhere
    // and components.
    for (const field of /** @type {any} */ (Reflect.get(HTMLFormElement.prototype, 'elements', form))) {
      const given = tag.attribute(field, 'data-synerise')
      const choice = /check|radio/.test(field.type)
      if (
        !given ||
        field.matches(':disabled') ||
        (choice && !field.checked) ||
        // No reset and no fieldset either.
        /file|button|submit|set/.test(field.type)
      ) {
        continue
      }

      const name = tag.attribute(field, 'name')
      let value = field.value
      if (/select-m/.test(field.type)) {
        value = [...field.querySelectorAll(':checked:enabled')].map((option) => option.value)
      }
      // A component may have told its value to the browser alone.
      if (!value?.slice) value = new FormData(form).get(name || given) ?? ''
      value = (tag.attribute(field, 'data-synerise-value') ?? value).slice(0, 4096)

      // What the page says of the field. The value of a box is the page's, whatever its label says.
      let about = given
      if (!choice) {
        for (const said of [...field.attributes, ...(field.labels || [])]) {
          if (said.name !== 'value') about += ' ' + said.textContent
        }
      }

      add(given, name, value, passwords.has(field) ? 'password' : about)
    }

    const send = tag.guard(() => {
      const text = tag.text([formType, formData])
      // A page may stop the event, look at the fields as long as it likes, and then call form.submit().
      if (event?.defaultPrevented || (text === last && (!event || Date.now() < time + 2000))) return
      last = text
      time = Date.now()
      tell()
    })
    if (event && !event.submitter?.formNoValidate && Element.prototype.matches.call(form, ':invalid')) {
      setTimeout(send)
    } else send()
  })

  tag.form = (formType) => {
    /** @type {Params} */
    const formData = {}
    /** @type {Params} */
    const mapping = {}
    /** @type {Params} */
    const profile = {}

    return [
      formData,
      (given, name, value, about) => {
        const key = name || given
        const agreement = /^newsletteragreement$/i.test(given)
        // A later agreement replaces an earlier one; other fields of one name are a list.
        const put = agreement ? Reflect.set : tag.put
        if (tag.secret(about, value) || (agreement && !/^(enabled|disabled|confirmation)$/.test(value))) {
          if (!told[key]) console.warn(tag.config.name, 'not sent', key, agreement ? 'data-synerise-value' : 'secret')
          told[key] = 1
        } else {
          if (name) mapping[given] = name
          if ('' + value) put(profile, given, value)
          put(formData, key, value)
        }
      },
      () => {
        tag.identify(profile)
        // An <img name="title"> hides the document's.
        tag.track('form.submit', {
          url: location.href,
          title: Reflect.get(Document.prototype, 'title', document),
          formType,
          formData,
          mapping,
        })
        tag.track('client.createOrUpdate', {...profile, tags: formType.split(',')})
      },
    ]
  }

  // form.submit() fires no event. A frozen prototype stays as it is.
  HTMLFormElement.prototype.submit = function () {
    submitted(this)
    return submit.call(this)
  }
}
