/**
 * Forms: what a visitor sends in a form that the owner tagged with data-synerise.
 *
 * Sends    `form.submit`: { formType, formData, mapping, url, title }, and
 *          `client.createOrUpdate`: { the mapped fields, tags }, for each submit
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
  const {submit} = HTMLFormElement.prototype
  /** Fields that were a password, which a button may since have shown, and all around them. */
  const passwords = new WeakSet()
  /** The names of which the console has been told. @type {Params} */
  const told = {}
  let last = ''
  let time = 0

  for (const type of ['focusin', 'input']) {
    tag.listen(type, (event) => {
      const path = event.composedPath()
      if (path[0].type === 'password') for (const node of path) passwords.add(node)
    })
  }

  tag.within('submit', (event) => submitted(event.target, event))

  /** @type {(form: any, event?: any) => void} */
  const submitted = tag.guard((form, event) => {
    const formType = tag.attribute(form, 'data-synerise')
    if (!formType) return

    // Without a prototype: a field may be named "constructor".
    /** @type {Params} */
    const formData = {__proto__: null}
    /** @type {Params} */
    const mapping = {}
    /** @type {Params} */
    const profile = {__proto__: null}

    // By the prototype: a control named "elements" hides the form's. These are also inputs elsewhere
    // and components.
    const controls = /** @type {any} */ (Reflect.get(HTMLFormElement.prototype, 'elements', form))
    for (const field of controls) {
      const given = tag.attribute(field, 'data-synerise')
      const choice = /checkbox|radio/.test(field.type)
      if (!given || field.matches(':disabled') || (choice && !field.checked)) continue
      // No reset and no fieldset either.
      if (/file|button|submit|set/.test(field.type)) continue

      const name = tag.attribute(field, 'name')
      const key = name || given
      let value = field.value
      if (field.type === 'select-multiple') {
        value = []
        for (const option of field.selectedOptions) if (!option.disabled) value.push(option.value)
      }
      // A component may have told its value to the browser alone.
      if (!value?.slice) value = new FormData(form).get(key)
      value = (tag.attribute(field, 'data-synerise-value') ?? value ?? '').slice(0, 4096)

      // What the page says of the field. The value of a box is the page's, whatever its label says.
      let about = passwords.has(field) ? 'password' : given
      for (const said of choice ? [] : [...field.attributes, ...(field.labels || [])]) {
        if (said.name !== 'value') about += ' ' + said.textContent
      }

      const agreement = /^newsletteragreement$/i.test(given)
      if (tag.secret(about, value) || (agreement && !/^(enabled|confirmation|disabled)$/.test(value))) {
        if (!told[key]) console.warn(tag.config.name, 'not sent', key, agreement ? 'data-synerise-value' : 'secret')
        told[key] = 1
        continue
      }
      if (name) mapping[given] = name
      // A later agreement replaces an earlier one; other fields of one name are a list.
      const put = agreement ? Reflect.set : tag.put
      put(formData, key, value)
      if (value[0]) put(profile, given, value)
    }

    const send = tag.guard(() => {
      const text = formType + tag.text(formData)
      // A page may stop the event, look at the fields as long as it likes, and then call form.submit().
      if (event?.defaultPrevented || (text === last && (!event || Date.now() - time < 2000))) return
      last = text
      time = Date.now()

      tag.identify(profile)
      tag.track(
        'form.submit',
        // An <img name="title"> hides the document's.
        {formType, formData, mapping, url: location.href, title: Reflect.get(Document.prototype, 'title', document)},
        'Form submitted',
      )
      tag.track('client.createOrUpdate', {...profile, tags: formType.split(',')}, 'Client updated')
    })
    if (event && !event.submitter?.formNoValidate && Element.prototype.matches.call(form, ':invalid')) {
      setTimeout(send)
    } else send()
  })

  // form.submit() fires no event. A frozen prototype stays as it is.
  HTMLFormElement.prototype.submit = function () {
    submitted(this)
    return submit.call(this)
  }
}
