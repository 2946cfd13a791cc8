"""Values that tell a person, in a text that should hold none: an e-mail address, a phone, a card, an IBAN.

What is found becomes its name in brackets; the rest of the text stays as it is. A text is looked at
as it is written and as it reads once percent-encoding is undone, up to four times, so that a secret
is found however an address spells it; only its own place is replaced. Full-width forms and the digits
of other scripts count as the plain ones, and what has no width does not hide anything. Encodings
beyond that (base64, a hash) are not undone.

Time is linear in the text: each pattern takes a bounded number of steps from where it starts. The
most that ordinary texts cost is one look for a mark that any such value has.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from collector.model.policy import Redacted
from collector.privacy.account_numbers import Place, cards, ibans

LEVELS = 5
"""As it is written, and with percent-encoding undone up to four times."""

_Span = tuple[int, int, Redacted]

_UNSEEN = "\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
"""Characters without width."""

_OTHER_DIGITS = "".join(chr(code) for code in range(0x80, 0x10000) if chr(code).isdecimal())
_SIGNS = f"@\uff20\ufe6b+\uff0b\ufe62%{_UNSEEN}{_OTHER_DIGITS}"
_LETTER = r"[^\W\d_]"
_NUMBER = rf"[0-9](?:(?<={_LETTER}{_LETTER}[0-9][0-9])|[0-9][0-9]|(?<=00)\W{{0,3}}[1-9])"
"""After a digit: the second one of an IBAN, four in a row as every card has them, or 00 and a digit."""

_HIDING = re.compile(f"(?:%[0-9A-Fa-f]{{2}})+|[{_UNSEEN}]+")

# An "=" or "&" may stand in a local part, but in an address of a page they are where it begins.
_LOCAL = re.compile(r"""[^\s@<>()\[\]{}\\,;:"/?#&=%|]*""")
_LABEL = r"""[^\s.@<>()\[\]{}\\,;:"'/?#&=%|!*$+^~`]"""
_DOMAIN = re.compile(rf"{_LABEL}+(?:\.{_LABEL}+)+|(?P<literal>\[[0-9A-Fa-f:.]+\])")
_QUOTED = re.compile(r'"[^"]+"')
_TOP_LEVEL = re.compile(r"[^\W\d_].")
_IMAGE = re.compile(r"[1-9](?:\.[0-9]+)?x\.(?:avif|gif|jpe?g|png|svg|webp)", re.IGNORECASE)
"""`logo@2x.png` is a picture for a fine screen."""

MAX_LOCAL = 320
MAX_DOMAIN = 255

# A plus in a query stands for a space.
_GAP = r"[ .\-()/+]{0,3}"
_PHONE = re.compile(
    rf"(?<!\w)\+{_GAP}[1-9](?:{_GAP}[0-9]){{7,14}}(?![0-9])"
    rf"|(?<![\w.])00{_GAP}[1-9](?:{_GAP}[0-9]){{7,14}}(?![0-9A-Za-z])"
)
"""The international form alone, of 8 to 15 digits (ITU-T E.164): any other number may be that of an order."""


def marks(others: str = "") -> re.Pattern[str]:
    """Return what finds a mark that any such value has, or one of the other signs: cheap, for most have none.

    `others` is a set of signs as it is written in a pattern.
    """
    signs = _SIGNS + others
    return re.compile(f"[{signs}0-9](?:(?<=[{signs}])|{_NUMBER})")


_MARK = marks().search


def redact(text: str, kinds: tuple[Redacted, ...]) -> str:
    """Return the text with `[email]`, `[phone]`, `[card]` or `[iban]` in place of what is of these kinds."""
    return redact_marked(text, kinds) if _MARK(text) else text


def redact_marked(text: str, kinds: tuple[Redacted, ...]) -> str:
    """The same for a text in which a mark was found."""
    if not kinds:
        return text
    spans: list[_Span] = []
    read, places = text, None
    for _ in range(LEVELS):
        plain = _folded(read)
        for kind in kinds:
            for start, end in _FINDERS[kind](plain):
                spans.append((start, end, kind) if places is None else (places[start], places[end], kind))
        if ("%" not in read and read.isascii()) or not _HIDING.search(read):
            break
        read, places = _revealed(read, places)
    return _replaced(text, spans) if spans else text


def _replaced(text: str, spans: list[_Span]) -> str:
    """Spans that overlap are one, of the kind of the first."""
    parts: list[str] = []
    done = 0
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= done:
            parts += text[done:start], f"[{kind}]"
        done = max(done, end)
    return "".join(parts) + text[done:]


def _revealed(text: str, places: list[int] | None) -> tuple[str, list[int]]:
    """The text with one level of percent-encoding undone, and where in the first each character began."""
    before: range | list[int] = range(len(text) + 1) if places is None else places
    parts: list[str] = []
    after: list[int] = []
    done = 0
    for hiding in _HIDING.finditer(text):
        at, end = hiding.span()
        parts.append(text[done:at])
        after += before[done:at]
        if text[at] == "%":
            # What is no UTF-8 is one character a byte.
            plain = bytes.fromhex(hiding[0].replace("%", "")).decode("utf-8", "surrogateescape")
            parts.append(plain)
            for char in plain:
                after.append(before[at])
                at += 3 * len(char.encode("utf-8", "surrogateescape"))
        done = end
    parts.append(text[done:])
    after += before[done:]
    return "".join(parts), after


def _folded(text: str) -> str:
    """The text with its full-width forms, digits, dashes and spaces as plain ones, a character for each."""
    return text if text.isascii() else text.translate(_plain_forms())


@cache
def _plain_forms() -> dict[int, str]:
    forms = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    forms |= dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
    forms |= dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63), "-")
    forms |= dict.fromkeys((0x3002, 0xFF61, 0xFE52), ".") | {0xFE6B: "@", 0xFE62: "+"}
    return forms | {ord(digit): str(unicodedata.decimal(digit)) for digit in _OTHER_DIGITS}


def _emails(text: str) -> list[Place]:
    places: list[Place] = []
    last = 0
    at = text.find("@")
    while at != -1:
        # Backwards from the sign, not forwards to it: that would try every character as the first.
        local = _LOCAL.match(text[max(last, at - MAX_LOCAL) : at][::-1])
        length = local.end() if local else 0
        if not length and text[at - 1 : at] == '"':
            quoted = _QUOTED.match(text[max(last, at - MAX_LOCAL) : at][::-1])
            length = quoted.end() if quoted else 0
        last = at + 1
        if length:
            end = _domain_end(text, at + 1)
            if end:
                places.append((at - length, end))
        at = text.find("@", at + 1)
    return places


def _domain_end(text: str, start: int) -> int:
    """Where the domain that begins here ends, 0 where none does."""
    domain = _DOMAIN.match(text, start, start + MAX_DOMAIN)
    if domain is None or _IMAGE.match(domain[0]):
        return 0
    end = domain.end()
    while not domain["literal"] and not _TOP_LEVEL.match(text, text.rindex(".", start, end) + 1, end):
        end = text.rindex(".", start, end)
        if text.find(".", start, end) == -1:
            return 0
    return end


def _phones(text: str) -> list[Place]:
    return [phone.span() for phone in _PHONE.finditer(text)] if "+" in text or "00" in text else []


_FINDERS: dict[Redacted, Callable[[str], list[Place]]] = {
    "email": _emails,
    "phone": _phones,
    "card": cards,
    "iban": ibans,
}
