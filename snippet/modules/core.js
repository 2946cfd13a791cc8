/**
 * Core: starts the features once, makes events of what they report, and hands them to delivery.
 *
 * It waits for the document to be parsed, so that title and metas are there, and for a
 * prerendered page to be shown. Calls made before that are kept and run then.
 *
 * Gives    the page API, window[config.name], and of the Tag all that tag.d.ts lists under "core"
 * Needs    storage, visitor
 * Misses   a page left before the script arrived
 *
 * @param {Config} config      What the collector compiled in; the tag's only data.
 * @param {Feature[]} features  The chosen modules, in the order in which they start.
 */
function core(config, features) {
  const api = (window[config.name] = window[config.name] || {})
  // The same line pasted twice counts once; another source starts beside this one.
  if (api[config.key]) return

  const tag = (api[config.key] = /** @type {Tag} */ ({}))
  /** @type {Call[]} */
  const calls = [...(api.q || [])]
  let started = false
  /** When the call that is being run was made, 0 for now. */
  let called = 0
  let made = 0

  // The collector answers beside its script. Looked up now, because currentScript is null later; by
  // the prototype, since an <img name="currentScript"> hides the document's. Joined as text, with its
  // dots: a page's first URL object costs as much time as its first request.
  /** @type {any} */
  const script = Reflect.get(Document.prototype, 'currentScript', document)
  tag.url = config.url || script.src.split('?')[0] + config.beacon
  tag.config = config
  tag.filters = []
  tag.methods = {}

  // In words, by a script of its own (debug.js), which costs only the page that asks.
  tag.methods.debug = () => import(script.src + '?debug').catch(console.warn)

  tag.guard = guard

  // On window and not on document: <form name="addEventListener"> hides document's. Capture
  // comes before the page's own listeners, which may stop the event or change the form.
  tag.listen = (type, run) => addEventListener(type, tag.guard(run), true)

  // Its time, a count, and chance: so ids sort as they were made, a call from before the start after
  // the visit that opens its session. On plain http there is no randomUUID; what goes there anybody
  // may read, so Math.random will do, in decimal digits.
  tag.uuid = () => {
    const hex = Date.now().toString(16)
    const random = crypto.randomUUID?.() || Math.random().toFixed(15).replace(/0.(...)/, '8$1-')
    return `0${hex.slice(0, 7)}-${hex.slice(7)}-${7000 + (made++ % 1000)}-${random.slice(-17)}`
  }

  tag.track = (action, params, time, label) => {
    /** @type {TagEvent} */
    const event = {id: tag.uuid(), action, label, time: time || called || Date.now(), params}
    for (const refuses of tag.filters) if (refuses(event)) return
    tag.send(event)
  }

  tag.send = (event) => {
    event.uuid = tag.visitor()
    // Text at once: what the page does to its params later changes nothing, and an event that
    // cannot be written (a cycle) takes no other with it.
    tag.deliver(tag.text(event), event.id)
  }

  tag.body = (events) => `{"sent_at":${Date.now()},"events":[${events}]}`

  // A string body is text/plain, which needs no preflight.
  tag.post = (events) =>
    fetch(tag.url, {method: 'POST', body: tag.body(events), keepalive: true, credentials: 'omit'})

  // Not JSON.stringify, which pages replace, or spoil by a toJSON of Array.prototype. All ASCII: its
  // length is its bytes.
  tag.text = (value) => {
    if (typeof value === 'string') {
      return `"${value.replace(/[^ !#-[\]-~]/g, (char) => '\\u' + char.charCodeAt(0).toString(16).padStart(4, '0'))}"`
    }
    if (Object(value) !== value) return tag.attempt(() => isFinite(value)) ? '' + value : 'null'
    const list = Array.isArray(value)
    if (!list && value.toJSON) return tag.text(value.toJSON())
    let text = ''
    for (const key of Object.keys(value)) {
      if (value[key] !== undefined) text += (text && ',') + (list ? '' : tag.text(key) + ':') + tag.text(value[key])
    }
    return list ? `[${text}]` : `{${text}}`
  }

  /** @param {Call} call */
  function run([name, args, time]) {
    called = time
    tag.guard(tag.methods[name] || Object)(...args)
    called = 0
  }

  // Always there, so that a page may call what its source has switched off. Another source's tag
  // hears the call too.
  for (const name of config.api) {
    const others = api[name]
    api[name] = (/** @type {any[]} */ ...args) => {
      others?.(...args)
      /** @type {Call} */
      const call = [name, args, Date.now()]
      if (started) run(call)
      else calls.push(call)
    }
  }

  /** @type {(event: {type?: string}) => void} */
  const start = tag.guard((event) => {
    // A page that is left while it loads was visited too. An <img name="prerendering"> is no true.
    if (started || (document.readyState === 'loading' && event.type !== 'pagehide') || document.prerendering === true) return
    started = true
    for (const feature of features) tag.guard(feature)(tag)
    for (const call of calls) run(call)
  })
  for (const type of ['DOMContentLoaded', 'prerenderingchange', 'pagehide']) tag.listen(type, start)
  start({})
}
