/**
 * Storage: small values that last, in first-party cookies.
 *
 * A cookie on the widest domain that the browser lets us write, so that the owner's subdomains
 * share it; localStorage where cookies are refused; memory where both are (a sandboxed frame
 * throws on touching either).
 *
 * Gives    tag.read, tag.write
 * Misses   browsers that forget script-written cookies after a week
 *
 * @param {Tag} tag
 */
function storage(tag) {
  /** @type {Record<string, string>} */
  const memory = {}
  const end = ';path=/;samesite=lax' + (location.protocol === 'https:' ? ';secure' : '')
  let domain = ''

  // Probed with a cookie that says the domain: one from a page a moment ago proves no other.
  attempt(() => {
    const labels = location.hostname.split('.')
    for (let first = labels.length - 1; first-- > 0 && !domain; ) {
      const wide = labels.slice(first).join('.')
      document.cookie = `tagwell_probe=${wide};max-age=1;domain=` + wide + end
      if (cookie('tagwell_probe') === wide) domain = ';domain=' + wide
    }
  })

  tag.read = (name) => cookie(name) || attempt(() => localStorage.getItem(name)) || memory[name] || ''

  tag.write = (name, value, seconds) => {
    attempt(() => (document.cookie = name + '=' + value + ';max-age=' + seconds + domain + end))
    if (cookie(name) === value) return
    memory[name] = value
    attempt(() => localStorage.setItem(name, value))
  }

  /** @param {string} name */
  function cookie(name) {
    return attempt(() => ('; ' + document.cookie).split(`; ${name}=`)[1]?.split(';')[0])
  }

  /**
   * @template T
   * @param {() => T} run
   */
  function attempt(run) {
    try {
      return run()
    } catch {
      return undefined
    }
  }
}
