/**
 * onSubmit: a form is sent, in an element or the element itself. One that the browser refuses is not.
 *
 * Needs    triggers
 * Misses   form.submit() called by script, which fires no event
 *
 * @param {Tag} tag
 */
function onSubmit(tag) {
  tag.hear('submit', (elements) => tag.fire(tag.config.triggers.onSubmit, elements))
}
