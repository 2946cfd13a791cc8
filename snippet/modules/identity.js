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
    let known = tag.read('identity').split('.')
    // Names in any case, as the collector takes them.
    const given = ['email', 'customid'].map((name, kind) => {
      let value = profile[Object.keys(profile).find((key) => key.toLowerCase() === name) || '']
      if (!kind) value = value?.trim?.().toLowerCase()
      let hash = 0
      for (const byte of new TextEncoder().encode(value)) hash = (31 * hash + byte) | 0
      return value && '' + hash
    })
    if (given.some((hash, kind) => hash && known[kind] && hash !== known[kind])) {
      known = []
      tag.visitor(true)
    }
    if (given.join('')) tag.write('identity', given.map((hash, kind) => hash || known[kind]).join('.'), 34560000)
  }
}
