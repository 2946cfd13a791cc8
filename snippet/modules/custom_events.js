/**
 * Custom events: what the page reports itself, by tagwell.track(action, params, label).
 *
 * Needs    identity
 *
 * @param {Tag} tag
 */
function custom_events(tag) {
  tag.methods.track = (action, params, label) => {
    // Of its JSON: a number or an object is no action.
    const valid = /^"[\w.-]{1,32}"$/
    if (!valid.test(tag.text(action))) return console.warn(tag.config.name, 'not sent', action, valid)
    const given = {}.toString.call(params) === '[object Object]' ? params : {}
    if (action === 'client.createOrUpdate') tag.identify(given)
    // Without a label the collector takes the action.
    tag.track(action, given, 0, label ? '' + label : undefined)
  }
}
