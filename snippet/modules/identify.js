/**
 * Identify: the page says who the visitor is, by tagwell.identify({email, customId, ...}) or
 * tagwell.identify(customId, {...}), and at log-out tagwell.reset().
 *
 * Sends    `client.createOrUpdate`: what was said
 * Needs    identity
 *
 * @param {Tag} tag
 */
function identify(tag) {
  tag.methods.identify = (given, more) => {
    if (!given) return
    const profile = {...(Object(given) === given ? given : {customId: given}), ...more}
    tag.identify(profile)
    tag.track('client.createOrUpdate', profile)
  }

  // Whoever comes next is a new visitor, and nobody known.
  tag.methods.reset = () => tag.visitor(true) && tag.write('identity', '.', 1)
}
