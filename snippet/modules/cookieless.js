/**
 * Cookieless: in place of storage and visitor, for a source that keeps nothing on the device.
 *
 * Small values and the box last as long as the page, and events carry no uuid. What an earlier tag
 * of this name left behind is removed.
 *
 * Gives    tag.read, tag.write, tag.box, tag.attempt, tag.forget, tag.visitor
 * Misses   what is unsent when the page goes; leftovers of a path or a name of their own
 *
 * @param {Tag} tag
 */
function cookieless(tag) {
  const prefix = tag.config.name + '_'

  tag.box = {}
  tag.attempt = attempt
  tag.read = (name) => tag.box[prefix + name] || ''
  tag.write = (name, value) => (tag.box[prefix + name] = value)
  tag.visitor = () => undefined

  tag.forget = () => {
    // A sandboxed frame throws on touching either.
    /** @type {Params} */
    const left = attempt(() => localStorage) || {}
    const names = `${attempt(() => document.cookie)};${attempt(() => Object.keys(left))}`
    for (const name of names.split(/[=;, ]+/)) {
      if (!name.startsWith(prefix)) continue
      attempt(() => delete left[name])
      let domain = ''
      for (const label of location.hostname.split('.').reverse()) {
        domain = domain ? label + '.' + domain : label
        attempt(() => (document.cookie = `${name}=;max-age=0;path=/;domain=${domain}`))
      }
    }
  }
  tag.forget()

  /**
   * @template T
   * @param {() => T} run
   */
  function attempt(run) {
    try {
      return run()
    } catch {}
  }
}
