/**
 * Tokens: the page hands over what its own back end has signed about the visitor, by
 * tagwell.token(jwt), and takes it back by tagwell.token(null).
 *
 * It goes around the events and not into them: what waits in the outbox is sent with the token of
 * then, and none ever lies on the device.
 *
 * @param {Tag} tag
 */
function tokens(tag) {
  const body = tag.body
  /** @type {any} */
  let token

  // A page that has no token often says so by ''.
  tag.methods.token = (given) => (token = given || null)

  tag.body = (events) => `{"token":${tag.text(token)},` + body(events).slice(1)
}
