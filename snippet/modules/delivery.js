/**
 * Delivery: events that happen together go out together, and again if they did not arrive.
 *
 * One body is on its way at a time. As the page is hidden or left, all that is unsent goes at
 * once, since there may be no later. What failed waits for a growing, jittered pause; an id makes
 * a repeat harmless. What waits lives in this page only.
 *
 * Misses   what is unsent when the page goes while the collector cannot be reached
 *
 * @param {Tag} tag
 */
function delivery(tag) {
  // Bytes of a body's events. Browsers share 64 KiB among all keepalive bodies on their way, and
  // Chromium counts one a moment longer than its answer takes: so two must fit. The collector
  // takes no event beyond 32,000 bytes.
  const limit = 32500
  /** @type {string[]} */
  let queue = []
  let busy = false
  let failures = 0
  let pause = 0

  tag.deliver = (text) => {
    if (size(text) >= limit) throw 'too large: ' + text.slice(0, 99)
    // Bounded, for a page that lives long while the collector is away.
    queue = [...queue.slice(-499), text]
    // A microtask: before the page can be gone, after all that this listener reports.
    queueMicrotask(flush)
  }

  // Each sends what is new. On leaving, pagehide comes first; Firefox may lose what a closing tab
  // sends there, but hides it before.
  tag.listen('pagehide', leave)
  tag.listen('visibilitychange', () => document.hidden && leave())

  function leave() {
    while (queue[0]) send()
  }

  function flush() {
    if (queue[0] && !busy && !pause) send()
  }

  async function send() {
    let bytes = 0
    let count = 0
    while (count < queue.length && (bytes += size(queue[count]) + 1) <= limit) count++
    const batch = queue.splice(0, count)
    busy = true
    const status = await tag.post(batch)
    busy = false
    if (status && status < 500 && status !== 408 && status !== 429) {
      failures = 0
    } else {
      queue = [...batch, ...queue]
      // From a second to two minutes, give or take a half.
      pause = setTimeout(resume, 1000 * 2 ** Math.min(failures++, 7) * (0.5 + Math.random()))
    }
    flush()
  }

  function resume() {
    pause = 0
    flush()
  }

  /** @param {string} text */
  function size(text) {
    return new Blob([text]).size
  }
}
