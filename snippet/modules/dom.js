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

  tag.put = (object, name, value) => {
    object[name] = name in object ? [].concat(object[name], value) : value
  }
}
