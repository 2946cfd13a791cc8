/**
 * Page visits: one for each page that is loaded, or comes back from the back/forward cache.
 *
 * Sends    `page.visit`: { url, title, referrer, and what other modules put into it }; persisted is
 *          true where the page comes back
 * Gives    tag.visit
 *
 * A prerendered page is visited when it is shown: core starts nothing before.
 *
 * @param {Tag} tag
 */
function page_visits(tag) {
  tag.visit = (params, time) => {
    // An <img name="title"> hides the document's.
    const title = Reflect.get(Document.prototype, 'title', document)
    tag.track('page.visit', {url: location.href, title, referrer: document.referrer, ...params}, time)
  }

  tag.listen('pageshow', ({persisted}) => persisted && tag.visit({persisted}))
  tag.visit()
}
