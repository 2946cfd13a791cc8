/**
 * Consent: nothing is sent, and nothing kept on the device, before the visitor has agreed.
 *
 * Until a decision events wait in this page's memory as they were made (or go out, where the owner
 * chose so). Granted: they go out. The device keeps the grant for half a year, so that the next
 * page need not wait, unless a platform tells each page anew. Denied: what waits is dropped, and
 * what lies on the device is removed. That cannot be kept where nothing may be kept, so whoever
 * said it says it again on the next page. The last word counts; what is denied in one tab ends
 * another at its next event.
 *
 * Sends    for the owner's evidence `consent.granted`, `consent.denied`: { by }, without uuid
 * Gives    tag.decide
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
  /** Whether a decision is being told, which needs no consent. */
  let telling = false
  /** Whether the device keeps a grant. */
  let kept = remember && tag.read('consent')
  /** 1 granted, 0 undecided, -1 denied. */
  let state = +(kept || until === 'granted')

  if (!state) tag.box = {}
  // Whoever else uses storage does so for one of these, or for an event.
  tag.visitor = (renew) => {
    heed()
    if (state > 0) return visitor(renew)
  }
  tag.identify = (profile) => later(() => identify(profile))
  // What failed on its way is tried again.
  tag.body = (events) => {
    if (state < 0 && !telling) throw 'denied'
    return body(events)
  }

  // The last of the filters, so what waits is complete. A copy, since the page may change its params.
  tag.filters.push((event) => {
    heed()
    if (state > 0 && !telling) return
    const text = tag.text(event)
    if (telling) tag.post(text).catch(Object)
    else later(() => tag.send(JSON.parse(text)))
    return true
  })

  tag.methods.consent = (decision) => tag.decide(decision === 'granted' ? 1 : -1, 'call')

  tag.decide = (next, by) => {
    // Said again, it is no news.
    const news = by && (next > 0 ? !tag.read('consent') : state >= 0)
    if (news && evidence) {
      telling = true
      tag.guard(tag.track)('consent.' + (next > 0 ? 'granted' : 'denied'), {by})
      telling = false
    }
    if (next !== state) {
      state = next
      tag.queue = {}
      tag.box = box
      if (next > 0) {
        held.forEach((run) => run())
        tag.resume?.()
      } else {
        if (next) tag.forget()
        tag.box = {}
      }
      held = []
    }
    if (next > 0 && news) tag.write('consent', '1', 15552000)
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
