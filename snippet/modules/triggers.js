/**
 * Triggers: an element with data-tracardi-tag and what is done to it send an event.
 *
 * The settings say which tag and interaction send which action. Its params are the settings' own
 * and the element's other data-tracardi-* attributes, which win.
 *
 * Gives    tag.wanted, tag.fire, tag.around, for the interactions, each a module of its own
 *
 * @param {Tag} tag
 */
function triggers(tag) {
  tag.wanted = (interaction, element) => {
    const name = attribute(element, 'data-tracardi-tag')
    return tag.config.triggers.filter((one) => one.interaction === interaction && one.tag === name)
  }

  tag.fire = (interaction, element, extra) => {
    for (const {action, params} of tag.wanted(interaction, element)) {
      const all = {...params}
      for (const name of Element.prototype.getAttributeNames.call(element)) {
        const own = /^data-tracardi-(?!tag$)(.+)/.exec(name)
        if (own) all[own[1]] = attribute(element, name)
      }
      tag.track(action, {...all, ...extra})
    }
  }

  // All that are tagged from the target up: a product may lie in a banner. A path and not the
  // target, which inside a web component is the component.
  tag.around = (event) => event.composedPath().filter((node) => node instanceof Element)

  /**
   * From the prototype: a control named "getAttribute" hides its form's method.
   *
   * @param {Element} element
   * @param {string} name
   */
  function attribute(element, name) {
    return Element.prototype.getAttribute.call(element, name)
  }
}
