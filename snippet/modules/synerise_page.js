/**
 * Synerise's SR.init(): what the page asked for before its first event.
 *
 * With `customPageVisit` no visit is counted by itself; nor where the owner has switched that off, as
 * pageVisit() needs its module all the same. `plugin` goes with the visits. All else is taken, and
 * changes nothing: our cookies are on the widest domain and last as long as a browser keeps them.
 *
 * The page's own line calls onSyneriseLoad() once its script has come. Where our own line stands in
 * its place nobody does, so that we do.
 *
 * Needs    synerise_stub
 * Misses   with our own line, an SR.init() that comes after the tag has started
 *
 * @param {Tag} tag
 */
function synerise_page(tag) {
  const sr = tag.sr
  /** @type {SynCall[]} */
  const calls = sr._calls
  const init = () => calls.find(([name]) => name === 'init')

  const page = /** @type {any} */ (window)
  const name = sr._l || 'onSyneriseLoad'
  const load = page[name]
  if (!init() && !sr._ready && typeof load === 'function') {
    tag.guard(load)()
    // A snippet that comes later would call it once more.
    tag.attempt(() => (page[name] = () => {}))
  }

  const {customPageVisit, plugin} = tag.attempt(() => ({.../** @type {any} */ (init())[1][0]})) || {}
  tag.filters.push(({action, params}) => {
    if (action !== 'page.visit') return
    // Of those that nobody calls for: the first, before calls are run, and those of a page that comes back.
    // Beside another vendor's calls, of which one tells the view, only whoever asks for Synerise wants it.
    const counts = !customPageVisit && tag.config.synerise_page > (init() ? 0 : 1)
    if (!counts && (!sr._ready || params.persisted)) return true
    if (typeof plugin === 'string') params.plugin = plugin
  })
}
