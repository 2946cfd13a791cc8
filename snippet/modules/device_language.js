/**
 * Device without its screen, where the owner's policy keeps none: in place of device.
 *
 * @param {Tag} tag
 */
function device_language(tag) {
  const body = tag.body
  const context = tag.text({language: navigator.language})

  tag.body = (events) => `{"context":${context},` + body(events).slice(1)
}
