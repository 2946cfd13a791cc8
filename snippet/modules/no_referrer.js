/**
 * No referrer: where the owner's policy keeps none, no event tells the page before it.
 *
 * @param {Tag} tag
 */
function no_referrer(tag) {
  tag.filters.push((event) => {
    // A copy: the page may use its object again.
    event.params = {...event.params, referrer: undefined}
  })
}
