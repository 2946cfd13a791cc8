/**
 * Forms: what a visitor sends in a form that the owner tagged with data-synerise.
 *
 * Sends    `form.submit`: { formType, formData, mapping, url, title }, and
 *          `client.createOrUpdate`: { the mapped fields, tags }, for each submit
 * Needs    identity
 * Misses   form.submit() called by script, which fires no event; texts beyond 4096 characters;
 *          forms in shadow roots
 *
 * The rules are contracts/synerise-sdk.md section 6. A form that the browser refused fires no
 * submit. The listener is delegated, so a form that comes late needs nothing.
 *
 * @param {Tag} tag
 */
function forms(tag) {
  const fields = (
    'email customId newsletterAgreement firstName lastName displayName phone sex birthDate ' +
    'company address city zipCode province countryCode'
  ).split(' ')
  // By type and by autocomplete: a "show password" button makes a password a text.
  const never = /password|file|button|submit|reset|image|cc-|one-time/

  tag.listen('submit', (event) => {
    const form = event.target
    // From the prototype: a control named "getAttribute" hides the form's method.
    const formType = Element.prototype.getAttribute.call(form, 'data-synerise')
    if (!formType) return

    // Without a prototype: a field may be named "constructor".
    /** @type {Params} */
    const formData = {__proto__: null}
    /** @type {Params} */
    const mapping = {__proto__: null}
    /** @type {Params} */
    const profile = {__proto__: null}

    // Not form.elements, which a control of that name hides; and this finds form="..." too.
    for (const field of tag.all('input,select,textarea')) {
      const given = field.form === form && field.getAttribute('data-synerise')
      if (!given || field.matches(':disabled') || never.test(field.type + field.autocomplete)) continue
      if (/checkbox|radio/.test(field.type) && !field.checked) continue

      const lower = given.toLowerCase()
      const known = lower === 'country' ? 'countryCode' : fields.find((name) => name.toLowerCase() === lower)
      const agreement = known === 'newsletterAgreement'
      const value = agreement ? field.getAttribute('data-synerise-value') : read(field)
      if (agreement && !/^(enabled|confirmation|disabled)$/.test(value)) {
        console.warn('tagwell: ignored, data-synerise-value is enabled, confirmation or disabled', value)
        continue
      }
      // A later agreement replaces an earlier one; other fields of one name are a list.
      if (field.name) mapping[given] = field.name
      if (agreement) delete formData[field.name || given]
      tag.put(formData, field.name || given, value)
      if (agreement) profile[known] = value
      else if (value.length) tag.put(profile, known || given, value)
    }

    tag.identify(profile)
    const page = {url: location.href, title: '' + document.title}
    tag.track('form.submit', {formType, formData, mapping, ...page}, 'Form submitted')
    tag.track('client.createOrUpdate', {...profile, tags: formType.split(',')}, 'Client updated')
  })

  /** @param {any} field */
  function read(field) {
    return field.multiple && field.selectedOptions
      ? [...field.selectedOptions].filter((option) => !option.disabled).map((option) => option.value)
      : field.value.slice(0, 4096)
  }
}
