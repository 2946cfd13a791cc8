/**
 * onClick: an element, or something in it, is clicked.
 *
 * Needs    triggers
 *
 * @param {Tag} tag
 */
function onClick(tag) {
  tag.hear('click', (elements) => tag.fire(tag.config.triggers.onClick, elements))
}
