/**
 * Page visits: one for each page load.
 *
 * Sends    `page.visit`: { url, title, referrer, and every og:* and product:* meta by its name }
 * Misses   views that a single-page app makes without a load
 *
 * @param {Tag} tag
 */
function page_visits(tag) {
  const title = '' + document.title
  const params = {url: location.href, title, referrer: document.referrer}
  for (const meta of tag.all('meta[property^="og:"],meta[property^="product:"]')) {
    tag.put(params, meta.getAttribute('property'), meta.content)
  }
  tag.track('page.visit', params, 'Visited page ' + title)
}
