/**
 * Custom events: what the page reports itself, by tagwell.track(action, params, label).
 *
 * Needs    identity
 *
 * @param {Tag} tag
 */
function custom_events(tag) {
  tag.methods.track = (action, params, label) => {
    if (typeof action !== 'string' || !/^[\w.-]{1,32}$/.test(action)) {
      console.warn('tagwell: not sent, an action is 1 to 32 of a-z A-Z 0-9 . _ -', action)
      return
    }
    const given = {}.toString.call(params) === '[object Object]' ? params : {}
    if (action === 'client.createOrUpdate') tag.identify(given)
    tag.track(action, given, label ? String(label) : action)
  }
}
