/**
 * List of paths: what happens on a page that the owner's policy does not want is not sent.
 *
 * The page is the browser's, or the one that a visit, an engagement or the vitals name as their
 * `url`, which an app may have left since; before `canonical` gives it another address. Any other
 * `url` is a param: where a link leads, nobody has been yet. Such a page is no referrer either.
 *
 * Adds     to each event its page's path, which tells the collector what page it is
 * Needs    lists
 *
 * @param {Tag} tag
 */
function list_paths(tag) {
  // Of an address elsewhere an origin remains, which is no path.
  /** @param {any} url */
  const path = (url) => /^\/[^?#]*/.exec(('' + url).replace(location.origin, ''))?.[0]
  const refused = tag.refuser(tag.config.list_paths)

  tag.filters.push((event) => {
    const {action, params} = event
    const before = path(params.referrer)
    // A copy: the page may use its object again.
    if (before && refused(before)) event.params = {...params, referrer: undefined}
    const page = (/^(page|web)\./.test(action) && path(params.url)) || location.pathname
    event.context = {page}
    return refused(page)
  })
}
