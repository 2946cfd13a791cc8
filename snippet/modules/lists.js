/**
 * Lists: actions that the owner's policy does not want are not sent.
 *
 * The collector obeys the same lists; here they keep the data in the browser. Block wins, and an
 * allow list that is not empty admits only its own. Rules are here as hashes (hashed.py): those of a
 * name, and of each of its beginnings with a star, are looked up.
 *
 * Gives    tag.refuser
 *
 * @param {Tag} tag
 */
function lists(tag) {
  /** @type {(hash: number, unit: string) => number} */
  const mix = (hash, unit) => (hash * 8191 + unit.charCodeAt(0)) % 1099511627689

  tag.refuser = ({allow, block}) => {
    const allowed = new Set(allow)
    const blocked = new Set(block)
    return (name, inner) => {
      let hash = 0
      // A beginning that ends in no dot or slash is in no list (the policy's own rule).
      const rules = (tag.config.key + name).split('').map((unit) => mix((hash = mix(hash, unit)), '*'))
      rules.push(hash)
      /** @param {Set<number>} list */
      const listed = (list) => rules.some((rule) => list.has(rule))
      return listed(blocked) || (!inner && allowed.size > 0 && !listed(allowed))
    }
  }

  const refuses = tag.refuser(tag.config.lists)
  tag.filters.push(({action}) => refuses(action))
}
