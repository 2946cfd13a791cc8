/**
 * Roots: events that end at a shadow root's border, heard inside of it.
 *
 * `submit` and `change` never reach the window from a shadow root, nor does a pointer or the focus
 * that moves within one. An open one is listened to from the first touch of something in it, which
 * comes before what the touch does.
 *
 * Gives    tag.within
 * Misses   closed shadow roots, and what a script does in a root that nobody has touched
 *
 * @param {Tag} tag
 */
function roots(tag) {
  /** What each root is to hear. @type {[string, (event: any) => void, true][]} */
  const heard = []

  tag.within = (type, run) => {
    tag.listen(type, run)
    heard.push([type, tag.guard(run), true])
  }

  // Clicks without a pointer come from assistive software, keys from a field that had the focus
  // before the tag was there.
  for (const touch of ['focusin', 'click', 'keydown', 'pointerover']) {
    tag.listen(touch, (event) => {
      for (const root of event.composedPath()) {
        // Adding the same listener again changes nothing.
        if (root instanceof ShadowRoot) for (const listener of heard) root.addEventListener(...listener)
      }
    })
  }
}
