/**
 * onMouseOver: the pointer comes over an element for the first time.
 *
 * Needs    triggers
 *
 * @param {Tag} tag
 */
function onMouseOver(tag) {
  const seen = new WeakSet()
  tag.hear('mouseover', (elements) =>
    tag.fire(
      tag.config.triggers.onMouseOver,
      elements.filter((element) => !seen.has(element) && seen.add(element))
    )
  )
}
