// The shop's own script: a note for the staff, and a form that appears late.
const staff = document.getElementById('staff')
staff.addEventListener('click', () => {
  const note = document.getElementById('staff-note')
  note.hidden = !note.hidden
  staff.setAttribute('aria-expanded', String(!note.hidden))
})

const ask = document.getElementById('ask')
if (ask) {
  // Late on purpose: whatever comes after the tag has looked must be found by a rescan.
  const late = setTimeout(show, 1500)
  ask.addEventListener('click', () => {
    clearTimeout(late)
    show()
    document.getElementById('question-email').focus()
  })
}

function show() {
  if (document.getElementById('question')) return
  const box = document.createElement('aside')
  box.id = 'question'
  box.setAttribute('aria-label', 'Ask about this piece')
  box.innerHTML = `<form id="question-form" method="post" action="/demo/thanks" data-synerise="question">
<p><b>A question about it?</b></p>
<label for="question-email">Email</label>
<input id="question-email" name="email" type="email" autocomplete="email" required data-synerise="email">
<input type="hidden" name="piece" data-synerise="piece">
<div class="row"><button type="submit">Ask the binder</button> <button type="button" class="plain" id="question-close">Not now</button></div>
</form>`
  box.querySelector('[name=piece]').value = ask.dataset.piece
  document.body.append(box)
  document.getElementById('question-close').addEventListener('click', close)
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close()
  })
  if (window.tagwell) window.tagwell.rescan()

  function close() {
    // Focus inside a removed element is lost: the keyboard would start over at the top.
    if (box.contains(document.activeElement)) ask.focus()
    box.remove()
  }
}
