// The shapes that the tag's modules share. Checked by tsc, never shipped.

type Params = Record<string, any>

type Interaction = 'onVisible' | 'onClick' | 'onMouseOver' | 'onTextSelect'

/** What build.py compiles in. A field that no carried module reads is left out. */
interface Config {
  source: string
  /** Honour Global Privacy Control, Do Not Track. */
  gpc: boolean
  dnt: boolean
  /** sessions: how long one may be silent, in minutes. */
  minutes: number
  /** lists: actions, exact or `prefix.*`. */
  allow: string[]
  block: string[]
  auto: {action: string; params: Params}[]
  triggers: {tag: string; interaction: Interaction; action: string; params: Params}[]
}

interface TagEvent {
  /** UUIDv7 */
  id: string
  action: string
  label: string
  /** ms since the epoch, by the device's clock */
  time: number
  params: Params
  uuid?: string
  session?: string
}

/** A call of the page API: its name, its arguments, and when it was made (ms since the epoch). */
type Call = [name: string, args: any[], time: number]

type Feature = (tag: Tag) => void

/** What core gives. */
interface Core {
  config: Config
  /** Asked in order about each event, which they may complete; one that returns true refuses it. */
  filters: ((event: TagEvent) => boolean | void)[]
  /** What window.tagwell can do, by name. */
  methods: Record<string, (...args: any[]) => void>
  /** Makes a function that never throws into the page. Whatever the browser calls must be guarded. */
  guard(run: (...args: any[]) => void): (...args: any[]) => void
  /** Listens on the window, guarded, in the capture phase. Never prevents anything. */
  listen(type: string, run: (event: any) => void): void
  all(selector: string): NodeListOf<any>
  /** Sets a property, or makes a list of it and what was there. */
  put(object: Params, name: string, value: any): void
  /** A random UUIDv4; a UUIDv7 of a time in ms since the epoch. */
  uuid(time?: number): string
  /** Makes an event and delivers it. The label is the action, the time now, unless given. */
  track(action: string, params: Params, label?: string, time?: number): void
  /** Sees one event, as JSON, on its way. */
  deliver(text: string): void
  /**
   * Posts events, each as JSON, in one body. Resolves to the status, 1 for a beacon, 0 where
   * neither went; never rejects.
   */
  post(texts: string[]): Promise<number>
  /** Runs a call of the page API, once the tag has started. */
  call(call: Call): void
}

/** The running tag of one source: what the modules give one another. */
interface Tag extends Core {
  // storage
  /** The value under a name, '' where there is none. */
  read(name: string): string
  /** Keeps a value without `;` under a name for so many seconds, as well as the browser lets us. */
  write(name: string, value: string, seconds: number): void

  // visitor
  /** The visitor's UUIDv4; a new one if so told. */
  visitor(renew?: boolean): string

  // identity
  /** Says who the visitor is, before the event that says so: another person gets a new uuid. */
  identify(profile: {email?: any; customId?: any}): void

  // triggers
  /** The settings' triggers of an element for an interaction. */
  wanted(interaction: Interaction, element: Element): Config['triggers']
  /** Sends what an interaction with an element means, if anything. */
  fire(interaction: Interaction, element: Element, extra?: Params): void
  /** The elements from an event's target up. */
  around(event: Event): any[]
}

interface Window {
  /** The page API, with `tags` by source; before the tag has loaded the stub's, with its queue `q`. */
  tagwell: any
}

interface Navigator {
  globalPrivacyControl?: boolean
}

interface Document {
  prerendering?: boolean
}
