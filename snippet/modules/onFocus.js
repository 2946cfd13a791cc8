/**
 * onFocus: the focus comes to an element, or to something in it, from outside.
 *
 * Needs    triggers
 *
 * @param {Tag} tag
 */
function onFocus(tag) {
  tag.hear('focusin', (elements, event) => {
    const before = tag.around([event.relatedTarget])
    tag.fire(
      tag.config.triggers.onFocus,
      elements.filter((element) => !before.includes(element))
    )
  })
}
