// Opening the link was the reader's word: no second click is needed. What only fetches the page
// (a mail scanner, a preview) runs no script, and confirms nothing.
document.forms[0]?.requestSubmit()
