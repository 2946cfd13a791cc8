/**
 * onClick: an element, or something in it, is clicked.
 *
 * Needs    triggers
 *
 * @param {Tag} tag
 */
function onClick(tag) {
  tag.listen('click', (event) => {
    for (const element of tag.around(event)) tag.fire('onClick', element)
  })
}
