/**
 * onScroll: an element has been seen, once, down to `percent` of its height.
 *
 * What is above the window counts as seen. So the depth is the part of the element above the window's
 * lower edge, which the observer tells without a listener to each scroll, and without a scroll.
 *
 * Needs    elements
 * Misses   a story that scrolls in a box of its own
 *
 * @param {Tag} tag
 */
function onScroll(tag) {
  tag.watch(tag.config.triggers.onScroll, '9999999px 0px 0px')
}
