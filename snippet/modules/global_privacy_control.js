/**
 * Global Privacy Control: a browser that sends it is left alone. Nothing is sent or stored, and what
 * was there is removed.
 *
 * Needs    forget
 *
 * @param {Tag} tag
 */
function global_privacy_control(tag) {
  if (navigator.globalPrivacyControl) {
    tag.filters.push(() => true)
    tag.forget()
    tag.write = tag.visitor = () => undefined
  }
}
