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
  let denied = false

  // gtag() pushes its arguments: no array, but with numbers for keys.
  const see = tag.guard((/** @type {any} */ entry) => {
    const {analytics_storage, region} = (entry?.[0] === 'consent' && entry[2]) || {}
    const agrees = analytics_storage === 'granted'
    if (!analytics_storage) return
    if (entry[1] === 'update') return tag.decide(agrees ? 1 : -1, 'google')
    denied = denied || !agrees || region
    tag.decide(denied ? 0 : 1)
  })

  for (const entry of layer) see(entry)
  // A frozen one stays as it is.
  Reflect.set(layer, 'push', (/** @type {any[]} */ ...entries) => {
    for (const entry of entries) see(entry)
    return push.apply(layer, entries)
  })
}
