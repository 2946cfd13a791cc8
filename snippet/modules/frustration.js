/**
 * Frustration: clicks in anger, and clicks that nothing answers.
 *
 * Sends    `click.rage`: { element } for three clicks on one spot, each within half a second and 30 px
 *          of the last; once until they stop. `click.dead`: { element } for a click on what looks
 *          clickable, where within a second nothing in the document changed, scrolled, took the focus,
 *          was sent, opened, played or copied. The element is told by tag, id and first class, by no text
 * Misses   dead clicks on a page that changes by itself. Takes for dead what answers later than in a
 *          second, or where the document does not show it: on a canvas, in another shadow root
 *
 * @param {Tag} tag
 */
function frustration(tag) {
  /** The last click. @type {any} */
  let last = {}
  let count = 0
  /** Of the click that waits for an answer; 0 from the pointer's way down to it, none once there is one. @type {any} */
  let timer
  const observer = new MutationObserver(answer)

  // Some libraries act as the pointer goes down or up, and leave nothing to the click.
  tag.listen('pointerdown', (event) => {
    answer()
    timer = 0
    for (const node of event.composedPath()) {
      // The document, and the shadow roots that the pointer is in; a link, which has a host too, does no harm.
      if (node.host || node.body) {
        observer.observe(node, {subtree: true, childList: true, attributes: true, characterData: true})
      }
    }
  })
  for (const type of ['focus', 'blur', 'scroll', 'submit', 'copy', 'reset', 'toggle', 'play', 'pause']) {
    // A pointer that goes down moves the focus by itself.
    tag.listen(type, () => timer && answer())
  }

  tag.listen('click', (event) => {
    // Clicks by keyboard or script count none; a key held down makes many.
    if (!event.detail) return
    const button = find('a,button,[role=button],[type=button],[type=submit],[onclick]:not(body)')
    count =
      event.timeStamp - last.timeStamp < 500 && (event.x - last.x) ** 2 + (event.y - last.y) ** 2 < 900
        ? count + 1
        : 1
    last = event
    if (count === 3) report('click.rage', button || event.composedPath()[0])

    // A link may take its time to lead away.
    if (timer >= 0 && button && !find('a[href]:not([href="#"])')) {
      timer = setTimeout(
        tag.guard(() => {
          // The page was busy with it: an alert, a long task.
          if (performance.now() - event.timeStamp < 500) {
            timer = setTimeout(
              tag.guard(() => {
                report('click.dead', button)
                answer()
              }),
              1000
            )
          }
        })
      )
    }

    /** @param {string} selector */
    function find(selector) {
      return event.composedPath().find((/** @type {any} */ node) => node.matches?.(selector))
    }
  })

  // Once is enough: a pointer that goes down and never clicks leaves no observer at work.
  function answer() {
    clearTimeout(timer)
    timer = undefined
    observer.disconnect()
  }

  /**
   * @param {string} action
   * @param {Element} element
   */
  function report(action, {localName, id, classList}) {
    // Three clicks select a paragraph.
    if (!('' + getSelection())) {
      tag.track(action, {element: localName + (id && '#' + id) + (classList[0] ? '.' + classList[0] : '')})
    }
  }
}
