/**
 * List of params: what the owner's policy does not want is taken out of an event before it is sent.
 *
 * A param within another is named by both: `formData.phone`. An object is not refused for want of
 * an allow rule, only what it holds; a list counts as one value.
 *
 * Needs    lists
 *
 * @param {Tag} tag
 */
function list_params(tag) {
  const refuses = tag.refuser(tag.config.list_params)

  tag.filters.push((event) => {
    // A copy: the page may use its object again.
    event.params = JSON.parse(tag.text(event.params))
    trim(event.params, '')
  })

  /**
   * @param {Params} params
   * @param {string} prefix
   */
  function trim(params, prefix) {
    for (const name of Object.keys(params)) {
      const inner = {}.toString.call(params[name]) === '[object Object]'
      if (refuses(prefix + name, inner)) delete params[name]
      else if (inner) trim(params[name], prefix + name + '.')
    }
  }
}
