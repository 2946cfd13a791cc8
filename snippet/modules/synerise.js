/**
 * Synerise: the page API of its SDK, window.SR and window.SyneriseTC.
 *
 * Runs what the stub has kept, each call with the time at which it was made, and from then on every
 * call at once. Tagged forms are those of our own, which need no scan: initFormCatch() looks for
 * tagged elements. A view of a single-page app is the page's to tell, by pageVisit().
 *
 * Sends    what the page reports: `page.visit`, `form.submit`, `client.createOrUpdate`,
 *          `item.search.click`, `recommendation.view`, `recommendation.click`
 * Needs    synerise_ids, synerise_page, page_visits, custom_events, tokens
 * Misses   notify() and dynamicContent, which do nothing; sendFormData() where the owner has switched
 *          forms off
 *
 * @param {Tag} tag
 */
function synerise(tag) {
  const sr = tag.sr
  // Another source's tag answers to it.
  if (sr._ready) return

  /** When the call that is run was made. */
  let time = 0
  /** @type {string | null} */
  let token = null
  const track = tag.track
  tag.track = (action, params, at, label) => track(action, params, at || time, label)

  const knownHash = () => +tag.read('identity').split('.')[0] || null
  /** @type {(given: any) => any} */
  const access = (given) => tag.methods.token((token = (typeof given === 'string' && given) || null))
  /** @type {(...given: any[]) => void} */
  const become = (...given) => {
    const id = given.find((one) => /^[\w-]{36,128}$/.test(one))
    if (!id) return console.warn(tag.config.name, 'no uuid', ...given)
    tag.become('' + id, '' + (given.find((one) => /^-?\d{1,10}$/.test(one)) ?? ''))
  }

  /** @type {Record<string, (...args: any[]) => any>} */
  const methods = {
    trackCustomEvent: (action, params, label) => tag.methods.track(action, params, label),
    pageVisit: (params) => tag.visit(object(params)),
    itemSearchClick: (params) => tag.track('item.search.click', object(params)),
    recommendationView: (params) => tag.track('recommendation.view', object(params)),
    recommendationClick: (params) => tag.track('recommendation.click', object(params)),

    sendFormData(formType, data, mapping) {
      // Not where the owner has switched forms off.
      const form = /** @type {any} */ (tag.form)
      if (typeof formType !== 'string' || !formType || !form) {
        return console.warn(tag.config.name, 'not sent', formType, form ? 'form type' : 'forms are off')
      }
      const [, add, tell] = form(formType)
      const fields = new Map(Object.entries(object(mapping)).map(([field, name]) => [name, field]))
      for (const [key, value] of Object.entries(object(data))) {
        const field = fields.get(key)
        /** @type {any[]} */
        const list = [].concat(value).filter((one) => /string|number|boolean/.test(typeof one))
        const taken = Array.isArray(value) ? list : list[0]
        if (taken !== undefined) add(field || key, field && key, taken.slice?.(0, 4096) ?? taken, `${key} ${field || ''}`)
      }
      tell()
    },

    update: (params, label) => tag.methods.track('client.createOrUpdate', params, label),
    setUuid: (id) => become(id),
    setUuidAndIdentityHash: become,
    getCurrentClient: () => ({uuid: tag.visitor() || null, identityHash: knownHash()}),
    getIdentityHash: knownHash,
    // As of identity.js.
    hashIdentity: (email) =>
      new TextEncoder().encode(('' + email).trim().toLowerCase()).reduce((hash, byte) => (31 * hash + byte) | 0, 0),

    setAccessToken: access,
    clearAccessToken: () => access(null),
    getAccessToken: () => token,

    initFormCatch: () => tag.methods.rescan?.(),
  }

  /** @type {(call: SynCall) => void} */
  const run = ([name, args, made, resolve]) => {
    time = made
    const result = tag.guard(methods[name] || (() => {}))(...args)
    time = 0
    resolve(result)
  }
  sr._ready = true
  sr._calls.push = tag.guard(run)
  sr._calls.splice(0).forEach(sr._calls.push)

  /** @param {any} given */
  function object(given) {
    return {}.toString.call(given) === '[object Object]' ? given : {}
  }
}
