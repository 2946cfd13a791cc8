/**
 * Tracardi's `tracker.external`: what the page wants fetched once from elsewhere, and told with its events.
 *
 * Nothing is asked before an event that may be sent. Events wait for the answers, two seconds at most,
 * and not as the page goes. An answer is kept in the box, under a name of ours.
 *
 * Needs    tracardi_ids
 * Misses   answers that are no JSON; those past 8000 bytes of them all, and all of them for an event that does not
 *          fit with them into a beacon
 *
 * @param {Tag} tag
 */
function tracardi_external(tag) {
  /** @type {any[]} */
  const wanted = tag.attempt(() => [...tag.page_options.tracker.external]) || []
  if (!wanted[0]) return

  const send = tag.send
  /** @type {Params} */
  const fetched = {}
  let asked = false
  let size = 0
  /** Events that wait. @type {TagEvent[] | undefined} */
  let held

  tag.send = (event) => {
    if (!event.tracardi) return send(event)
    if (!asked) {
      asked = true
      held = []
      setTimeout(release, 2000)
      all(wanted.map(ask))
    }
    // A copy: the page may change its own.
    if (held) held.push(JSON.parse(tag.text(event)))
    else pass(event)
  }

  tag.listen('pagehide', release)
  // A page of a phone may end without another word.
  tag.listen('visibilitychange', () => document.hidden && release())

  function release() {
    const events = held
    held = undefined
    events?.forEach(tag.guard(pass))
  }

  /** @param {TagEvent} event */
  function pass(event) {
    const told = /** @type {Params} */ (event.tracardi)
    const own = told.context
    told.context = {...fetched, ...own}
    if (tag.text(event)[30000]) told.context = own
    send(event)
  }

  // Not by Promise.all(), which pages replace.
  /** @param {Promise<void>[]} asked */
  async function all(asked) {
    for (const one of asked) await one
    release()
  }

  /** @param {any} item */
  async function ask(item) {
    try {
      const {url, method, body, storage, key} = item
      const name = tag.config.name + '_external_' + encodeURIComponent(storage)
      let text = tag.attempt(() => tag.box[name])
      if (!text) {
        const answer = await fetch(url, {method, body: Object(body) === body ? tag.text(body) : body})
        text = answer.ok ? await answer.text() : ''
      }
      const value = JSON.parse(text)
      // As it is sent, where each letter that is not English has six bytes.
      const more = tag.text(value).length
      if (size + more > 8000) return
      size += more
      fetched[key] = value
      tag.attempt(() => (tag.box[name] = text))
    } catch {}
  }
}
