/**
 * Tracardi's ids: a browser that Tracardi's script knows stays who it is, here and on the owner's other sites.
 *
 * A browser without a uuid of ours takes, when it first needs one, the profile id that Tracardi's script
 * kept; else the one in `__tr_pid` of this page's address. That is anybody's word, and would put the
 * visitor into the profile of whoever wrote the link: it counts only where the page before this one is
 * of a host that `trackExternalLinks` lists, as a browser tells and no link can. Links to those hosts
 * carry our id for the one click. `tracker.profile` is the id of each event, and kept nowhere.
 *
 * Gives    tag.page_options: the page's own `const options`; tag.passed: what its address hands over
 * Needs    storage, forget, vendor_ids, visitor, links
 * Misses   profile ids of fewer than 36 characters, and of more than 128; what a site hands over that sends no referrer
 *
 * @param {Tag} tag
 */
function tracardi_ids(tag) {
  const kept = ['tracardi-profile-id', '__tr_id', '__tr_pid']
  const forget = tag.forget
  const visitor = tag.visitor
  // A const of the page's, which no property of the window tells of. None throws, as does one that failed.
  tag.page_options = tag.attempt(() => options) || {}

  const profile = asked('__tr_pid')
  const source = asked('__tr_src')
  // It tells one browser from all others: nothing for a cookieless source, which writes no cookie.
  /** @type {any} */
  const lasts = tag.cookie
  tag.passed = lasts && (profile || source) ? {profile, source} : undefined
  // Off the address: else events tell it as well, and whoever copies it hands this visitor on.
  const url = without(location.href)
  if (url !== location.href) tag.attempt(() => history.replaceState(history.state, '', url))

  // Else who refuses and later agrees would be known again.
  tag.forget = () => {
    forget()
    // And the answers that Tracardi's script has kept, under names of the page's.
    const answers = tag.attempt(() => tag.page_options.tracker.external.map((/** @type {any} */ one) => one?.storage))
    const others = ['tracardi-device-id', 'tracardi-session-id', '__tr_geo', '__anon_id']
    for (const name of [...kept, ...others, ...(answers || [])]) if (name && typeof name === 'string') tag.drop(name)
  }

  tag.visitor = (renew) => {
    const first = !renew && !tag.read('uuid')
    const id = visitor(renew)
    // Whoever may be given no id, is given none.
    if (!id) return id
    const found = first && adopted()
    if (found) tag.write('uuid', found + '.' + Date.now(), 34560000)
    const own = tag.attempt(() => tag.page_options.tracker.profile.id)
    return (typeof own === 'string' && own && !own[128] && own) || found || id
  }

  /** The link that is changed, as long as it is. @type {any} */
  let carrying
  tag.carry = (link) => {
    const id = link !== carrying && linked(link.hostname) && tag.visitor()
    if (id) {
      const href = link.getAttribute('href')
      const {source} = tag.page_options.tracker
      carrying = link
      // What stands there is another's word: a visitor may have written the link.
      link.search = without(link.search) + `&__tr_pid=${encodeURIComponent(id)}&__tr_src=${encodeURIComponent(source.id)}`
      // By then the browser has read it.
      setTimeout(() => {
        carrying = undefined
        link.href = href
      })
    }
  }

  if (navigator.doNotTrack === '1' && tag.attempt(() => tag.page_options.tracker.settings.respectDoNotTrack)) {
    tag.filters.push(() => true)
    tag.forget()
    tag.write = tag.visitor = () => undefined
  }

  function adopted() {
    const ids = kept.map((name) => tag.attempt(() => JSON.parse(tag.box[name])))
    // A link of the page's own host may be a visitor's.
    const before = tag.attempt(() => new URL(document.referrer).hostname)
    if (before !== location.hostname && linked(before)) ids.push(profile)
    // As long as `visitor` wants it.
    return ids.find((id) => /^[\w-]{36,128}$/.test(id))
  }

  /**
   * Of the address. All events would be too large with a long one.
   *
   * @param {string} name
   */
  function asked(name) {
    const [value, another] = tag.attempt(() => new URLSearchParams(location.search).getAll(name)) || []
    return value && another === undefined && !value[128] ? value : null
  }

  /** @param {string} address */
  function without(address) {
    return address.replace(/([?&])(?:&?__tr_(?:pid|src)=[^&#]*)+(&?)/g, (_, mark, more) => more && mark)
  }

  /** @param {any} host */
  function linked(host) {
    return tag.attempt(() =>
      tag.page_options.tracker.settings.trackExternalLinks.some((/** @type {any} */ domain) =>
        ('.' + host).endsWith('.' + domain)
      )
    )
  }
}
