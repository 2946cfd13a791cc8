/**
 * onTimer: an element has been shown on the page for `seconds`, once, in view or not.
 *
 * Needs    elements
 * Misses   an element that scrolls in a box, while it is out of the box's view
 *
 * @param {Tag} tag
 */
function onTimer(tag) {
  tag.watch(tag.config.triggers.onTimer, '9999999px')
}
