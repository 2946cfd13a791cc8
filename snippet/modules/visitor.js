/**
 * Visitor: the random id by which a browser is known again.
 *
 * Read anew for each event: another tab, or another source's tag on this page, may have changed it.
 *
 * Gives    tag.visitor
 * Needs    storage
 * Misses   that tabs which a new visitor opens in one instant are one: each that finds no id makes one,
 *          and the last that is written stays
 *
 * @param {Tag} tag
 */
function visitor(tag) {
  tag.visitor = (renew) => {
    let [id, written] = tag.read('uuid').split('.')
    if (renew || !id[35]) {
      id = tag.uuid()
      written = ''
    }
    // 400 days is as long as a browser keeps a cookie; each day begins them anew.
    if (!(Date.now() - +written < 86400000)) tag.write('uuid', id + '.' + Date.now(), 34560000)
    return id
  }
}
