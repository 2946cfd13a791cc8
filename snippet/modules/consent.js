/**
 * Consent: nothing is sent, and nothing kept on the device, before the visitor has agreed.
 *
 * Until a decision events wait in this page's memory as they were made (or go out, where the owner
 * chose so). Granted: they go out. The device keeps the grant for half a year, so that the next
 * page need not wait, unless a platform tells each page anew. Denied: what waits is dropped, and
 * what lies on the device is removed. That cannot be kept where nothing may be kept, so whoever
 * said it says it again on the next page. The last word counts; what is denied in one tab ends
 * another at its next event. Each body tells what was decided: the collector asks as well.
 *
 * Sends    for the owner's evidence `consent.granted`, `consent.denied`: { by, text_version, categories },
 *          with the uuid that the device has kept
 * Gives    tag.decide, tag.choice
 * Needs    forget, visitor
 *
 * @param {Tag} tag
 */
function consent(tag) {
  const {evidence, remember, until} = tag.config.consent
  const visitor = tag.visitor
  const identify = tag.identify
  const body = tag.body
  const box = tag.box
  /** What waits for a grant. @type {(() => void)[]} */
  let held = []
  /** Whether a refusal is being told, which needs no consent. */
  let telling = false
  // What was said with the grant is kept as JSON; 1 where nothing was.
  tag.choice = (remember && tag.attempt(() => JSON.parse(decodeURIComponent(tag.read('consent'))))) || 0
  /** Whether the device keeps a grant. @type {any} */
  let kept = tag.choice
  /** 1 granted, 0.5 undecided while events go out, 0 undecided, -1 denied. */
  let state = kept ? 1 : until === 'granted' ? 0.5 : 0

  if (!state) tag.box = {}
  // Whoever else uses storage does so for one of these, or for an event.
  tag.visitor = (renew) => {
    heed()
    if (state > 0) return visitor(renew)
    // Who comes next is another one by then, too.
    if (renew) later(() => visitor(renew))
  }
  tag.identify = (profile) => later(() => identify(profile))
  // What failed on its way is tried again.
  tag.body = (events) => {
    if (state < 0 && !telling) throw 'denied'
    const told = {granted: state % 1 ? null : state > 0, categories: tag.choice.categories}
    return `{"consent":${tag.text(told)},` + body(events).slice(1)
  }

  // The last of the filters, so what waits is complete. A copy, since the page may change its params.
  tag.filters.push((event) => {
    heed()
    if (telling) event.uuid = tag.read('uuid').split('.')[0]
    else if (state > 0) return
    const text = tag.text(event)
    if (telling) tag.post(text).catch(Object)
    else later(() => tag.send(JSON.parse(text)))
    return true
  })

  tag.methods.consent = (decision, choice) => tag.decide(decision === 'granted' ? 1 : -1, 'call', choice)

  tag.decide = (next, by, choice) => {
    const said = tag.attempt(() => tag.text(choice || 1)) || '1'
    const mark = encodeURIComponent(said)
    // Said again, it is no news.
    const news = by && (next > 0 ? tag.read('consent') !== mark : state >= 0)
    const changed = Math.ceil(state) !== next
    state = next
    // A copy: the page may go on with its own.
    if (by) tag.choice = JSON.parse(said) || 0
    if (changed) {
      tag.queue = {}
      tag.box = box
    }
    if (news && evidence) {
      const {text, categories} = tag.choice
      telling = next < 0
      tag.guard(tag.track)('consent.' + (telling ? 'denied' : 'granted'), {by, text_version: text, categories})
      telling = false
    }
    if (changed) {
      if (next > 0) {
        held.forEach((run) => run())
        tag.resume?.()
      } else {
        if (next) tag.forget()
        tag.box = {}
      }
      held = []
    }
    if (next > 0 && news) tag.write('consent', mark, 15552000)
    kept = tag.read('consent')
  }

  // Another tab has removed it.
  function heed() {
    if (kept && !tag.read('consent')) tag.decide(-1)
  }

  /** @param {() => void} run */
  function later(run) {
    if (state > 0) run()
    else if (!state && held.length < 100) held.push(tag.guard(run))
  }
}
