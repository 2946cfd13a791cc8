/**
 * What script adds to the admin pages: rows that arrive, a state that turns, copying, rows to add.
 *
 * Every page works without it. Buttons that need it are hidden until it runs. HTML comes from our
 * own templates only, which have escaped it; nothing here builds HTML from data.
 */

const POLL_MS = 1000
const SLOW_POLL_MS = 5000
const MAX_ROWS = 300
const AT_WORK_MS = 5 * 60_000

for (const button of document.querySelectorAll('[data-copy]')) copying(button)
for (const table of document.querySelectorAll('[data-rows-of]')) editableRows(table)
const events = document.getElementById('events')
if (events?.dataset.rows) liveRows(events)
const state = document.querySelector('[data-status]')
if (state) firstEvent(state)
document.querySelector('.notice.bad[tabindex]')?.focus()
if (document.querySelector('form.who')) staySignedIn(document.querySelector('.wordmark').href)

/** Asks for a page now and then while somebody types: half an hour without one would cost what was typed. */
function staySignedIn(page) {
  let asked = Date.now()
  document.addEventListener('input', () => {
    if (Date.now() - asked < AT_WORK_MS) return
    asked = Date.now()
    fetch(page, {method: 'HEAD', redirect: 'manual'}).catch(() => {})
  })
}

/** Copies a field's value, and says so on the button itself. */
function copying(button) {
  const field = document.getElementById(button.dataset.copy)
  const text = button.textContent
  button.hidden = false
  field.addEventListener('focus', () => field.select())
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(field.value)
    } catch {
      // No clipboard without https, or none allowed: the older way, from the field itself.
      field.select()
      document.execCommand('copy')
    }
    button.textContent = 'Copied'
    setTimeout(() => { button.textContent = text }, 2000)
  })
}

/** Adds and removes rows of a table of fields. The last row is always an empty one, made by the server. */
function editableRows(table) {
  const body = table.tBodies[0]
  const add = table.parentElement.querySelector('[data-add-row]')
  let next = body.rows.length
  add.hidden = false
  for (const button of body.querySelectorAll('[data-remove-row]')) button.hidden = false
  table.addEventListener('click', (event) => {
    const row = event.target.closest('[data-remove-row]')?.closest('tr')
    if (!row) return
    // The last row stays as the pattern of new ones.
    if (body.rows.length > 1) row.remove()
    else clear(row)
    add.focus()
  })
  add.addEventListener('click', () => {
    const row = body.rows[body.rows.length - 1].cloneNode(true)
    clear(row)
    for (const field of row.querySelectorAll('input, select')) {
      field.id = `${field.id.replace(/\d+$/, '')}${next}`
      field.closest('td').querySelector('label').htmlFor = field.id
    }
    next += 1
    body.append(row)
    row.querySelector('input').focus()
  })

  function clear(row) {
    for (const field of row.querySelectorAll('input')) field.value = ''
    for (const field of row.querySelectorAll('[aria-invalid]')) {
      field.removeAttribute('aria-invalid')
      field.removeAttribute('aria-describedby')
    }
    for (const complaint of row.querySelectorAll('.complaint')) complaint.remove()
  }
}

/**
 * Asks for a piece of a page again and again, while the tab is looked at.
 *
 * @param {() => string} address  what to ask for now
 * @param {(response: Response) => Promise<boolean>} take  takes an answer; false ends the asking
 * @param {(problem: string) => void} tell  is told why nothing comes, '' when it comes again
 * @returns {() => void} asks at once
 */
function poll(address, take, tell) {
  let timer = 0
  let asking = false
  document.addEventListener('visibilitychange', ask)
  timer = setTimeout(ask, POLL_MS)
  return ask

  async function ask() {
    if (document.hidden || asking) return
    clearTimeout(timer)
    asking = true
    let wait = POLL_MS
    try {
      const response = await fetch(address(), {redirect: 'error', signal: AbortSignal.timeout(15000)})
      if (response.status === 401) {
        tell('Signed out. Reload the page to sign in again')
        document.removeEventListener('visibilitychange', ask)
        return
      }
      if (!response.ok) throw new Error(String(response.status))
      tell('')
      if (!await take(response)) {
        document.removeEventListener('visibilitychange', ask)
        return
      }
    } catch {
      tell('No answer from the collector. Trying again')
      wait = SLOW_POLL_MS
    } finally {
      asking = false
    }
    timer = setTimeout(ask, wait)
  }
}

/** Puts new events on top as they arrive. */
function liveRows(list) {
  const count = document.getElementById('count')
  const pause = document.getElementById('pause')
  const dot = document.querySelector('.dot')
  let after = list.dataset.after
  let arrived = 0
  let paused = false
  let told = ''
  pause.hidden = false
  say('Live')
  const ask = poll(address, take, (problem) => say(problem || summary()))
  pause.addEventListener('click', () => {
    paused = !paused
    pause.setAttribute('aria-pressed', String(paused))
    say(summary())
    if (!paused) ask()
  })

  function address() {
    return `${list.dataset.rows}?${new URLSearchParams({after, action: list.dataset.action})}`
  }

  function summary() {
    if (paused) return 'Paused'
    return arrived ? `Live: ${arrived} new` : 'Live'
  }

  // Said only when it changed: a screen reader reads this aloud.
  function say(text) {
    dot.classList.toggle('on', !paused && text.startsWith('Live'))
    if (text !== told) count.textContent = told = text
  }

  async function take(response) {
    // What comes while paused is dropped, and asked for again from the same place.
    if (response.status === 204 || paused) return true
    const rows = document.createElement('template')
    rows.innerHTML = await response.text()
    if (paused) return true
    after = response.headers.get('Tagwell-Last-Seq')
    if (response.headers.get('Tagwell-Gap')) list.replaceChildren()
    for (const row of rows.content.children) row.classList.add('new')
    arrived += rows.content.childElementCount
    list.prepend(rows.content)
    while (list.childElementCount > MAX_ROWS) list.lastElementChild.remove()
    document.getElementById('nothing').hidden = true
    say(summary())
    return true
  }
}

/** Turns "waiting for the first event" into the event, once it is there. */
function firstEvent(region) {
  if (arrived()) return
  poll(() => region.dataset.status, take, () => {})

  function arrived() {
    return region.querySelector('[data-state="arrived"]') !== null
  }

  async function take(response) {
    const html = await response.text()
    const piece = document.createElement('template')
    piece.innerHTML = html
    const next = piece.content.firstElementChild
    // Replaced only when it says something else, so that a screen reader is not made to repeat it.
    if (next.textContent !== region.firstElementChild.textContent) region.replaceChildren(next)
    return !arrived()
  }
}
