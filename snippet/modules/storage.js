/**
 * Storage: small values that last, in first-party cookies, and a box for larger ones.
 *
 * A cookie on the widest domain that the browser lets us write, so that the owner's subdomains
 * share it; the box where cookies are refused. The box is localStorage, or an object of this page
 * where that is refused (a sandboxed frame throws on touching either). Nothing is touched before
 * something is read or written.
 *
 * Gives    tag.read, tag.write, tag.box, tag.attempt, tag.cookie
 * Misses   browsers that forget script-written cookies after a week
 *
 * @param {Tag} tag
 */
function storage(tag) {
  const prefix = tag.config.name + '_'

  tag.box = attempt(() => localStorage) || {}
  tag.attempt = attempt

  tag.read = (name) => cookie(prefix + name) || attempt(() => tag.box[prefix + name]) || ''

  tag.write = (name, value, seconds) =>
    tag.cookie(prefix + name, value, seconds) || attempt(() => (tag.box[prefix + name] = value))

  // The widest domain comes first. A value that was there already proves nothing, so whoever
  // writes again must write another.
  tag.cookie = (name, value, seconds) => {
    const labels = location.hostname.split('.')
    // No browser takes one for the last label, or for a part of an address; Firefox complains of it.
    for (let count = isNaN(+labels[labels.length - 1]) ? 2 : 4; ; count++) {
      const domain = labels.slice(-count).join('.')
      attempt(() => {
        document.cookie =
          `${name}=${value};max-age=${seconds};path=/;samesite=lax;domain=${domain}` +
          (location.protocol[5] ? ';secure' : '')
      })
      if (cookie(name) === value) return true
      if (!labels[count]) return
    }
  }

  /** @param {string} name */
  function cookie(name) {
    // Split and no pattern: compiling one for each name cost most of the tag's start.
    return attempt(() => ('; ' + document.cookie).split(`; ${name}=`)[1]?.split(';')[0])
  }

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
