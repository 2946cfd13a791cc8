/**
 * Links: tells the modules that want to know which links are followed.
 *
 * A click that the page cancels counts as well: whether it will is not known yet, and waiting would
 * lose the event with the page.
 *
 * Misses   links in closed shadow roots, window.open(), addresses that are not http
 *
 * @param {Tag} tag
 */
function links(tag) {
  // `auxclick` is the middle button, which opens the link in a new tab. The keyboard makes clicks.
  tag.listen('click', onClick)
  tag.listen('auxclick', onClick)

  /** @param {any} event */
  function onClick(event) {
    // A path and not the target, which inside a web component is the component.
    const link = event.composedPath().find((/** @type {any} */ node) => node.matches?.('a,area'))
    // The right button fires auxclick too, but follows nothing.
    if (!link || event.button > 1) return
    // In SVG a link's address is an object. The link's baseURI: an <img name="baseURI"> hides the document's.
    const url = new URL(link.href.baseVal ?? link.href, link.baseURI)
    url.username = url.password = ''
    // Others than http have no host. What is both counts once.
    if (url.host) tag.download?.(url, link) || tag.outbound?.(url)
    tag.carry?.(link)
  }
}
