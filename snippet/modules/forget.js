/**
 * Forget: removes what the tag keeps on the device, for whoever is told that nothing may be kept.
 *
 * Gives    tag.forget
 * Needs    storage
 * Misses   leftovers of a path or a name of their own
 *
 * @param {Tag} tag
 */
function forget(tag) {
  const prefix = tag.config.name + '_'

  tag.forget = () => {
    // Where one of them throws, the other is cleared all the same.
    const names = `${tag.attempt(() => document.cookie)};${tag.attempt(() => Object.keys(tag.box))}`
    for (const name of names.split(/[=;, ]+/)) {
      if (name.startsWith(prefix)) {
        tag.cookie(name, '', 0)
        tag.attempt(() => delete tag.box[name])
      }
    }
  }
}
