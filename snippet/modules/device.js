/**
 * Device: the screen and the language of the browser, once for all events of a body.
 *
 * @param {Tag} tag
 */
function device(tag) {
  const body = tag.body
  const context = tag.text({
    screen: {width: screen.width, height: screen.height},
    language: navigator.language,
  })

  tag.body = (events) => `{"context":${context},` + body(events).slice(1)
}
