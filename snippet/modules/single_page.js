/**
 * Single page: the views that an app makes without a load.
 *
 * Another view is another path, and another query or hash where the source says so. It is counted
 * when it has lasted a moment, since an app sets the title a render after the address, or when the
 * next view comes, the tab is hidden or the page is left. An address that is replaced within that
 * moment was a redirect, so the last one counts, and none where that is the view before.
 *
 * Sends    `page.visit` with the view before as its referrer, and the time at which the address changed
 * Misses   before the Navigation API (Safari 26.2, Firefox 147), views of less than 200 ms
 *
 * @param {Tag} tag
 */
function single_page(tag) {
  /** @param {string} url */
  const view = (url) => url.replace(RegExp(tag.config.single_page, 'g'), '')
  let url = location.href
  let referrer = url
  /** @type {any} */
  let time
  /** @type {any} */
  let timer

  // Guarded by itself: a visit that cannot be sent takes no other with it.
  const count = tag.guard(() => {
    if (view(url) === view(referrer)) return
    tag.visit({url, referrer}, time)
    referrer = url
  })

  const look = tag.guard((/** @type {any=} */ event) => {
    if (view(url) === view(location.href)) return
    if (event?.navigationType !== 'replace') count()
    url = location.href
    time = Date.now()
    clearTimeout(timer)
    timer = setTimeout(count, 300)
  })

  // The browser tells of each change, whoever made it and however. Nothing of the page's is wrapped:
  // what other scripts did to history stays theirs. Where no event comes (older browsers, a
  // sandboxed frame, a page with a `navigation` of its own) the address is looked at.
  if (window.navigation?.currentEntry) window.navigation.addEventListener('currententrychange', look)
  else setInterval(look, 200)
  for (const run of [look, count]) {
    tag.listen('pagehide', run)
    tag.listen('visibilitychange', run)
  }
}
