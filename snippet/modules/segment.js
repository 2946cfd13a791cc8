/**
 * Segment: the page API of analytics.js, window.analytics or what its snippet calls it, and Customer.io's.
 *
 * Takes the place of the snippet's array and runs the calls that wait there: those about listeners,
 * middleware and the anonymous id first, then what the address asks for, then all others in their
 * order. Nothing is delayed, and no link or form held up.
 *
 * Needs    dom, identity, segment_messages, segment_query
 * Misses   destination middleware and plugins, which are taken and not run; `disableClientPersistence`.
 *          Nothing is written under Segment's names on the device, and no cookie tells the user's id
 *
 * @param {Tag} tag
 */
function segment(tag) {
  /** @type {any} */
  const api = {initialized: true, VERSION: tag.config.name}
  /** Of the snippet's load(). @type {any} */
  let options = {}
  /** The page, as the snippet saw it when the call was made. @type {any} */
  let seen
  /** What the promise of the call that is run tells. @type {any} */
  let told
  /** @type {any[][]} */
  let listeners = []

  /** @type {(value: any) => any} */
  const object = (value) => ({}.toString.call(value) === '[object Object]' ? value : undefined)
  /** @type {(value: any) => boolean} */
  const callable = (value) => typeof value === 'function'
  /** @param {any=} value */
  const promise = async (value) => value
  // An id may be left out before traits.
  const named = (/** @type {any[]} */ args) => (object(args[0]) ? [undefined, ...args] : args)

  /** @type {Record<string, (...args: any[]) => any>} */
  const messages = {
    track(event, properties, given) {
      if (object(event)) [event, properties, given] = [event.event, event.properties, properties]
      if (!event) throw 'no event'
      tell({type: 'track', event: '' + event, properties: object(properties) || {}}, event, properties, given)
    },

    page: (...args) => view('page', args),
    screen: (...args) => view('screen', args),

    identify(...args) {
      const [id, traits, given] = named(args)
      const [userId, all] = tag.learn('id', 'traits', id, object(traits))
      // Of somebody with an id, the email may change.
      tag.identify(userId ? {customId: userId} : {email: all.email})
      tell({type: 'identify', userId, traits: all}, userId, traits, given)
    },

    group(...args) {
      const [id, traits, given] = named(args)
      const [groupId, all] = tag.learn('group', 'groupTraits', id, object(traits))
      tell({type: 'group', groupId, traits: all}, groupId, traits, given)
    },

    alias(to, ...args) {
      const [from, given] = named(args)
      tell({type: 'alias', userId: to, previousId: from ?? tag.known().id ?? tag.visitor()}, to, from, given)
    },

    pageview: (path) => view('page', [path && {path}]),
  }

  const user = entity('id', 'traits')
  const group = entity('group', 'groupTraits')
  user.anonymousId = tag.guard((given) => (given ? tag.rename('' + given) : tag.visitor(given === null) || null))

  /** @type {Record<string, (...args: any[]) => any>} */
  const others = {
    // Some hold that this is an object, others that it is a promise of one.
    user: () => Object.assign(promise(user), user),
    setAnonymousId: user.anonymousId,

    reset() {
      tag.unname()
      tag.rename('')
      tag.say({id: null, traits: {}, group: null, groupTraits: {}})
      if (tag.visitor(true)) tag.write('identity', '.', 1)
      tag.keep()
      emit('reset')
    },

    // What the page's own returns may be a promise that fails.
    ready: (run) => promise().then(tag.guard(() => [callable(run) && run()])),

    on: (event, run) => listeners.push([event, run]),
    once: (event, run) => listeners.push([event, run, true]),
    off: (event, run) => (listeners = listeners.filter((one) => one[0] !== event || (run && one[1] !== run))),

    addSourceMiddleware: (run) => tag.middleware.push(run),
    trackLink: bind('click'),
    trackForm: bind('submit'),
  }
  others.trackClick = others.trackLink
  others.trackSubmit = others.trackForm
  for (const name of ['addDestinationMiddleware', 'addIntegrationMiddleware', 'register']) {
    others[name] = () => console.warn(tag.config.name, 'not run', name)
  }
  for (const name of ['load', 'init', 'initialize', 'debug', 'timeout']) others[name] = () => {}

  for (const name of Object.keys(others)) {
    const run = tag.guard(others[name])
    api[name] = (/** @type {any[]} */ ...args) => {
      const result = run(...args)
      // Listeners are added in a chain, which may be awaited too.
      return /^o/.test(name) ? api : result?.then ? result : promise(result)
    }
  }
  for (const name of Object.keys(messages)) {
    api[name] = (/** @type {any[]} */ ...args) => {
      if (name === 'group' && !args.length) return Object.assign(promise(group), group)
      const context = {}
      const done = promise(context)
      tag.guard(() => {
        told = context
        seen = args[args.length - 1]?.__t === 'bpc' && args.pop()
        const at = args.findIndex(callable)
        if (at >= 0) done.then(tag.guard(args.splice(at)[0]))
        messages[name](...args)
      })()
      return done
    }
  }

  /**
   * @param {any} message
   * @param {...any} heard  What listeners are told. The last are the call's options.
   */
  function tell(message, ...heard) {
    told.event = tag.tell(message, object(heard[heard.length - 1]) || {}, seen, options.integrations)
    tag.keep()
    emit(message.type, ...heard)
  }

  /**
   * @param {string} id
   * @param {string} traits
   * @returns {Record<string, (given?: any) => any>}
   */
  function entity(id, traits) {
    /** @type {(name: string, none: any) => (given?: any) => any} */
    const property = (name, none) =>
      tag.guard((given) => {
        if (given !== undefined) tag.say({[name]: given})
        return tag.known()[name] ?? none
      })
    return {id: property(id, null), traits: property(traits, {})}
  }

  /**
   * The last of the words is the name, one before it the category; then properties and options.
   *
   * @param {string} type
   * @param {any[]} args
   */
  function view(type, args) {
    const words = args.filter((arg) => typeof arg === 'string')
    const [name, category] = words.slice(0, 2).reverse()
    const rest = words[0] === undefined ? args.slice(args.findIndex(object)) : args.slice(args.lastIndexOf(words[words.length - 1]) + 1)
    const [properties, given] = rest
    tell({type, name, category, properties: {name, category, ...object(properties)}}, category, name, properties, given)
  }

  /**
   * @param {string} type
   * @returns {(elements: any, event: any, properties: any, given: any) => void}
   */
  function bind(type) {
    /** @type {(value: any, element: any) => any} */
    const of = (value, element) => (callable(value) ? value(element) : value)
    return (elements, event, properties, given) => {
      // A form is a list too, of its fields.
      for (const element of elements?.nodeType ? [elements] : elements?.toArray?.() || elements || []) {
        const report = () => api.track(of(event, element), of(properties, element), given)
        // <form><input name="addEventListener"> hides the form's.
        EventTarget.prototype.addEventListener.call(element, type, tag.guard(report), true)
      }
    }
  }

  /**
   * @param {string} event
   * @param {any[]} args
   */
  function emit(event, ...args) {
    for (const one of listeners) {
      if (one[0] === event) {
        if (one[2]) listeners = listeners.filter((other) => other !== one)
        tag.guard(one[1])(...args)
      }
    }
  }

  const run = tag.guard(([name, ...args]) => callable(api[name]) && api[name](...args))
  api.push = run

  const snippets = ['segment', 'customerio'].map((vendor) => `data-global-${vendor}-analytics-key`)
  const globals = [...tag.all(snippets.map((name) => `script[${name}]`).join())]
    .filter(({src}) => ('' + src).includes(tag.config.key))
    .map((script) => tag.attribute(script, snippets[0]) || tag.attribute(script, snippets[1]) || 'analytics')
  /** @type {any[][]} */
  const calls = []
  for (const name of globals[0] ? globals.filter((one, at) => globals.indexOf(one) === at) : ['analytics']) {
    /** @type {any} */
    const stub = window[name]
    // Of the page's own, unless its snippet says that it is ours. An element's name is no property.
    const own = stub && !Array.isArray(stub) && stub.VERSION !== api.VERSION && {}.hasOwnProperty.call(window, name)
    if (own && !globals[0]) {
      console.warn(tag.config.name, 'leaves alone', name)
      continue
    }
    tag.attempt(() => (window[name] = api))
    tag.guard(() => {
      options = {...options, ...stub?._loadOptions}
      if (Array.isArray(stub)) {
        calls.push(...stub)
        // For whoever kept the array.
        Object.assign(stub, {push: run})
      }
    })()
  }
  const {disable, initialPageview, useQueryString} = options
  if (disable === true || (callable(disable) && tag.attempt(() => disable({integrations: {}})))) {
    for (const name of Object.keys(messages)) messages[name] = Object
    tag.rename = Object
  }

  /** @type {(call: any) => boolean} */
  const early = (call) => /^(on|once|setAnonymousId|addSourceMiddleware)$/.test(call?.[0])
  calls.filter(early).forEach(run)
  emit('initialize', {}, options)
  // A pattern that is none costs what the address asks for, and no call.
  if (useQueryString !== false) tag.guard(() => tag.asked(useQueryString || {}).forEach(run))()
  if (initialPageview) run(['page'])
  calls.filter((call) => !early(call)).forEach(run)
  emit('ready')
}
