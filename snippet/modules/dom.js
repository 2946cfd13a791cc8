/**
 * DOM: reading the page where its own names may be in the way.
 *
 * Methods from the prototypes: <form name="querySelectorAll"> hides the document's, and a control
 * named "getAttribute" its form's.
 *
 * Gives    tag.all, tag.attribute, tag.put
 *
 * @param {Tag} tag
 */
function dom(tag) {
  tag.all = (selector) => Document.prototype.querySelectorAll.call(document, selector)

  tag.attribute = (element, name) => Element.prototype.getAttribute.call(element, name)

  // A name that every object has, as "constructor", is not set yet.
  tag.put = (object, name, value) => {
    object[name] = object[name] === /** @type {Params} */ ({})[name] ? value : [].concat(object[name], value)
  }
}
