/**
 * Not found: pages that do not exist (404) or no longer (410).
 *
 * Sends    `page.notFound`: { url, referrer }
 * Needs    dom
 * Misses   browsers that do not tell a page its status (older Safari), and sites that answer 200, unless
 *          the page says so itself as it loads: <meta name="tagwell-status" content="404">, with
 *          the name that the tag has
 *
 * @param {Tag} tag
 */
function not_found(tag) {
  const status = /** @type {any} */ (performance.getEntriesByType('navigation')[0])?.responseStatus
  if (/4(04|10)/.test(status + ' ' + tag.all(`meta[name=${tag.config.name}-status]`)[0]?.content)) {
    tag.track('page.notFound', {url: location.href, referrer: document.referrer})
  }
}
