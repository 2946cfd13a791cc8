/**
 * Engagement: how long a view was really looked at, and how deep it was scrolled.
 *
 * Sends    `page.engagement` as the page is hidden or left, and as an app shows its next view:
 *          { url, duration, percent, pixels }. `duration` is the milliseconds since the last one of this
 *          view, visible and focused: so they add up. `pixels` is the deepest scroll so far,
 *          `percent` how much of the document lay above the window's lower edge then
 * Misses   pages that scroll inside an element; a tab that is killed while it is seen
 *
 * @param {Tag} tag
 */
function engagement(tag) {
  const visit = tag.visit
  // It reports after layout, where reading sizes costs nothing.
  const observer = new ResizeObserver(tag.guard(look))
  let url = ''
  /** When attention began, false or 0 without. @type {any} */
  let since = 0
  let spent = 0
  let pixels = 0
  let told = 0
  let percent = 0

  tag.visit = (params, time) => {
    tell()
    visit?.(params, time)
    begin(params?.url)
  }

  // Every focus in the page comes by here too, and changes nothing; a frame's is the page's.
  tag.listen('focus', watch)
  tag.listen('blur', watch)
  tag.listen('scroll', look)
  tag.listen('visibilitychange', tell)
  begin()
  watch()

  /** @param {string=} address */
  function begin(address) {
    url = address || location.href
    pixels = told = 0
    // Observed anew, it reports anew.
    observer.disconnect()
    observer.observe(document.documentElement)
  }

  function watch() {
    const now = performance.now()
    spent += since && now - since
    since = !document.hidden && document.hasFocus() && now
  }

  function look() {
    // An app shows its next view before that counts as a visit.
    if (new URL(url).pathname !== location.pathname) return
    pixels = Math.max(pixels, Math.round(scrollY))
    percent = Math.min(100, Math.round((100 * (pixels + innerHeight)) / document.documentElement.scrollHeight))
  }

  function tell() {
    watch()
    // What is told at once after the last one is nothing new.
    if (spent < 100 && pixels <= told) return
    tag.track('page.engagement', {url, duration: Math.round(spent), percent, pixels})
    spent = 0
    told = pixels
  }
}
