/**
 * Debug: says in the console, in words, what is sent, what is held back, and why.
 *
 * No part of the tag: tagwell.debug() loads it. The tag that it finds may be a frozen one of an
 * older release, so it names only members whose short names last (build.py), and can do without any.
 *
 * Misses   what happened before it was asked, save the status of the collector's answers
 *
 * @param {Tag} tag
 * @param {string[]} modules  What the tag carries.
 */
function debug(tag, modules) {
  const config = tag.config
  const prefix = `${config.name}_${config.key}`
  const {href, origin: collector} = new URL(tag.url, location.href)

  /** @type {(text: string, ...more: any[]) => void} */
  const say = (text, ...more) => attempt(() => console.log(`${config.name} ${config.key}: ${text}`, ...more))

  // Asked again, it tells again. A bundle's tag has no method of that name.
  tag.methods.debug = report
  const api = window[config.name]
  api.debug = api.debug || report
  report()

  // Each filter is asked as before; the first that refuses is told.
  tag.filters = tag.filters.map((refuses) => (event) => {
    const refused = refuses(event)
    if (refused) say(`${event.action} is not sent${why(event.action)}.`, event)
    return refused
  })

  const send = tag.send
  tag.send = (event) => {
    say(`${event.action} goes out once the page is idle, hidden or left.`, event)
    send(event)
  }

  /** What was decided since anybody asked: 1 granted, -1 denied. */
  let decided = 0
  const decide = tag.decide
  tag.decide = (next, by, choice) => {
    decided = next
    say(`consent is ${next > 0 ? 'granted' : 'denied: what waited is dropped, what lay on the device removed'}${by ? ` (${by})` : ''}.`)
    decide(next, by, choice)
  }

  const post = tag.post
  tag.post = (events) => {
    /** @type {TagEvent[]} */
    const made = attempt(() => JSON.parse(`[${events}]`)) || []
    const said = `${made.map(({action}) => action).join(', ')}: `
    return post(events).then(
      (answer) => {
        say(said + meaning(answer.status, answer.headers.get('x-tagwell-rejected')))
        return answer
      },
      (error) => {
        say(said + meaning(0), error)
        throw error
      }
    )
  }

  addEventListener('securitypolicyviolation', ({blockedURI, effectiveDirective}) => {
    if (blockedURI.startsWith(collector)) {
      say(`this page's Content-Security-Policy stops ${blockedURI}. Add ${collector} to its ${effectiveDirective}.`)
    }
  })
  addEventListener('offline', () => say('the network is gone. Events wait for it.'))
  addEventListener('online', () => say('the network is back. What waited goes out now.'))

  function report() {
    say(`events go to ${href}. The tag carries: ${modules.join(', ')}.`)

    const visitor = attempt(() => tag.read('uuid').slice(0, 36))
    say(visitor ? `this browser's visitor id is ${visitor}.` : 'no visitor id is kept on this device.')

    const wish = wished()
    if (wish) say(`nothing is sent: ${wish}.`)
    if (config.lists) {
      const {allow, block} = config.lists
      if (block.length) say(`the blocklist of actions has ${counted(block)}: what fits is not sent.`)
      if (allow.length) say(`the allowlist of actions has ${counted(allow)}: only what fits is sent.`)
    }
    if (config.consent) {
      const until = config.consent.until === 'wait' ? 'wait in memory' : 'are sent'
      say(
        attempt(() => tag.read('consent'))
          ? 'the visitor has consented.'
          : `no consent is kept on this device. Events ${until} until the visitor decides.`
      )
    }

    const waiting = new Set(Object.keys({...attempt(() => tag.queue), ...attempt(() => tag.box)}))
    // By the end, since what is between has changed: each event's key ends with its UUID.
    const unsent = [...waiting].filter((key) => key.startsWith(prefix) && /[\da-f-]{36}$/.test(key)).length
    say(`${unsent || 'no'} ${unsent === 1 ? 'event is' : 'events are'} not acknowledged by the collector yet.`)
    if (!navigator.onLine) say('this browser is offline. Events wait for the network.')

    // What was sent before anybody asked. The status is 0 where there was no answer.
    for (const entry of performance.getEntriesByName(href)) {
      const {responseStatus} = /** @type {any} */ (entry)
      if (responseStatus !== undefined) say(`sent at ${Math.round(entry.startTime)} ms: ${meaning(responseStatus)}`)
    }

    const scripts = [...document.getElementsByTagName('script')].map(({src}) => src)
    const twice = scripts.filter((src, at) => src && scripts.indexOf(src) < at)
    if (twice.length) say(`these scripts stand in the page twice; the tag runs once all the same: ${twice.join(', ')}.`)
  }

  /** @param {any[]} list */
  function counted(list) {
    return list.length === 1 ? '1 rule' : `${list.length} rules`
  }

  function wished() {
    if (modules.includes('global_privacy_control') && navigator.globalPrivacyControl) return 'this browser sends Global Privacy Control'
    if (modules.includes('do_not_track') && navigator.doNotTrack === '1') return 'this browser sends Do Not Track'
  }

  /** @param {string} action */
  function why(action) {
    const wish = wished()
    if (wish) return `: ${wish}`
    if (config.lists) {
      const {allow, block} = config.lists
      const rules = fitting(action)
      if (block.some((rule) => rules.has(rule))) return ': the blocklist has it'
      if (allow.length && !allow.some((rule) => rules.has(rule))) return ': the allowlist does not have it'
    }
    if (decided < 0) return ': the visitor has denied consent'
    if (config.consent_categories && (decided || attempt(() => tag.read('consent')))) return ': the visitor has refused its category'
    return config.consent ? ' yet: it waits for consent, and is dropped where that is denied' : ''
  }

  /**
   * The rules that fit an action, as a tag may have them: hashed, or as they are in one that was frozen
   * before (lists.js, hashed.py).
   *
   * @param {string} action
   * @returns {Set<string | number>}
   */
  function fitting(action) {
    const rules = [action, '*']
    for (let end = action.indexOf('.'); end >= 0; end = action.indexOf('.', end + 1)) rules.push(action.slice(0, end + 1) + '*')
    /** @type {(hash: number, unit: string) => number} */
    const mix = (hash, unit) => (hash * 8191 + unit.charCodeAt(0)) % 1099511627689
    return new Set([...rules, ...rules.map((rule) => (config.key + rule).split('').reduce(mix, 0))])
  }

  /**
   * @param {number} status  0 where no answer came.
   * @param {string | null=} rejected  How many events of the body the collector rejected.
   */
  function meaning(status, rejected) {
    if (!status) {
      return (
        `no answer. Offline, stopped by a content blocker or by this page's Content-Security-Policy ` +
        `(connect-src must have ${collector}), or the collector is down. It is tried again.`
      )
    }
    if (status < 300) {
      return rejected
        ? `${status}, but the collector rejected ${rejected} of them. The source's admin page says why.`
        : `${status}, the collector has them.`
    }
    if (status === 403) {
      return `403, refused: the source does not take events from ${location.origin}. Add it to the source's origins.`
    }
    if (status === 401) return '401, refused: the collector has no such source, or it is switched off.'
    if (status < 500 && status !== 408 && status !== 429) return `${status}, refused. It is not tried again.`
    return `${status}, the collector takes nothing now. It is tried again.`
  }

  /**
   * @template T
   * @param {() => T} run
   */
  function attempt(run) {
    try {
      return run()
    } catch {}
  }
}
