"""Numbers of cards and of bank accounts within a text, told from any other number by their check digits."""

import re
from collections.abc import Iterator

Place = tuple[int, int]
"""Where a value begins and ends."""

_CARD_RUN = re.compile(r"[0-9][0-9][0-9][0-9][0-9 \-._+]{9,}")
_CARD = re.compile(
    r"(?<![0-9])(?=((?<![0-9]\.)[0-9]{13,19}(?![0-9])"
    r"|[0-9]{4}([ \-._+])[0-9]{4}\2[0-9]{4}\2[0-9]{4}(?:\2[0-9]{1,3})?(?![0-9])"
    r"|[0-9]{4}([ \-._+])[0-9]{6}\3[0-9]{4,5}(?![0-9])))"
)
_CARD_LENGTHS = {13: ("4",), 14: ("30", "36", "38", "39"), 15: ("34", "37")}
"""Cards begin with 2 to 6; these short ones with their issuer's own, so that a time in ms is none.

Source: ISO/IEC 7812-1, and the ranges that the issuers publish."""

_IBAN = re.compile("[0-9][0-9](?<=[A-Za-z][A-Za-z][0-9][0-9])")
_IBAN_GAP = " -+._"
_IBAN_LENGTHS: dict[str, int] = {
    entry[:2]: int(entry[2:])
    for entry in """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20
    EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30
    KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23
    PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26
    UA29 VA22 VG24 XK20 YE30""".split()
}
"""How long a country's are. Source: SWIFT, IBAN Registry."""


def cards(text: str) -> list[Place]:
    """Return where cards stand: 13 to 19 ASCII digits in a row or in a card's groups."""
    return [place for run in _CARD_RUN.finditer(text) for place in _cards_of_run(text, *run.span())]


def _cards_of_run(text: str, start: int, end: int) -> Iterator[Place]:
    for card in _CARD.finditer(text, start, end):
        written = card[1]
        # The last group may be another number.
        shorter = len(written.rstrip("0123456789")) - 1 if card[2] else 0
        for length in (len(written), shorter):
            if _is_card("".join(filter(str.isdigit, written[:length]))):
                yield card.start(), card.start() + length
                break


def _is_card(digits: str) -> bool:
    return (
        13 <= len(digits) <= 19
        and digits.startswith(_CARD_LENGTHS.get(len(digits), ("2", "3", "4", "5", "6")))
        and luhn(digits)
    )


def luhn(digits: str) -> bool:
    """Whether the last of the ASCII digits checks the others. Source: ISO/IEC 7812-1, annex B."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def ibans(text: str) -> list[Place]:
    """Return where IBANs stand: ASCII letters and digits of a country's length, with single gaps or none."""
    places: list[Place] = []
    for check in _IBAN.finditer(text):
        start = check.start() - 2
        length = _IBAN_LENGTHS.get(text[start : start + 2].upper())
        if length is None or text[max(start - 1, 0) : start].isalnum():
            continue
        signs, end = _signs(text, start, length)
        if len(signs) == length and mod97(signs) and not text[end : end + 1].isalnum():
            places.append((start, end))
    return places


def _signs(text: str, start: int, count: int) -> tuple[str, int]:
    """That many letters and digits from here on, single gaps left out, and where they end."""
    signs = ""
    at = start
    while at < len(text) and len(signs) < count:
        char = text[at]
        if char.isascii() and char.isalnum():
            signs += char
        elif char not in _IBAN_GAP or text[at - 1] in _IBAN_GAP:
            break
        at += 1
    return signs, at


def mod97(iban: str) -> bool:
    """Whether the check digits of an IBAN without gaps are right. Source: ISO 13616-1, ISO 7064 MOD 97-10."""
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1
