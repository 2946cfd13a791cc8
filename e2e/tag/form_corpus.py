"""The forms of the safety test: secrets, the ways in which a page may hold one, and how it is sent.

Each form is tagged and holds an honest field beside what must not leave. The table below names a
secret's kind and the markup around it; every row is sent in three of the eight ways, in turn. What
fits no table stands at the end, and fields that only look like secrets.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WAYS = ("click", "requestSubmit", "fetch", "submit", "shadow", "outside", "late", "enter")
"""How a form is sent, and where it lies: see run() and markup(). "enter" is still to be pressed."""


@dataclass(frozen=True)
class Form:
    """One form: its fields, what of them must arrive, and what must not; '' where all may."""

    id: str
    title: str
    way: str
    fields: str
    honest: dict[str, Any]
    secret: str


def luhn(number: int) -> str:
    """`number` with its check digit behind."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in str(number)[::-2])
    plain = sum(int(digit) for digit in str(number)[-2::-2])
    return f"{number}{-(doubled + plain) % 10}"


def iban(country: str, account: str) -> str:
    """The account's IBAN."""
    digits = "".join(str(int(char, 36)) for char in account + country + "00")
    return f"{country}{98 - int(digits) % 97:02}{account}"


def _card(number: int) -> str:
    return luhn(412345678900000 + 7919 * number)


def _in_fours(text: str, by: str = " ") -> str:
    return by.join(re.findall(".{1,4}", text))


def _german_account(number: int) -> str:
    return iban("DE", f"{370400440000000000 + 104729 * number}")


def _british_account(number: int) -> str:
    return iban("GB", f"NWBK{60161331000000 + 104729 * number}")


SECRET: dict[str, Callable[[int], str]] = {
    "password": lambda n: f"Geheim-{n}-Parole!",
    "card": _card,
    "card in fours": lambda n: _in_fours(_card(n)),
    "card with dashes": lambda n: _in_fours(_card(n), "-"),
    "card with hard spaces": lambda n: _in_fours(_card(n), "\u00a0"),
    "mistyped card": lambda n: f"{int(_card(n)) + 1}",
    "long card": lambda n: luhn(621234567890000000 + 7919 * n),
    "amex": lambda n: luhn(34567890000000 + 7919 * n),
    "code": lambda n: f"{100000 + 4001 * n}",
    "digits": lambda n: f"{100 + n}",
    "ssn": lambda n: f"{(219 + n) % 700:03}-09-{1000 + 31 * n}",
    "ssn digits": lambda n: f"{(219 + n) % 700:03}09{1000 + 31 * n}",
    "pesel": lambda n: f"{44051400000 + 1237 * n}",
    "iban": _german_account,
    "iban in fours": lambda n: _in_fours(_british_account(n)),
    "small iban": lambda n: _in_fours(_german_account(n)).lower(),
}

TEXT = "<input id={id} name=a data-synerise=extra {mark} value='{value}'>"
LABEL = "<label for={id}>{mark}</label><input id={id} name=a data-synerise=extra value='{value}'>"
AROUND = "<label>{mark} <input name=a data-synerise=extra value='{value}'></label>"
BARE = TEXT.replace(" {mark}", "")
AREA = "<textarea name=a data-synerise=message>{mark} {value} thanks</textarea>"
BEFORE_EXPIRY = "<textarea name=a data-synerise=message>{value} 12/29 123</textarea>"
SHOWN = "<input name=a data-synerise=extra type=password class=shown value='{value}'>"
HIDDEN = "<input type=hidden name=a data-synerise=extra {mark} value='{value}'>"
CHOSEN = "<select name=a data-synerise=saved><option selected value='{value}'>My card</select>"
RADIO = "<input type=radio checked name=a data-synerise=saved value='{value}'>"
COMPONENT = "<my-field name=a data-synerise=extra {mark} value='{value}'></my-field>"
INNER = "<my-field name=a data-synerise=extra inner value='{value}'></my-field>"
UNTAGGED = "<input {mark} value='{value}'>"
EDITABLE = "<div contenteditable name=a data-synerise=extra {mark}>{value}</div>"
TAGGED = "<input name=a data-synerise='{mark}' value='{value}'>"

TABLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "password",
        TEXT,
        (
            "type=password",
            "type=PassWord",
            "autocomplete=current-password",
            "autocomplete='section-a new-password webauthn'",
            "placeholder='Your password'",
            "aria-label=Password",
            "class='field user-password'",
        ),
    ),
    ("password", LABEL, ("Password", "Has\u0142o", "Choose a passcode")),
    ("password", AROUND, ("Old password:",)),
    ("password", TAGGED, ("password", "userPwd")),
    ("password", SHOWN, ("",)),
    ("password", COMPONENT, ("type=password", "autocomplete=new-password")),
    ("password", INNER, ("",)),
    ("password", UNTAGGED, ("type=hidden name=csrf_token", "name=note2", "name=b data-synerise")),
    ("password", EDITABLE, ("",)),
    ("mistyped card", TEXT, ("autocomplete=cc-number", "autocomplete='billing cc-number'")),
    ("mistyped card", LABEL, ("Card number", "Credit card no.")),
    ("mistyped card", TAGGED, ("cardNumber", "card_no", "ccnum", "cc-number")),
    ("card", BARE, ("",)),
    ("card in fours", BARE, ("",)),
    ("card with dashes", BARE, ("",)),
    ("card with hard spaces", BARE, ("",)),
    ("long card", BARE, ("",)),
    ("amex", TEXT, ("type=tel",)),
    ("card", HIDDEN, ("",)),
    ("card", CHOSEN, ("",)),
    ("card", RADIO, ("",)),
    ("card", COMPONENT, ("",)),
    ("card in fours", EDITABLE, ("",)),
    ("card in fours", AREA, ("Please take it from my card", "card:")),
    ("card in fours", BEFORE_EXPIRY, ("",)),
    ("digits", TEXT, ("autocomplete=cc-csc", "placeholder=CVC", "autocomplete=cc-exp-year")),
    ("digits", LABEL, ("CVV2", "Security code", "PIN")),
    ("digits", TAGGED, ("cvc", "cardCvv", "csc", "pin", "user_pin", "userPin", "pin2")),
    ("code", TEXT, ("autocomplete=one-time-code", "autocomplete='shipping one-time-code'")),
    ("code", LABEL, ("One-time code", "Verification code")),
    ("code", TAGGED, ("otp", "otpCode", "sms_code")),
    ("ssn", BARE, ("",)),
    ("ssn", AREA, ("My number is",)),
    ("ssn digits", LABEL, ("Social Security Number",)),
    ("ssn digits", TAGGED, ("ssn", "userSSN")),
    ("pesel", TAGGED, ("pesel",)),
    ("pesel", LABEL, ("PESEL", "National ID")),
    ("iban", BARE, ("",)),
    ("iban in fours", BARE, ("",)),
    ("small iban", BARE, ("",)),
    ("iban in fours", AREA, ("to 12 of",)),
    ("digits", LABEL, ("IBAN",)),
)

HONEST: dict[str, tuple[str, str, Any]] = {
    "an order of 16 digits": (BARE, "", "4929887766550001"),
    "grouped like a card": (BARE, "", "4929 8877 6655 0001"),
    "a time in ms": (HIDDEN, "", luhn(176726880000)),
    "a telephone": (BARE, "", "+48 22 123 45 67"),
    "a postcode": (BARE, "", "0000"),
    "a place": (BARE, "", "52.2296756, 21.0122287"),
    "an instant": (BARE, "", "2026-11-22T09:30:00.125Z"),
    "a parcel": (BARE, "", "RR123456785PL"),
    "a VAT number": (BARE, "", "NL123456789B01"),
    "almost an IBAN": (BARE, "", "DE12 3704 0044 0532 0130 00"),
    "an Indian postcode": (TEXT, "placeholder=Pincode", "110001"),
    "shipping": (TEXT, "placeholder=Shipping", "by air"),
    "a business": (TEXT, "placeholder=businessname", "Acme"),
    "a greeting": (LABEL, "Card note", "Happy birthday"),
    "an amount": (LABEL, "One-time donation", "50"),
    "words": (AREA, "I forgot my password and my PIN,", "call me"),
    "words in a line": (BARE, "", "lost my password and PIN"),
    "a box": ("<input type=checkbox checked name=a data-synerise=keep id=password value={value}>", "", "yes"),
    "a component": (COMPONENT, "", "inside"),
    "a list": (
        "<select multiple name=a data-synerise=sizes><option selected>S<option>M<option selected>L</select>",
        "",
        ["S", "L"],
    ),
}
"""Fields that only look like secrets: markup, mark, value."""

HIDING = (
    "getAttribute elements submit tagName autocomplete matches querySelectorAll type attributes "
    "requestSubmit noValidate nodeName isConnected addEventListener"
)
"""Names of controls that hide the form's own members."""


