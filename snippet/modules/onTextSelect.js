/**
 * onTextSelect: text in an element is selected, by mouse, finger or keyboard, for half a second.
 *
 * Adds     text: what is selected, at most 1000 characters
 * Needs    triggers
 * Misses   what a visitor types, on purpose: selections that reach into a field or an editor; in Chromium
 *          text in a shadow root, of which only the root knows
 *
 * @param {Tag} tag
 */
function onTextSelect(tag) {
  let timer = 0

  tag.listen('selectionchange', () => {
    // Each step of a key or a finger is a change, and no event tells the last.
    clearTimeout(timer)
    timer = setTimeout(
      tag.guard(() => {
        /** @type {any} */
        const selection = getSelection()
        const node = selection.anchorNode
        // That of a field is collapsed, although it has a text.
        if (selection.isCollapsed) return
        for (const field of node.getRootNode().querySelectorAll(':read-write')) {
          if (selection.containsNode(field, true)) return
        }
        tag.fire(tag.config.triggers.onTextSelect, tag.around([node]), {text: `${selection}`.slice(0, 1000)})
      }),
      500
    )
  })
}
