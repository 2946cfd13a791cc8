/**
 * Script errors: what goes wrong in the page's own scripts and is caught by nobody.
 *
 * Sends    `script.error`: { message, source, line, column, count }, ten different ones a page at most.
 *          The first of a kind at once; how often it came again, as the page is hidden, shown again
 *          or left: so counts add up. A script of another host gives "Script error." and no more
 * Misses   what happened before the tag started; where a rejected promise came from
 *
 * @param {Tag} tag
 */
function script_errors(tag) {
  /** @type {Record<string, Params>} */
  const faults = {}

  tag.listen('error', note)
  tag.listen('unhandledrejection', note)
  tag.listen('visibilitychange', () => Object.values(faults).forEach(tell))

  /** @param {any} event */
  function note({target, message, reason, filename, lineno: line, colno: column}) {
    // Images that do not load come here too. Faults of ours do not: they are caught.
    if (target !== window) return
    const fault = {
      message: clean(message || 'Uncaught (in promise) ' + reason),
      source: clean(filename),
      line,
      column,
      count: 1,
    }
    const key = tag.text(fault)
    if (faults[key]) faults[key].count++
    else if (Object.keys(faults).length < 10) tell((faults[key] = fault))
  }

  /** @param {Params} fault */
  function tell(fault) {
    if (fault.count) tag.track('script.error', fault)
    fault.count = 0
  }

  // One line, so no stack, and no query of an address or path. Cut before too: the time that the
  // pattern takes grows with the square of the length, and a message may be a page long.
  /** @param {string=} text */
  function clean(text) {
    return text?.slice(0, 2000).replace(/(\/\S*?)[?#]\S*|[?#]\S*=\S*|\n.*/g, '$1').slice(0, 300)
  }
}
