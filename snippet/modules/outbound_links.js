/**
 * Outbound links: which links lead visitors to other hosts.
 *
 * Sends    `link.outbound`: { url }
 * Gives    tag.outbound
 * Needs    links
 *
 * @param {Tag} tag
 */
function outbound_links(tag) {
  tag.outbound = ({host, href}) => {
    if (host !== location.host) tag.track('link.outbound', {url: href})
  }
}
