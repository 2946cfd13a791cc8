// The shapes that the tag's modules share. Checked by tsc, never shipped.

type Params = Record<string, any>

type Interaction =
  | 'onVisible' | 'onClick' | 'onMouseOver' | 'onHover' | 'onTextSelect' | 'onCopy'
  | 'onFocus' | 'onChange' | 'onSubmit' | 'onScroll' | 'onTimer'

interface Trigger {
  tag: string
  action: string
  /** What is as usual is left out: no params, 10 percent, 0 seconds. */
  params?: Params
  percent?: number
  seconds?: number
}

/** Block wins; an allow list that is not empty admits only its own. */
interface Lists {
  allow: number[]
  block: number[]
}

/** What build.py compiles in. What belongs to one module stands under its name, and is there with it. */
interface Config {
  /** Names of the page API's methods. */
  api: string[]
  /** Where events go, as what is put behind the script's address. */
  beacon: string
  /** The same in full, for a script that has no address of its own: of a bundle. */
  url?: string
  /** The first eight digits of the source's id. */
  key: string
  /** Of the page API, and the beginning of what is kept on the device. */
  name: string
  /** The vendors whose page API it carries, where there is one. */
  facades?: string[]
  auto_events: {action: string; params: Params}[]
  triggers: Record<Interaction, Trigger[]>
  /** Of actions. Hashes of rules that are exact, or end in a star: `prefix.*`, `/folder/*`. */
  lists: Lists
  list_params: Lists
  list_paths: Lists
  /** What of an address makes no other view: a pattern. */
  single_page: string
  /** remember: no platform tells each page anew. */
  consent: {until: 'wait' | 'granted'; evidence?: boolean; remember?: boolean}
  /** Names of categories of consent with the rules for their actions. */
  consent_categories: [name: string, rules: string[]][]
  /** Purposes that must all be agreed to. */
  consent_tcf: number[]
  /** Names of query parameters. */
  site_search: string[]
  /** The owner's other hosts. */
  cross_domain: string[]
  /** What the policy keeps. */
  tracardi: {screen: boolean; language: boolean; referrer: boolean}
  /** Where visits are counted by themselves, if the page does not mind: 0 nowhere, 1 where it calls SR.init(), 2 anywhere. */
  synerise_page: number
}

interface TagEvent {
  /** UUIDv7 */
  id: string
  action: string
  /** Where there is none, the collector takes the action. */
  label?: string
  /** ms since the epoch, by the device's clock */
  time: number
  params: Params
  uuid?: string
  /** The path of its page. */
  context?: {page: string}
  /** Of Segment's page API: what the message says beside properties or traits. */
  segment?: Params
  /** Of Tracardi's page API: what was said around it. */
  tracardi?: {context: Params; options: Params}
}

/** A call of the page API: its name, its arguments, and when it was made (ms since the epoch). */
type Call = [name: string, args: any[], time: number]

/** A call of SR, which waits: the method's name, its arguments, when it was made, and whom its result is told. */
type SynCall = [name: string, args: any[], time: number, resolve: (result?: any) => void]

type Feature = (tag: Tag) => void

/** Stands before the modules (tag_function.js.j2): makes a function that never throws into the page. */
declare function guard<A extends any[], R>(run: (...args: A) => R): (...args: A) => R | undefined

/** Of a page made for Tracardi, lexical: no property of the window. */
declare const options: any

/** What core gives. */
interface Core {
  config: Config
  /** Where events go. */
  url: string
  /** Asked in order about each event, which they may complete; one that returns true refuses it. */
  filters: ((event: TagEvent) => boolean | void)[]
  /** What the page API can do, by name. Assigned as `tag.methods.name = ...`, which the build reads. */
  methods: Record<string, (...args: any[]) => void>
  /** Makes a function that never throws into the page. Whatever the browser calls must be guarded. */
  guard<A extends any[], R>(run: (...args: A) => R): (...args: A) => R | undefined
  /** Listens on the window, guarded, in the capture phase. Never prevents anything. */
  listen(type: string, run: (event: any) => void): void
  /** A random UUIDv7; one made later sorts later. */
  uuid(): string
  /** Makes an event, asks the filters and sends it. The time is now, unless given. */
  track(action: string, params: Params, time?: number, label?: string): void
  /** Sends an event that no filter is asked about (any more). */
  send(event: TagEvent): void
  /** A body of events, which are JSON joined by commas. */
  body(events: string): string
  post(events: string): Promise<Response>
  /** JSON, in ASCII. Throws on a cycle. */
  text(value: any): string
}

/** The running tag of one source: what the modules give one another. */
interface Tag extends Core {
  // storage, cookieless
  /** The value under a name, '' where there is none. */
  read(name: string): string
  /** Keeps a value without `;` under a name for so many seconds, as well as the browser lets us. */
  write(name: string, value: string, seconds: number): void
  /** localStorage, or an object of this page. May throw. */
  box: Record<string, string>
  /** What `run` returns, undefined where it throws. */
  attempt<R>(run: () => R): R | undefined
  /** Writes a cookie of exactly this name on the widest domain that takes it; whether one did. */
  cookie(name: string, value: string, seconds: number): boolean | undefined

