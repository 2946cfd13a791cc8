/**
 * Web Vitals: how fast the page felt, by the definitions of the web-vitals project.
 *
 * Sends    `web.vitals` once, as the page is first hidden or left: { url, LCP, CLS, INP, FCP, TTFB },
 *          ms, but for CLS; what did not happen or the browser does not measure is left out
 * Misses   what comes after a return to the page, or from the back/forward cache. Where the browser
 *          does not count interactions, INP is of the slow ones alone, and then too high
 *
 * @param {Tag} tag
 */
function web_vitals(tag) {
  /** @type {any} */
  const navigation = performance.getEntriesByType('navigation')[0]
  // A page that opens in the background is painted when somebody comes to look.
  const unseen = document.hidden
  /** @type {Params} */
  const vitals = {url: location.href, TTFB: since(navigation?.responseStart), CLS: window.LayoutShift && 0}
  /** The longest event of each interaction that was slow at all. @type {Record<string, number>} */
  const slow = {}
  /** Of the window of shifts: none before the first. @type {any} */
  let began
  /** @type {any} */
  let last
  /** @type {any} */
  let sum
  /** @type {any} */
  let leave = () => {
    // Once.
    leave = Object
    observer.takeRecords().forEach(see)
    observer.disconnect()
    const all = Object.values(slow).sort((a, b) => b - a)
    // The 98th percentile: for every fifty interactions, the worst one left is left out.
    vitals.INP = all[((performance.interactionCount || all.length) / 50) | 0] ?? all.pop()
    tag.track('web.vitals', vitals)
  }
  const observer = new PerformanceObserver(tag.guard((list) => list.getEntries().forEach(see)))

  for (const type of PerformanceObserver.supportedEntryTypes) {
    // event, first-input, largest-contentful-paint, layout-shift, paint; of the others nothing is taken
    if (/^[eflp]/.test(type)) {
      observer.observe(/** @type {any} */ ({type, buffered: true, durationThreshold: 40}))
    }
  }
  tag.listen('visibilitychange', () => document.hidden && leave())

  /** @param {any} entry */
  function see({size, name, startTime, value, hadRecentInput, interactionId, duration}) {
    if (!unseen) {
      // Only the largest paint has a size. The browser itself ends it at the first input.
      if (size) vitals.LCP = since(startTime)
      // first-contentful-paint
      if (/tf/.test(name)) vitals.FCP = since(startTime)
    }
    // Only shifts have a value. The worst window: less than a second apart, less than five in all.
    if (value && !hadRecentInput) {
      if (!(startTime - last < 1000 && startTime - began < 5000)) {
        began = startTime
        sum = 0
      }
      last = startTime
      sum += value
      vitals.CLS = Math.max(vitals.CLS, sum)
    }
    if (interactionId && !(slow[interactionId] > duration)) slow[interactionId] = duration
  }

  /** @param {number} time */
  function since(time) {
    return Math.max(0, Math.round(time - (navigation?.activationStart || 0)))
  }
}
