/**
 * Visitor: the random id by which a browser is known again.
 *
 * Read anew for each event: another tab, or another source's tag on this page, may have changed it.
 *
 * Gives    tag.visitor
 * Needs    storage
 *
 * @param {Tag} tag
 */
function visitor(tag) {
  let kept = ''

  tag.visitor = (renew) => {
    let id = tag.read('uuid').slice(0, 36)
    if (renew || !id[35]) id = tag.uuid()
    // 400 days is as long as a browser keeps a cookie; each page begins them anew.
    if (id !== kept) tag.write('uuid', (kept = id) + '.' + Date.now(), 34560000)
    return id
  }
}
