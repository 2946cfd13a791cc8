/**
 * onCopy: something in an element is copied.
 *
 * Adds     length: of the text, in characters; never the text
 * Needs    triggers
 *
 * @param {Tag} tag
 */
function onCopy(tag) {
  tag.hear('copy', (elements) => {
    const {length} = '' + getSelection()
    tag.fire(tag.config.triggers.onCopy, elements, {length})
  })
}