def _table_forms() -> list[Form]:
    rows = [(kind, markup, mark) for kind, markup, marks in TABLE for mark in marks]
    forms: list[Form] = []
    for row, (kind, markup, mark) in enumerate(rows):
        for turn in range(3):
            number = len(forms)
            way = WAYS[(row + 3 * turn) % len(WAYS)]
            secret = SECRET[kind](number)
            fields = markup.format(id=f"s{number}", mark=mark, value=secret)
            forms.append(_form(number, f"{kind}, {mark or 'bare'}", way, fields, {}, secret))
    return forms


def _odd_forms(first: int) -> list[Form]:
    forms: list[Form] = []
    for title, (markup, mark, value) in HONEST.items():
        number = first + len(forms)
        fields = markup.format(id=f"s{number}", mark=mark, value=value)
        whole = f"{mark} {value} thanks" if markup is AREA else value
        way = WAYS[number % len(WAYS)]
        forms.append(_form(number, title, way, fields, {"a": whole}, ""))
    for way in ("click", "fetch", "submit", "late"):
        number = first + len(forms)
        password = SECRET["password"](number)
        clobbering = "".join(f"<input name={name} value=x>" for name in HIDING.split())
        fields = f"{clobbering}<input type=password data-synerise=extra value='{password}'>"
        forms.append(_form(number, "clobbered", way, fields, {}, password))
    return forms


def _form(number: int, title: str, way: str, fields: str, honest: dict[str, Any], secret: str) -> Form:
    note = f"honest {number}"
    return Form(
        id=f"form{number}",
        title=f"{title}, by {way} ({number})",
        way=way,
        fields=f"<input id=note-form{number} name=note data-synerise=note value='{note}'>{fields}",
        honest={"note": note, **honest},
        secret=secret,
    )


def corpus() -> list[Form]:
    """All forms."""
    forms = _table_forms()
    return forms + _odd_forms(len(forms))


PAGE_SCRIPT = """
// Whose value the browser knows from the component alone; within it an ordinary input.
customElements.define('my-field', class extends HTMLElement {
  static formAssociated = true
  connectedCallback() {
    if (this.inside) return
    this.inside = this.attachInternals()
    this.inside.setFormValue(this.getAttribute('value'))
    const input = document.createElement('input')
    input.type = this.hasAttribute('inner') ? 'password' : 'text'
    this.attachShadow({mode: 'open'}).append(input)
  }
})
let way = ''
// All but form.submit() go no further than here.
function stay(event) {
  event.preventDefault()
  if (way === 'fetch') fetch(location.href, {method: 'POST', body: new FormData(event.target)})
}
addEventListener('submit', stay)
function run(id, how) {
  way = how
  const late = document.getElementById('late-' + id)
  if (late) late.replaceWith(late.content)
  const host = document.getElementById('host-' + id)
  const root = host ? host.shadowRoot : document
  if (host) root.addEventListener('submit', stay)
  const form = root.getElementById(id)
  // A password that is typed and then shown, a component that is typed into.
  for (const field of root.querySelectorAll('.shown')) if (field.form === form) {
    field.focus()
    field.type = 'text'
  }
  for (const field of root.querySelectorAll('my-field')) if (field.inside.form === form) {
    field.shadowRoot.firstChild.focus()
  }
  if (way === 'requestSubmit') HTMLFormElement.prototype.requestSubmit.call(form)
  else if (way === 'submit') HTMLFormElement.prototype.submit.call(form)
  else if (way === 'enter') document.getElementById('note-' + id).focus()
  else root.getElementById('send-' + id).click()
}
"""


def markup(form: Form, sink: str) -> str:
    """The form in a page, ready for run(id). `sink` is where form.submit() goes, in a frame."""
    fields, outside = form.fields, ""
    button = f"<button id=send-{form.id}>Send</button>"
    if form.way == "outside":
        outside = re.sub(r"<(input|select|textarea|my-field|div)\b", rf"<\1 form={form.id}", fields)
        fields = ""
    goes = f"action='{sink}' method=post target=sink"
    html = f"<form id={form.id} data-synerise={form.id} {goes}>{fields}{button}</form>{outside}"
    if form.way == "shadow":
        return f"<div id=host-{form.id}><template shadowrootmode=open>{html}</template></div>"
    if form.way == "late":
        return f"<template id=late-{form.id}>{html}</template>"
    return html
