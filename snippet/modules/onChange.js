/**
 * onChange: a visitor has changed a field, in an element or the element itself. Never what it holds.
 *
 * Needs    triggers
 *
 * @param {Tag} tag
 */
function onChange(tag) {
  tag.hear('change', (elements) => tag.fire(tag.config.triggers.onChange, elements))
}
