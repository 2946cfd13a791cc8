/**
 * onHover: an element was pointed at for longer than usual: for `seconds`, or a second where that is 0.
 *
 * Adds     seconds: for how long, to a tenth
 * Needs    triggers
 *
 * @param {Tag} tag
 */
function onHover(tag) {
  /** When the pointer came over each. @type {Map<any, number>} */
  const since = new Map()

  // Not pointerenter, which Chromium does not send for a listener on the window.
  tag.hear('pointerover', over)
  // Out of the window.
  tag.hear('pointerout', (_, event) => event.relatedTarget || over([], event))
  // The page may be left with the pointer on a link. Around the document there is nothing.
  tag.hear('visibilitychange', over)

  /**
   * @param {any[]} elements
   * @param {Event} event
   */
  function over(elements, {timeStamp}) {
    for (const [element, start] of since) {
      if (elements.includes(element)) continue
      since.delete(element)
      const seconds = Math.round((timeStamp - start) / 100) / 10
      tag.fire(
        tag.config.triggers.onHover.filter((trigger) => seconds >= (trigger.seconds || 1)),
        [element],
        {seconds}
      )
    }
    for (const element of elements) if (!since.has(element)) since.set(element, timeStamp)
  }
}
