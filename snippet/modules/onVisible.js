/**
 * onVisible: an element is seen, once, when `percent` of it have been in view for `seconds`.
 *
 * An element that is larger than the window counts when it fills the window.
 *
 * Needs    elements
 * Misses   an element much larger than the box in which it scrolls
 *
 * @param {Tag} tag
 */
function onVisible(tag) {
  tag.watch(tag.config.triggers.onVisible)
}
