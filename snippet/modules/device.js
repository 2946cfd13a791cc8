/**
 * Device: the screen and the language of the browser, once for all events of a body.
 *
 * @param {Tag} tag
 */
function device(tag) {
  const body = tag.body
  const {width, height} = screen
  const context = tag.text({screen: {width, height}, language: navigator.language})

  tag.body = (events) => `{"context":${context},` + body(events).slice(1)
}
