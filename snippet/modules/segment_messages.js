/**
 * Segment's messages: makes one of a call, shows it to the page's middleware, and sends it as an event
 * under its own name or ours, with `segment`: what the message says beside the properties or traits.
 *
 * Gives    tag.tell, tag.middleware
 * Needs    dom, segment_ids
 * Misses   the lists of params for what the page itself says in a context: the collector has them
 *
 * @param {Tag} tag
 */
function segment_messages(tag) {
  /** @type {Record<string, string>} */
  const actions = {
    page: 'page.visit',
    screen: 'screen.view',
    identify: 'client.createOrUpdate',
    group: 'client.group',
    alias: 'client.alias',
  }

  tag.middleware = []

  tag.tell = (message, options, seen, all) => {
    // Not what a page has put on the prototype of all objects.
    /** @type {any} */
    const own = {__proto__: null, ...options}
    const {integrations, context, timestamp, anonymousId, userId, messageId, ...more} = own
    if (anonymousId) tag.rename('' + anonymousId)
    const shown = page(seen)
    if (message.type === 'page') message.properties = {...shown, ...message.properties}
    const about = {...(tag.middleware[0] && {page: {...shown}}), ...context, ...more}
    message = {
      messageId: (messageId && tag.attempt(() => encodeURIComponent(messageId))) || tag.uuid(),
      timestamp: timestamp || Date.now(),
      userId: userId ?? tag.known().id,
      integrations,
      context: Object.keys(about)[0] && about,
      ...message,
    }
    const live = seen ? seen.p : location.pathname
    // Middleware may take its time, in which another person comes.
    const uuid = tag.middleware[0] && tag.visitor()
    relay(message, tag.middleware, tag.guard((seen) => ship(seen, all, shown, live, uuid)))
    return message
  }

  /** @param {any} seen  What the snippet saw of the page when the call was made. */
  function page(seen) {
    const {c, p: path, u, s, t: title, r: referrer} = seen || {
      c: tag.all('link[rel=canonical]')[0]?.href,
      p: location.pathname,
      u: location.href,
      s: location.search,
      // An <img name="title"> hides the document's.
      t: Reflect.get(Document.prototype, 'title', document),
      r: document.referrer,
    }
    // A visitor's token for the owner's other domains, which is off the address by now.
    const token = RegExp(`([?&])_${tag.config.name}=[^&#]+&?`)
    const search = s.replace(token, '$1').replace(/^\?$/, '')
    const canonical = c && tag.attempt(() => new URL(c, location.href))
    return {
      path: canonical ? canonical.pathname : path,
      referrer,
      search,
      title,
      url: canonical ? canonical.href + (canonical.search ? '' : search) : u.replace(/[?#].*/, search),
    }
  }

  /**
   * @param {any} message
   * @param {any[]} rest  The middleware that has not seen it yet.
   * @param {(message: any) => void} last  Sends it.
   */
  function relay(message, rest, last) {
    const [see, ...after] = rest
    if (!see) return last(message)
    let passed = false
    const next = (/** @type {any} */ payload) => {
      if (!passed && payload) relay(payload.obj, after, last)
      passed = true
    }
    // What one that fails was to take out is not sent.
    const fail = (/** @type {any} */ error) => console.warn(tag.config.name, 'not sent', message.type, error)
    try {
      see({payload: {obj: message, type: () => message.type}, next, integrations: message.integrations || {}})?.catch?.(fail)
    } catch (error) {
      fail(error)
    }
  }

  /**
   * @param {any} message
   * @param {any} all      For which integrations all messages are.
   * @param {Params} shown  The page as it wants to be known.
   * @param {string} live   The path where it is.
   * @param {any} uuid      Whose it is, if that could change meanwhile.
   */
  function ship({messageId: id, timestamp: time, event, properties, traits, integrations, context, ...segment}, all, shown, live, uuid) {
    const wanted = {...all, ...integrations}
    if (wanted['Segment.io'] === false || wanted['Customer.io Data Pipelines'] === false) return
    // What middleware was shown of the page beside the event is no params, which the owner's lists act
    // on: only what it has changed goes along.
    const {page: about, ...rest} = context || {}
    for (const name of about === Object(about) ? Object.keys(about) : []) {
      if (about[name] !== shown[name]) rest.page = {...rest.page, [name]: about[name]}
    }
    const params = properties || traits || {}
    // They are among the properties, on which the owner's lists act.
    if (properties) segment.name = segment.category = undefined
    /** @type {TagEvent} */
    const made = {
      id,
      action: actions[segment.type] || event,
      time,
      params,
      segment: {...segment, integrations, context: Object.keys(rest)[0] && rest},
    }
    /** What other modules shall not change. @type {(name: string, value: any) => any} */
    const settle = (name, value) => Object.defineProperty(made, name, {enumerable: true, get: () => value, set: Object})
    // By another address no page passes the list of paths, here or in the collector.
    const lists = tag.config.list_paths
    if (lists) {
      if (tag.refuser(lists)(live)) return
      if (segment.type !== 'page' || params.url === shown.url) settle('context', {page: live})
    }
    if (uuid) settle('uuid', uuid)
    for (const refuses of tag.filters) if (refuses(made)) return
    tag.send(made)
  }
}
