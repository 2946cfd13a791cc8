/**
 * Google's consent mode: what the page says of analytics_storage on its dataLayer.
 *
 * An update is the visitor's decision. A default is none: `granted` lets events go, `denied` holds
 * them. A default for a region counts as denied everywhere, since nobody here knows the visitor's.
 *
 * Needs    consent
 * Misses   a dataLayer of another name
 *
 * @param {Tag} tag
 */
function consent_google(tag) {
  const layer = (window.dataLayer = window.dataLayer || [])
  const push = layer.push
  /** What the defaults say: once 0, always 0. */
  let usual = 1

  // gtag() pushes its arguments: no array, but with numbers for keys.
  const see = tag.guard((/** @type {any} */ entry) => {
    const {analytics_storage, region} = (entry?.[0] === 'consent' && entry[2]) || {}
    if (!analytics_storage) return
    const agrees = analytics_storage === 'granted'
    if (entry[1] === 'update') return tag.decide(agrees ? 1 : -1, 'google')
    usual = agrees && !region ? usual : 0
    tag.decide(usual)
  })

  layer.forEach(see)
  // A frozen one stays as it is, in a module too, which is strict.
  Reflect.set(layer, 'push', (/** @type {any[]} */ ...entries) => {
    entries.forEach(see)
    return push.apply(layer, entries)
  })
}
