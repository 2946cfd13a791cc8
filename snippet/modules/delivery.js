/**
 * Delivery: an outbox that outlives the page, and leaves nothing behind.
 *
 * An event lies in the box, and in this page's memory, from the moment it is made until the
 * collector has acknowledged it: pages clear their storage, and fill it. What happens together goes
 * out together once the page is idle, one body at a time; as the page is hidden or left, all goes
 * at once. What failed waits for a growing, jittered pause, for the network's return, or for the
 * next page. Tabs share the box; an id makes a repeat harmless.
 *
 * Gives    tag.deliver, tag.resume, tag.queue
 * Misses   where storage is refused, what is unsent when the page goes
 *
 * @param {Tag} tag
 */
function delivery(tag) {
  // Bytes of a body's events. Browsers share 64 KiB among all keepalive bodies on their way, and
  // Chromium counts one a moment longer than its answer takes: so two must fit. The collector
  // takes no event beyond 32,000 bytes.
  const limit = 32500
  const prefix = tag.config.name + '_' + tag.config.key
  let failures = 0
  /** The timer that ends the wait for an answer or for the next try; 0 where there is none. */
  let pause = 0

  tag.queue = {}

  tag.deliver = (text, id) => {
    if (text.length > limit) throw 'too large'
    tag.queue[prefix + id] = text
    // Where storage is full, this page's memory has to do.
    tag.attempt(() => (tag.box[prefix + id] = text))
    // As the page goes: before it can be gone, after all that this listener reports.
    if (document.hidden) queueMicrotask(leave)
    else idle()
  }

  /** @param {string} key */
  function drop(key) {
    delete tag.queue[key]
    delete tag.box[key]
  }

  const leave = tag.guard(() => send(true))

  tag.resume = () => {
    clearTimeout(pause)
    pause = 0
    // Bytes that may be kept, of the newest: a tenth of what browsers let a site store.
    let room = 500000
    tag.attempt(() => {
      for (const key of Object.keys(tag.box).sort().reverse()) {
        if (key.startsWith(prefix)) {
          tag.queue[key] = tag.box[key]
          room -= tag.box[key].length
          if (room < 0) drop(key)
        }
      }
    })
    idle()
  }

  // On leaving, pagehide comes first; Firefox may lose what a closing tab sends there, but hides it
  // before.
  tag.listen('pagehide', leave)
  tag.listen('visibilitychange', () => document.hidden && leave())
  tag.listen('online', tag.resume)
  // Back from the back/forward cache, Firefox never answers what was on its way then.
  tag.listen('pageshow', ({persisted}) => persisted && tag.resume())
  tag.resume()

  function idle() {
    (window.requestIdleCallback || setTimeout)(tag.guard(() => pause || send()), {timeout: 500})
  }

  /** @param {boolean=} leaving */
  function send(leaving) {
    let events = ''
    /** @type {Record<string, string>} */
    const batch = {}
    for (const key of Object.keys(tag.queue).sort()) {
      if (events.length + tag.queue[key].length <= limit) {
        events += (events && ',') + tag.queue[key]
        batch[key] = tag.queue[key]
        delete tag.queue[key]
      }
    }
    if (!events) return
    const settle = tag.guard((/** @type {any=} */ answer) => {
      clearTimeout(timer)
      // Everything is an answer but the likes of 408, 429 and 5xx.
      if (/^[2-4](?!08|29)/.test(answer?.status)) {
        failures = pause = 0
        Object.keys(batch).forEach(drop)
        send()
      } else {
        tag.queue = {...batch, ...tag.queue}
        clearTimeout(pause)
        // From a second, doubled each time, or what the collector says; at most a quarter of an hour.
        pause = setTimeout(
          tag.resume,
          Math.min(tag.attempt(() => answer.headers.get('retry-after')) >>> 0 || 2 ** failures++, 900) *
            (1000 + Math.random() * 1000),
        )
      }
    })
    // A connection may hang for ever, and so may a page's own fetch.
    const timer = (pause = setTimeout(settle, 30000))
    // A beacon tells of no arrival, so it is for browsers and pages where a fetch would not do. As
    // the page goes, Chromium fails a fetch that does arrive: then no timer runs any more.
    tag.attempt(
      () =>
        (!leaving || (!failures && 'keepalive' in Request.prototype)) &&
        tag.post(events).then(settle, () => setTimeout(settle)),
    ) || navigator.sendBeacon(tag.url, tag.body(events))
    if (leaving) leave()
  }
}
