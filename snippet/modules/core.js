/**
 * Core: starts the features once, makes events of what they report, and posts them.
 *
 * It waits for the document to be parsed, so that title and metas are there, and for a
 * prerendered page to be shown. Calls made before that are kept and run then.
 *
 * Gives    window.tagwell, and of the Tag all that tag.d.ts lists under "core"
 * Needs    storage, visitor
 * Misses   a page left before the script arrived
 *
 * @param {Config} config      What the collector compiled in; the tag's only data.
 * @param {Feature[]} features  The chosen modules, in the order in which they start.
 */
function core(config, features) {
  const api = /** @type {any} */ (window.tagwell = window.tagwell || {})
  /** @type {Record<string, Tag>} */
  const tags = (api.tags = api.tags || {})
  // The same line pasted twice counts once; another source starts beside this one.
  if (tags[config.source]) return

  /** @type {Call[]} */
  const calls = [...(api.q || [])]
  let started = false
  /** When the call that is being run was made, 0 for now. */
  let called = 0

  const tag = (tags[config.source] = /** @type {Tag} */ (/** @type {Core} */ ({
    config,
    filters: [],
    methods: {},

    guard: (run) => (...args) => {
      try {
        run(...args)
      } catch (error) {
        console.warn('tagwell', error)
      }
    },

    // On window and not on document: <form name="addEventListener"> hides document's. Capture
    // comes before the page's own listeners, which may stop the event or change the form.
    listen: (type, run) => addEventListener(type, tag.guard(run), true),

    // From the prototype: <form name="querySelectorAll"> hides the method.
    all: (selector) => Document.prototype.querySelectorAll.call(document, selector),

    put(object, name, value) {
      object[name] = name in object ? [].concat(object[name], value) : value
    },

    // crypto.randomUUID is missing on plain http; a v7 begins with its time, so ids sort.
    uuid(time) {
      const random = '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) =>
        (+digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (+digit / 4)))).toString(16)
      )
      return time
        ? time.toString(16).padStart(12, '0').replace(/.{8}/, '$&-') + '-7' + random.slice(15)
        : random
    },

    track(action, params, label = action, time = called || Date.now()) {
      /** @type {TagEvent} */
      const event = {id: tag.uuid(time), action, label, time, params}
      if (tag.filters.some((refuses) => refuses(event))) return
      event.uuid = tag.visitor()
      // Text at once: what the page does to its params later changes nothing, and an event that
      // cannot be written (a cycle) takes no other with it.
      tag.deliver(JSON.stringify(event))
    },

    deliver: (text) => tag.post([text]),

    async post(texts) {
      try {
        const around = JSON.stringify({
          sent_at: Date.now(),
          context: {
            screen: {width: screen.width, height: screen.height},
            language: navigator.language,
            timezone: Intl.DateTimeFormat().resolvedOptions().timeZone
          }
        })
        const body = around.slice(0, -1) + `,"events":[${texts}]}`
        // A string is text/plain, which needs no preflight. Without keepalive (Firefox before
        // 133) a fetch would die with the page, and a beacon does not.
        return 'keepalive' in Request.prototype
          ? (await fetch(url, {method: 'POST', body, keepalive: true, credentials: 'omit'})).status
          : +navigator.sendBeacon(url, body)
      } catch {
        return 0
      }
    },

    call(call) {
      if (started) run(call)
      else calls.push(call)
    }
  })))

  const run = tag.guard(([name, args, time]) => {
    called = time
    tag.guard(() => tag.methods[name]?.(...args))()
    called = 0
  })

  // Always there, so that a page may call what its source has switched off.
  for (const name of ['track', 'rescan']) {
    api[name] = (/** @type {any[]} */ ...args) => {
      for (const id in tags) tags[id].call([name, args, Date.now()])
    }
  }

  // The visitor's wish: no feature starts, so nothing is stored and nothing sent.
  if ((config.gpc && navigator.globalPrivacyControl) || (config.dnt && navigator.doNotTrack === '1')) {
    features = []
  }

  // The script's host is the collector. Looked up now, because currentScript is null later; an
  // <img name="currentScript"> hides it.
  const path = '/t/' + config.source
  const scripts = [document.currentScript, ...tag.all('script')]
  const {src} = scripts.find((script) => script?.src?.includes?.(path))
  const url = src.split(path)[0] + '/b/' + config.source

  const start = tag.guard((event) => {
    // A page that is left while it loads was visited too. An <img name="prerendering"> is no true.
    const early = document.readyState === 'loading' && event.type !== 'pagehide'
    if (started || early || document.prerendering === true) return
    started = true
    for (const feature of features) tag.guard(feature)(tag)
    calls.forEach(run)
  })
  for (const type of ['DOMContentLoaded', 'prerenderingchange', 'pagehide']) tag.listen(type, start)
  start({type: ''})
}