  // forget, cookieless
  /** Removes all that the tag keeps on the device. */
  forget(): void

  // visitor
  /** The visitor's uuid; a new one if so told; undefined in cookieless mode. */
  visitor(renew?: boolean): string | undefined

  // delivery
  /** Sees one event, as JSON, on its way. */
  deliver(text: string, id: string): void
  /** What this page has not tried to send, as JSON, by its name in the box. A new object drops it. */
  queue: Record<string, string>
  /** Looks into the box for what is unsent, and tries now. */
  resume(): void

  // page_visits
  /** Counts a visit of the page as it is now, now, but for what is given. */
  visit(params?: Params, time?: number): void

  // lists
  /** Makes what tells whether these lists keep a name out; an inner one is under the blocklist alone. */
  refuser(lists: Lists): (name: string, inner?: boolean) => boolean | undefined

  // consent
  /**
   * 1: the tag may collect, 0: events wait, -1: none, and nothing on the device. `by` tells whose
   * word the visitor's decision is; without it there was none. `choice` is what was said with it:
   * categories by name, and the version of the text.
   */
  decide(state: number, by?: string | false, choice?: any): void
  /** That of the word that stands; anything else where nothing was said. */
  choice: any

  // dom
  /** All elements that match, as the document has them. */
  all(selector: string): NodeListOf<any>
  attribute(element: Element, name: string): string | null
  /** Sets a property, or makes a list of it and what was there. */
  put(object: Params, name: string, value: any): void

  // roots
  /** Listens like `listen`, and inside each open shadow root that the visitor has touched. */
  within(type: string, run: (event: any) => void): void

  // secrets
  /** Whether a value, or what is said about it, looks like what must not be sent. */
  secret(about: string, value: any): boolean

  // cross_domain
  /** Told of a followed link, after whoever reports it. */
  carry?(link: any): void

  // identity
  /** Says who the visitor is, before the event that says so: another person gets a new uuid. */
  identify(profile: Params): void

  // vendor_ids
  /** Removes what another vendor's script keeps under a name: a cookie of any of our domains, or in localStorage. */
  drop(name: string): void

  // segment_ids
  /** User and group: { id, traits, group, groupTraits }. */
  known(): Params
  /** Changes some of it. Throws on a cycle and a value that is too large, and changes nothing then. */
  say(change: Params): void
  /** Keeps under these names who it is, where that is told, and traits besides; returns both for a message. */
  learn(name: string, traitsName: string, id: any, traits: any): [id: any, traits: Params]
  /** Keeps on the device what was said, where that is allowed. */
  keep(): void
  /** From the next event on, the uuid is this, where an id may be kept. */
  rename(id: string): any
  /** Removes what Segment's script keeps on the device. */
  unname(): void

  // segment_messages
  /** Source middleware, as Segment's. */
  middleware: ((chain: Params) => any)[]
  /** Makes a message and sends it; what the page was when it was made, and for which integrations all are. */
  tell(message: Params, options: Params, seen: any, integrations: any): Params

  // segment_query
  /** The calls that the address asks for, of ids that match these patterns. */
  asked(patterns: {aid?: RegExp; uid?: RegExp}): any[][]

  // tracardi_ids
  /** The page's own `const options`, an empty object where it has none. */
  page_options: any
  /** What the page's address hands over of another site's visitor. */
  passed?: {profile: string | null; source: string | null}

  // synerise_stub
  /** window.SR; `_calls` keeps its calls or, once it is `_ready`, runs what is pushed. */
  sr: any

  // synerise_ids
  /** From now on, or as soon as an id may be kept, the uuid is this, of whose email this is the hash or ''. */
  become(id: string, hash: string): void

  // forms
  /** A form of this type: what its data is so far, what adds a field, what tells of it. */
  form(formType: string): [
    formData: Params,
    /** The profile's name of it, its own if it has one, its value, and all that the page says of it. */
    add: (given: string, name: string | null | undefined | '', value: any, about: string) => void,
    tell: () => void,
  ]

  // downloads, outbound_links, where they are: told of each followed link, without credentials.
  /** Whether it was a download. */
  download?(url: URL, link: any): boolean | void
  outbound?(url: URL): void

  // triggers
  /** The tag of what may be a tagged element. */
  tagged(node: any): string | null | false
  /** Sends what some triggers say of elements that have their tag. */
  fire(triggers: Trigger[], elements: any[], extra?: Params): void
  /** The tagged elements in a path and around it, outside of shadow roots too. */
  around(path: any[]): any[]
  /** Listens in the page and in open shadow roots, and gives the tagged elements around the target. */
  hear(type: string, run: (elements: any[], event: any) => void): void

  // elements
  /** Fires each trigger once for an element: when its share has been in view for its seconds. */
  watch(triggers: Trigger[], rootMargin?: string): void
}

interface Window {
  /** The page API; before the tag has loaded the stub's, with its queue `q`. Its name is the owner's. */
  [name: string]: any
}

interface Navigator {
  globalPrivacyControl?: boolean
}

interface Document {
  prerendering?: boolean
}
