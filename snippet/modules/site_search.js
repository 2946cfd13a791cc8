/**
 * Site search: what visitors look for, as the address of the results tells.
 *
 * Sends    `search`: { query, parameter }, at most 200 characters. Once while the query stays the
 *          same: the next page of results is no other search
 * Needs    secrets
 * Misses   results whose address does not hold the query, or holds it after a #; what looks like an
 *          e-mail address or a secret, on purpose
 *
 * @param {Tag} tag
 */
function site_search(tag) {
  const visit = tag.visit
  let last = ''

  tag.visit = (params, time) => {
    visit?.(params, time)
    look(params?.url)
  }
  look()

  function look(url = location.href) {
    /** @type {any} */
    let query
    const parameter = tag.config.site_search.find(
      (name) => (query = new URL(url).searchParams.get(name)?.trim().slice(0, 200))
    )
    if (parameter) {
      if (query !== last && !/.@./.test(query) && !tag.secret(parameter, query)) {
        tag.track('search', {query, parameter})
      }
      last = query
    }
  }
}
