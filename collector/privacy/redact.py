"""Values that tell a person, in a text that should hold none: an e-mail address, a phone, a card, an IBAN.

What is found becomes its name in brackets; the rest of the text stays as it is. A text is looked at
as it is written and as it reads once percent-encoding is undone, up to four times, so that a secret
is found however an address spells it; only its own place is replaced. Full-width forms and the digits
of other scripts count as the plain ones, and what has no width does not hide anything. Encodings
beyond that (base64, a hash) are not undone.

Time is linear in the text: each pattern takes a bounded number of steps from where it starts, and the
starts that are looked at are bounded for each text (`looks.py`). A text beyond that becomes a name in
brackets as a whole: what was not looked at is not kept. The most that ordinary texts cost is one look for
a mark that any such value has.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

from collector.model.policy import Redacted
from collector.privacy.account_numbers import cards, ibans
from collector.privacy.looks import Looks, Place, TooManyError

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
_AT = re.compile(rf"""@(?<=[^\s@<>()\[\]{{}}\\,;:/?#&=%|]@)(?=\[|{_LABEL}++\.{_LABEL})""")
"""The sign, where something may be before it and a domain of two parts behind it."""

_DOMAIN = re.compile(rf"(?P<name>{_LABEL}++(?:\.{_LABEL}++)*\.[^\W\d_]{_LABEL}++)|\[[0-9A-Fa-f:.]++\]")
"""Up to its last part that begins as a top-level domain does."""

_QUOTED = re.compile(r'"[^"]+"')
_IMAGE = re.compile(r"[1-9](?:\.[0-9]+)?x(?:\.(?:avif|gif|jpe?g|png|svg|webp))+", re.IGNORECASE)
"""`logo@2x.png` is a picture for a fine screen."""

MAX_LOCAL = 320
MAX_DOMAIN = 255

# A plus in a query stands for a space.
_GAP = r"[ .\-()/+]{0,3}"
_PHONE_START = re.compile(rf"(?:(?<!\w)\+|(?<![\w.])00)(?={_GAP}[1-9][0-9 .\-()/+]{{7}})")
_PHONE = re.compile(
    rf"\+{_GAP}[1-9](?:{_GAP}[0-9]){{7,14}}(?![0-9])|00{_GAP}[1-9](?:{_GAP}[0-9]){{7,14}}(?![0-9A-Za-z])"
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
    looks = Looks(len(text))
    reads: list[str] = []
    found: list[list[_Span]] = []
    for read in _levels(text):
        plain = _folded(read)
        spans: list[_Span] = []
        for kind in kinds:
            try:
                spans += [(start, end, kind) for start, end in _FINDERS[kind](plain, looks)]
            except TooManyError:
                return f"[{kind}]"
        reads.append(read)
        found.append(spans)
    while len(found) > 1:
        inner = found.pop()
        reads.pop()
        if inner:
            found[-1] += _outer(inner, reads[-1])
    return _replaced(text, found[0]) if found[0] else text


def _levels(text: str) -> Iterator[str]:
    """The text as it is written, and with each level of percent-encoding undone."""
    yield text
    for _ in range(LEVELS - 1):
        if "%" not in text and text.isascii():
            return
        text, count = _HIDING.subn(_hidden, text)
        if not count:
            return
        yield text


def _hidden(hiding: re.Match[str]) -> str:
    written = hiding[0]
    if written == "%25":
        return "%"
    if written[0] != "%":
        return ""
    # What is no UTF-8 is one character a byte.
    return bytes.fromhex(written.replace("%", "")).decode("utf-8", "surrogateescape")


def _outer(spans: list[_Span], text: str) -> list[_Span]:
    """Where these spans of a text with one level of encoding undone stand in the text itself."""
    places = sorted({place for start, end, _ in spans for place in (start, end)})
    outer: dict[int, int] = {}
    done = shift = 0
    for hiding in _HIDING.finditer(text):
        if done == len(places):
            break
        hidden = _hidden(hiding)
        begin = hiding.start() - shift
        end = begin + len(hidden)
        while done < len(places) and places[done] < end:
            inside = hidden[: max(places[done] - begin, 0)].encode("utf-8", "surrogateescape")
            outer[places[done]] = min(places[done], begin) + shift + 3 * len(inside)
            done += 1
        shift = hiding.end() - end
    for place in places[done:]:
        outer[place] = place + shift
    return [(outer[start], outer[end], kind) for start, end, kind in spans]


def _replaced(text: str, spans: list[_Span]) -> str:
    """Spans that overlap are one, of the kind of the first."""
    parts: list[str] = []
    done = 0
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= done:
            parts += text[done:start], f"[{kind}]"
        done = max(done, end)
    return "".join(parts) + text[done:]


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


def _emails(text: str, looks: Looks) -> list[Place]:
    places: list[Place] = []
    last = 0
    for sign in looks.at(_AT, text):
        at = sign.start()
        # Backwards from the sign, not forwards to it: that would try every character as the first.
        before = text[max(last, at - MAX_LOCAL) : at][::-1]
        local = (_QUOTED if before[0] == '"' else _LOCAL).match(before)
        last = at + 1
        domain = _DOMAIN.match(text, last, last + MAX_DOMAIN) if local else None
        if local and domain and not (domain["name"] and _IMAGE.fullmatch(domain["name"])):
            places.append((at - local.end(), domain.end()))
    return places


def _phones(text: str, looks: Looks) -> list[Place]:
    places: list[Place] = []
    done = 0
    if "+" in text or "00" in text:
        for start in looks.at(_PHONE_START, text):
            phone = _PHONE.match(text, start.start()) if start.start() >= done else None
            if phone:
                places.append(phone.span())
                done = phone.end()
    return places


_FINDERS: dict[Redacted, Callable[[str, Looks], list[Place]]] = {
    "email": _emails,
    "phone": _phones,
    "card": cards,
    "iban": ibans,
}
