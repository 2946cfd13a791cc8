/**
 * Canonical: the address by which a page wants to be known joins its visit.
 *
 * Adds     to `page.visit` canonical: the address of the first link[rel=canonical], if there is one
 * Needs    dom
 *
 * @param {Tag} tag
 */
function canonical(tag) {
  tag.filters.push(({action, params}) => {
    if (action !== 'page.visit') return
    params.canonical = tag.all('link[rel~=canonical]')[0]?.href
  })
}
