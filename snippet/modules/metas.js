/**
 * Metas: what a page says of itself joins its visit.
 *
 * Adds     to `page.visit` every og:* and product:* meta, by its name; a list where one comes twice
 * Needs    dom
 *
 * @param {Tag} tag
 */
function metas(tag) {
  tag.filters.push(({action, params}) => {
    if (action !== 'page.visit') return
    for (const meta of tag.all('meta')) {
      const name = meta.getAttribute('property')
      if (/^(og|product):/.test(name)) tag.put(params, name, meta.content)
    }
  })
}
