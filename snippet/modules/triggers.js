/**
 * Triggers: an element with data-tracardi-tag and what is done to it send an event.
 *
 * The settings say which tag and interaction send which action. Its params are the settings' own, the
 * element's other data-tracardi-* attributes, which win, and what the interaction adds.
 *
 * Gives    tag.tagged, tag.fire, tag.around, tag.hear, for the interactions, each a module of its own
 * Needs    dom, roots
 *
 * @param {Tag} tag
 */
function triggers(tag) {
  tag.tagged = (node) => node instanceof Element && tag.attribute(node, 'data-tracardi-tag')

  tag.fire = (triggers, elements, extra) => {
    for (const element of elements) {
      for (const trigger of triggers) {
        if (trigger.tag !== tag.tagged(element)) continue
        const params = {...trigger.params}
        for (const name of Element.prototype.getAttributeNames.call(element)) {
          if (/^data-tracardi-(?!tag$)./.test(name)) params[name.slice(14)] = tag.attribute(element, name)
        }
        // One that is too large takes no other with it.
        tag.guard(tag.track)(trigger.action, {...params, ...extra})
      }
    }
  }

  // A path may end at a shadow root, as its event does; from there it grows as it is walked.
  tag.around = (path) => {
    for (const node of path) {
      // By the prototype: a control named "parentNode" hides its form's.
      const up =
        node instanceof ShadowRoot ? node.host : node && Reflect.get(Node.prototype, 'parentNode', node)
      if (!path.includes(up)) path.push(up)
    }
    return path.filter(tag.tagged)
  }

  tag.hear = (type, run) =>
    tag.within(type, (event) => {
      const path = event.composedPath()
      // What leaves a shadow root is heard there and outside: the outermost takes it.
      if (path.pop() === event.currentTarget) run(tag.around(path), event)
    })
}
