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
  let last
  let count = 0
  let timer = 0
  let answered = true
  const observer = new MutationObserver(answer)

  // Some libraries act as the pointer goes down or up, and leave nothing to the click.
  tag.listen('pointerdown', (event) => {
    clearTimeout(timer)
    timer = 0
    answered = false
    for (const node of event.composedPath()) {
      // The document, and the shadow roots that the pointer is in.
      if (node.nodeType > 8) {
        observer.observe(node, {attributes: true, characterData: true, childList: true, subtree: true})
      }
    }
  })
  for (const type of 'blur focus scroll submit reset toggle play pause copy'.split(' ')) {
    // A pointer that goes down moves the focus by itself.
    tag.listen(type, () => timer && answer())
  }

  tag.listen('click', (event) => {
    // Clicks by keyboard or script count none; a key held down makes many.
    if (!event.detail) return
    const path = event.composedPath()
    const button = find('a,button,[role=button],[onclick]:not(body),[type=button],[type=submit]')
    const near =
      event.timeStamp - last?.timeStamp < 500 && Math.hypot(event.x - last.x, event.y - last.y) < 30
    count = near ? count + 1 : 1
    last = event
    // Three clicks select a paragraph.
    if (count === 3 && unselected()) report('click.rage', button || path[0])

    // A link may take its time to lead away.
    if (!button || find('a[href]:not([href="#"])')) return
    timer = setTimeout(
      tag.guard(() => {
        // The page was busy with it: an alert, a long task.
        if (performance.now() - event.timeStamp < 500) timer = setTimeout(tag.guard(judge), 1000)
      })
    )

    function judge() {
      timer = 0
      observer.disconnect()
      if (!answered && unselected()) report('click.dead', button)
    }

    /** @param {string} selector */
    function find(selector) {
      return path.find((/** @type {any} */ node) => node.matches?.(selector))
    }
  })

  // Once is enough: a pointer that goes down and never clicks leaves no observer at work.
  function answer() {
    answered = true
    observer.disconnect()
  }

  function unselected() {
    return !('' + getSelection())
  }

  /**
   * @param {string} action
   * @param {Element} element
   */
  function report(action, {localName, id, classList}) {
    tag.track(action, {element: localName + (id && '#' + id) + (classList[0] ? '.' + classList[0] : '')})
  }
}
