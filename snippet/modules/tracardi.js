/**
 * Tracardi: the page API of its script, window.tracker and what the page's `const options` asks for.
 *
 * Its track() sends each event by the one outbox, which loses none as the page goes: `fire` and
 * `asBeacon` change nothing. Without `fire`, Tracardi's own script sends nothing any more once the
 * page's first request is out; here that is sent too. Triggers are our own, so that elements may come later.
 *
 * Sends    what the page tracks, `auto.events` and `auto.triggers`, each with `tracardi`: { options, and as
 *          `context` what Tracardi's script says around an event: page, screen, browser, time, utm,
 *          tracardi, performance }
 * Needs    tracardi_ids, tracardi_external, onVisible, onClick, onMouseOver, onTextSelect
 * Misses   on purpose: `context.cookies` and `context.storage`, which hold what other scripts keep, the
 *          cookie of Google Analytics, the place, by a third party, and elements that an answer puts into
 *          the page. Events go beside the script, whatever `tracker.url.api` says. What we tell as the
 *          answer is empty but for the profile's id; the session's is of this page
 *
 * @param {Tag} tag
 */
function tracardi(tag) {
  const given = tag.page_options
  const keeps = tag.config.tracardi
  const data = {
    task: '',
    ux: [],
    response: {},
    events: [],
    // Asked for late: before the first event, another site's word on who this is may be on its way.
    profile: {
      get id() {
        return tag.visitor() || null
      },
    },
    session: {id: tag.uuid()},
    errors: [],
    warnings: [],
  }

  const page = /** @type {any} */ (window)
  /** Of Tracardi's loader, where there is one. @type {any} */
  const tracker = tag.attempt(() => page.tracardi.default) || {}
  const helpers = {
    track: answered,
    onClick: tag.guard((element, run) => element.addEventListener('click', run)),
    addListener: tag.guard((element, type, run) => element.addEventListener(type, run)),
  }
  /** Calls from before. @type {[args: any[], time: number][]} */
  const calls = tracker.q || []
  // Of who has kept the loader's track().
  const later = tag.guard(track)
  tracker.track = answered
  tracker.plugins = {tracardi: helpers}
  // Tracardi's loader asks whether it may go on.
  tracker.getState = () => ({plugins: {tracardi: {initialized: true}}})
  page.tracardi = {default: tracker}
  page.tracker = tracker

  // The triggers' module knows actions and params: in the place of the action, ours hold what the page gave.
  const own = tag.track
  tag.track = (/** @type {any} */ action, params, ...more) =>
    Object(action) === action ? track(action.event, params, action.options) : own(action, params, ...more)

  const about = {tracker, helpers, context: data, config: given}
  tag.guard(() => {
    const {onInit, onCookiesDisabled} = given.listeners || {}
    // Without cookies too events are sent: the box may do.
    const run = navigator.cookieEnabled ? onInit : onCookiesDisabled
    run?.({...about, session: data.session})
  })()
  calls.push = ([[type, properties, settings], time]) => {
    later(type, properties, settings, time)
    return 0
  }
  for (const call of calls.splice(0)) calls.push(call)
  each(() => given.tracker.auto.events, ([type, properties]) => track(type, properties))
  each(() => given.tracker.auto.triggers, ({tag: name, trigger, data}) => {
    const made = {tag: name, action: data, params: data.properties}
    if (trigger === 'onVisible') tag.watch([made])
    else tag.config.triggers[/** @type {Interaction} */ (trigger)]?.push(made)
  })
  ready(page.onTracardiReady)

  // An async function's promise is the browser's own, whatever the page has put in the place of Promise.
  /** @type {(type: any, properties?: any, settings?: any) => Promise<{data: any}>} */
  async function answered(type, properties, settings) {
    tag.guard(track)(type, properties, settings)
    return {data}
  }

  /** @type {(type: any, properties?: any, settings?: any, time?: number) => void} */
  function track(type, properties, settings, time) {
    const action = tag.attempt(() => type.trim())
    if (!action) return console.warn(tag.config.name, 'not sent', type)
    const {context, ...others} = settings || {}
    /** @type {TagEvent} */
    const event = {
      id: tag.uuid(),
      action,
      time: time || Date.now(),
      params: {...properties},
      tracardi: {
        context: {...tag.attempt(around), ...context},
        options: {...tag.attempt(() => page.response.context), ...others},
      },
    }
    for (const refuses of tag.filters) if (refuses(event)) return
    tag.send(event)
  }

  /** What is said around an event, unless the page or the owner's policy is against it. */
  function around() {
    const wishes = tag.attempt(() => ({...given.tracker.context})) || {}
    /** @type {Params} */
    const context = {}
    /** @type {Params} */
    const utm = {}
    tag.attempt(() => {
      for (const [name, value] of new URLSearchParams(location.search)) {
        if (/^utm_/.test(name)) utm[name.slice(4)] = value
      }
    })
    if (wishes.page !== false) {
      const {href: url, pathname: path, hash} = location
      // An <img name="title"> hides the document's.
      context.page = {url, path, hash, title: Reflect.get(Document.prototype, 'title', document)}
      // Others' scripts and pages tell of their own addresses.
      if (keeps.referrer) context.page.referer = {host: tag.attempt(() => new URL(document.referrer).host)}
    }
    if (keeps.language) {
      context.time = {tz: tag.attempt(() => Intl.DateTimeFormat().resolvedOptions().timeZone)}
      if (wishes.browser !== false) context.browser = {local: {browser: {language: navigator.language}}}
    }
    if (keeps.screen && wishes.screen !== false) {
      context.screen = {local: {width: screen.width, height: screen.height}}
    }
    if (wishes.utm !== false && Object.keys(utm)[0]) context.utm = utm
    if (wishes.tracardiPass !== false && tag.passed) context.tracardi = {pass: tag.passed}
    if (wishes.performance === true) context.performance = performance.getEntriesByType('navigation')[0]
    return context
  }

  /** @param {any} bound  What Tracardi's loader put there, or the page. */
  function ready(bound) {
    const bind = tag.guard((run) => run(about))
    if (!bound) page.onTracardiReady = {bind, call: () => {}}
    else if (typeof bound === 'object' && bound.bind) {
      tag.guard(() => bound.call(about))()
      bound.bind = bind
    } else console.error('[Tracardi] Incorrect window.onTracardiReady: use its bind(), do not assign to it.')
  }

  /**
   * @param {() => Iterable<any>} list  Of the page's.
   * @param {(item: any) => void} run
   */
  function each(list, run) {
    tag.attempt(() => [...list()])?.forEach(tag.guard(run))
  }
}
