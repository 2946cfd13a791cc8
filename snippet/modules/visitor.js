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
  const name = 'tagwell_uuid'

  tag.visitor = (renew) => {
    let id = tag.read(name)
    if (renew || !/^[\da-f-]{36}$/.test(id)) tag.write(name, (id = tag.uuid()), 34560000)
    return id
  }

  // 400 days is as long as a browser keeps a cookie; each page begins them anew.
  tag.write(name, tag.visitor(), 34560000)
}
