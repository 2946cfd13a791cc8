/**
 * Copied text: how much of the page's text is copied; the text itself is not read out.
 *
 * Sends    `text.copy`: { length }, in characters
 * Misses   fields, on purpose: what is there is the visitor's
 *
 * @param {Tag} tag
 */
function copied_text(tag) {
  tag.listen('copy', (event) => {
    const length = ('' + getSelection()).length
    // What can select() is a field.
    if (length && !event.composedPath()[0].select) {
      tag.track('text.copy', {length})
    }
  })
}
