/**
 * Identity: a second, different person at this browser becomes a new visitor.
 *
 * Kept on the device: a 32-bit hash (h = 31h + byte) of the email and of the customId, never
 * either of them itself. Source: contracts/synerise-sdk.md section 11.
 *
 * Gives    tag.identify
 * Needs    storage, visitor
 *
 * @param {Tag} tag
 */
function identity(tag) {
  tag.identify = (profile) => {
    /** @type {any[]} */
    let known = tag.read('identity').split('.')
    // Names in any case, as the collector takes them.
    /** @type {any} */
    const lower = {}
    for (const name of Object.keys(profile)) lower[name.toLowerCase()] = profile[name]
    const given = [lower.email?.trim?.().toLowerCase(), lower.customid].map((value) => {
      let hash = 0
      for (const byte of new TextEncoder().encode(value)) hash = (31 * hash + byte) | 0
      return value && hash
    })
    // What was kept is text: 1 and '1' are the same.
    if (given.some((hash, kind) => hash && known[kind] && hash != known[kind])) {
      known = []
      tag.visitor(true)
    }
    if (given.join('')) tag.write('identity', given.map((hash, kind) => hash || known[kind]).join('.'), 34560000)
  }
}
