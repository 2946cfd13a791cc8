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
    for (const name of `${tag.attempt(() => document.cookie)};${Object.keys(tag.box)}`.split(/[=;, ]+/)) {
      if (name.startsWith(prefix)) {
        tag.cookie(name, '', 0)
        delete tag.box[name]
      }
    }
  }
}
