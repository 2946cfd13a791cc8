/**
 * Sessions: tells the collector which events belong to one visit.
 *
 * A hint, shared by all tabs: the collector judges, opens one for other actions too, and ends it.
 * Every event prolongs a session that is open.
 *
 * Sends    one `session.start` before the event that opens a session
 * Needs    storage, visitor
 *
 * @param {Tag} tag
 */
function sessions(tag) {
  const name = 'tagwell_session_' + tag.config.source.slice(0, 8)
  const seconds = tag.config.minutes * 60

  tag.filters.push((event) => {
    // Whose it is, too: a new visitor at this browser begins a session of their own.
    const whose = tag.visitor().slice(0, 8)
    const now = Date.now()
    let [id, seen, owner] = tag.read(name).split('.')
    const idle = now - +seen
    const open = owner === whose && idle < seconds * 1000
    if (!open) {
      if (!/^(page\.visit|form\.submit)$/.test(event.action)) return
      id = tag.uuid()
    }
    // Not at every event: writing a cookie takes a message to another process.
    if (!open || idle > 10000) tag.write(name, [id, now, whose].join('.'), seconds)
    if (!open) tag.track('session.start', {}, 'Started session', event.time)
    event.session = id
  })
}
