/**
 * Auto events: what the owner wants sent with every page load.
 *
 * @param {Tag} tag
 */
function auto_events(tag) {
  for (const {action, params} of tag.config.auto_events) tag.track(action, params)
}
