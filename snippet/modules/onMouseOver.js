/**
 * onMouseOver: the pointer comes over an element for the first time.
 *
 * Needs    triggers
 *
 * @param {Tag} tag
 */
function onMouseOver(tag) {
  const seen = new WeakSet()
  tag.listen('mouseover', (event) => {
    for (const element of tag.around(event)) {
      if (seen.has(element)) continue
      seen.add(element)
      tag.fire('onMouseOver', element)
    }
  })
}
