/**
 * Cross domain: one visitor on the owner's domains, which share no cookie.
 *
 * As the pointer goes down on a link to another of them, the collector is asked for a signed token;
 * if that is there when the link is followed, the link carries it for this one click. The page that it
 * leads to takes it off its address, and its events wait, two seconds at most, for the collector to say
 * whose it is. A browser that has a uuid there already keeps it: a link joins no two pasts.
 *
 * Gives    tag.carry
 * Needs    visitor, links
 * Misses   links followed sooner than the token came, by the keyboard or by script; forms
 *
 * @param {Tag} tag
 */
function cross_domain(tag) {
  const name = `_${tag.config.name}=`
  const send = tag.send
  /**
   * What this page's address carried; 0 once an event of this page has come this far, one that the
   * visitor lets us send. Before, nothing is asked or read.
   *
   * @type {string | 0}
   */
  let token = ''
  /** Events that wait. @type {TagEvent[] | undefined} */
  let held

  tag.send = (event) => {
    if (token && !tag.read('uuid')) {
      held = []
      setTimeout(release, 2000, '')
      ask(token, release)
    }
    token = 0
    if (held) held.push(JSON.parse(tag.text(event)))
    else send(event)
  }

  tag.listen('pointerdown', (event) => {
    for (const link of event.composedPath()) {
      for (const domain of tag.config.cross_domain) {
        // Subdomains share the cookie. What is exactly of the domain, the collector sees.
        const uuid =
          !location.hostname.endsWith(domain) && ('' + link.hostname).endsWith(domain) && token === 0 && tag.visitor()
        if (uuid) {
          ask(uuid + ' ' + link.hostname, (answer) => {
            tag.carry = (followed) => {
              if (answer && followed === link) {
                const href = link.getAttribute('href')
                link.search += '&' + name + answer
                answer = ''
                // By then the browser has read it.
                setTimeout(() => (link.href = href))
              }
            }
          })
        }
      }
    }
  })

  tag.listen('pagehide', release)

  const url = location.href.replace(RegExp(`([?&])&?${name}([^&#]+)(&?)`), (_, mark, found, more) => {
    token = found
    return more && mark
  })
  if (token) history.replaceState(history.state, '', url)

  /** @param {any} uuid  What the collector answered, if that is why. */
  function release(uuid) {
    // Not a visitor who has refused meanwhile.
    if (held && uuid[35] && tag.visitor()) tag.write('uuid', uuid, 9)
    held?.forEach(tag.guard(send))
    held = undefined
  }

  /**
   * @param {string} body
   * @param {(answer: any) => void} then
   */
  async function ask(body, then) {
    try {
      const answer = await fetch(tag.url + '?link', {method: 'POST', body, keepalive: true, credentials: 'omit'})
      then(answer.ok && (await answer.text()))
    } catch {}
  }
}
