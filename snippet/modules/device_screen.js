/**
 * Device without its language, where the owner's policy keeps none: in place of device.
 *
 * @param {Tag} tag
 */
function device_screen(tag) {
  const body = tag.body
  const context = tag.text({screen: {width: screen.width, height: screen.height}})

  tag.body = (events) => `{"context":${context},` + body(events).slice(1)
}
