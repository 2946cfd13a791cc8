/**
 * IAB TCF v2.2: what the visitor agreed to in a consent platform. All of the settings' purposes are
 * needed; where the GDPR does not apply, none is.
 *
 * Needs    consent
 * Misses   a platform in another frame
 *
 * @param {Tag} tag
 */
function consent_tcf(tag) {
  const hear = tag.guard(({gdprApplies, eventStatus, purpose}) => {
    if (gdprApplies === false) return tag.decide(1)
    // While the visitor is being asked, the platform tells what was before; as it loads, what was
    // decided on an earlier page, which is no news.
    if (/shown/.test(eventStatus)) return
    const agrees = tag.config.consent_tcf.every((one) => purpose.consents[one])
    tag.decide(agrees ? 1 : -1, /complete/.test(eventStatus) && 'tcf')
  })

  // The platform may load later than the tag.
  const find = tag.guard((/** @type {number} */ pause) => {
    if (window.__tcfapi) window.__tcfapi('addEventListener', 2, hear)
    else setTimeout(find, pause, pause * 2)
  })
  find(50)
}
