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
  const name = 'tagwell_identity'

  tag.identify = ({email, customId}) => {
    const known = tag.read(name).split('.')
    const given = [email && String(email).trim().toLowerCase(), customId].map(hash)
    const other = given.some((mark, kind) => mark && known[kind] && mark !== known[kind])
    if (other) tag.visitor(true)
    if (given.some(Boolean)) {
      tag.write(name, given.map((mark, kind) => mark || (!other && known[kind]) || '').join('.'), 34560000)
    }
  }

  /** @param {unknown} value */
  function hash(value) {
    const bytes = new TextEncoder().encode(value ? '' + value : '')
    return bytes.length ? '' + bytes.reduce((sum, byte) => (Math.imul(31, sum) + byte) | 0, 0) : ''
  }
}
