/**
 * Do Not Track: a browser that sends it is left alone, where the owner honours it. Nothing is sent or
 * stored, and what was there is removed.
 *
 * Needs    forget
 *
 * @param {Tag} tag
 */
function do_not_track(tag) {
  if (navigator.doNotTrack === '1') {
    tag.filters.push(() => true)
    tag.forget()
    tag.write = tag.visitor = () => undefined
  }
}
