/**
 * Synerise's stub: all of window.SR and window.SyneriseTC, as functions that keep their calls. Each
 * returns a promise, which whoever runs the call resolves, and which never fails.
 *
 * The loader at Synerise's script path carries it too, and calls it with an empty tag. What the page's
 * own line has put on its array (`_l`, `_t`, `_i`) stays. SyneriseObjectNamespace names another SR.
 *
 * Gives    tag.sr; true where it was not there before
 *
 * @param {Tag} tag
 */
function synerise_stub(tag) {
  const page = /** @type {any} */ (window)
  const given = page.SyneriseObjectNamespace
  const name = typeof given === 'string' ? given : 'SR'
  tag.sr = page[name]
  if (tag.sr?._calls) return

  /** @type {SynCall[]} */
  const calls = []
  tag.sr = page[name] = {...tag.sr, _calls: calls}
  /** @type {any} */
  const groups = {
    event: 'trackCustomEvent pageVisit sendFormData itemSearchClick recommendationView recommendationClick',
    client:
      'setAccessToken clearAccessToken setUuid update getCurrentClient getIdentityHash hashIdentity setUuidAndIdentityHash notify',
    jwt: 'getAccessToken clearAccessToken',
    dynamicContent: 'get',
  }
  // The browser's own, whatever the page has put in its place.
  /** @type {any} */
  const Native = (async () => {})().constructor
  /** @type {(group: Params, names: string) => Params} */
  const fill = (group, names) => {
    for (const method of names.split(' ')) {
      // The time is that of the call, however long it waits.
      group[method] = (/** @type {any[]} */ ...args) =>
        new Native((/** @type {any} */ resolve) => calls.push([method, args, Date.now(), resolve]))
    }
    return group
  }
  for (const group of Object.keys(groups)) tag.sr[group] = fill({}, groups[group])
  fill(tag.sr, 'init')
  page.SyneriseTC = fill({...page.SyneriseTC}, 'initFormCatch')
  return true
}
