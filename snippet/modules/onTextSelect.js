/**
 * onTextSelect: text in an element is selected, by mouse or finger.
 *
 * Adds     text: what is selected, at most 1000 characters
 * Needs    triggers
 * Misses   selections by keyboard; texts in form fields, on purpose
 *
 * @param {Tag} tag
 */
function onTextSelect(tag) {
  tag.listen('mouseup', onSelect)
  tag.listen('touchend', onSelect)

  /** @param {any} event */
  function onSelect(event) {
    const selection = getSelection()
    const text = '' + selection
    const path = tag.around(event)
    // What a visitor types is not read: the selection of a field counts as the document's.
    if (!selection || !text || path[0].matches('input,textarea')) return
    for (const element of path) {
      if (!element.contains(selection.anchorNode)) continue
      tag.fire('onTextSelect', element, {text: text.slice(0, 1000)})
    }
  }
}
