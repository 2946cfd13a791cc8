"""Numbers of cards and of bank accounts within a text, told from any other number by their check digits."""

import re
from collections import defaultdict

from collector.privacy.looks import Looks, Place

_CARD = re.compile(
    # The first digit, then all of it: within another card's groups one may begin too.
    r"[2-6](?<![0-9][2-6])(?=("
    r"(?<![0-9]\.[2-6])(?:[0-9]{15,18}|(?<=4)[0-9]{12}|(?<=3)[0-9]{13,14})(?![0-9])"
    r"|[0-9]{3}([ \-._+])[0-9]{4}\2[0-9]{4}\2[0-9]{4}(?:\2[0-9]{1,3})?(?![0-9])"
    r"|[0-9]{3}([ \-._+])[0-9]{6}\3[0-9]{4,5}(?![0-9])))"
)
_CARD_LENGTHS = {13: ("4",), 14: ("30", "36", "38", "39"), 15: ("34", "37")}
"""Cards begin with 2 to 6; these short ones with their issuer's own, so that a time in ms is none.

Source: ISO/IEC 7812-1, and the ranges that the issuers publish."""

_IBAN_GAP = r" \-+._"
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


def _starts() -> str:
    """A pattern for the two letters that an IBAN begins with, in any case."""
    seconds = defaultdict(set)
    for country in _IBAN_LENGTHS:
        seconds[country[0]].add(country[1])
    return "|".join(
        f"[{first}{first.lower()}][{letters}{letters.lower()}]"
        for first, letters in ((first, "".join(sorted(of))) for first, of in seconds.items())
    )


_IBAN = re.compile(
    # Any two letters first: most digits are told by that alone.
    rf"[0-9][0-9](?<=[A-Za-z][A-Za-z][0-9][0-9])(?<=(?:{_starts()})[0-9][0-9])(?<![^\W_]..[0-9][0-9])"
    rf"(?=[A-Za-z0-9{_IBAN_GAP}]{{11}})"
)
"""The check digits of what may be one: the shortest has 11 signs behind them."""

_IBAN_REST = {
    length: re.compile(rf"(?:[{_IBAN_GAP}]?[A-Za-z0-9]){{{length - 4}}}(?![^\W_])")
    for length in set(_IBAN_LENGTHS.values())
}
_NO_GAPS = str.maketrans("", "", " -+._")
_DOUBLED = bytes(sum(divmod(2 * (code - 48), 10)) if 48 <= code < 58 else 0 for code in range(256))
_VALUES = {
    sign: str(int(sign, 36)) for sign in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
}


def cards(text: str, looks: Looks) -> list[Place]:
    """Return where cards stand: 13 to 19 ASCII digits in a row or in a card's groups."""
    places: list[Place] = []
    for card in looks.at(_CARD, text):
        start, end = card.start(), card.end(1)
        # The last group may be another number.
        shorter = text.rindex(card[2], start, end) if card[2] else start
        if _is_card(text[start:end].translate(_NO_GAPS)):
            places.append((start, end))
        elif shorter > start and _is_card(text[start:shorter].translate(_NO_GAPS)):
            places.append((start, shorter))
    return places


def _is_card(digits: str) -> bool:
    return (
        13 <= len(digits) <= 19
        and digits.startswith(_CARD_LENGTHS.get(len(digits), ("2", "3", "4", "5", "6")))
        and luhn(digits)
    )


def luhn(digits: str) -> bool:
    """Whether the last of the ASCII digits checks the others. Source: ISO/IEC 7812-1, annex B."""
    codes = digits.encode()
    plain = codes[-1::-2]
    return (sum(plain) - 48 * len(plain) + sum(codes[-2::-2].translate(_DOUBLED))) % 10 == 0


def ibans(text: str, looks: Looks) -> list[Place]:
    """Return where IBANs stand: ASCII letters and digits of a country's length, with single gaps or none."""
    places: list[Place] = []
    for check in looks.at(_IBAN, text):
        start = check.start() - 2
        rest = _IBAN_REST[_IBAN_LENGTHS[text[start : start + 2].upper()]].match(text, check.end())
        if rest is not None and mod97(text[start : rest.end()].translate(_NO_GAPS)):
            places.append((start, rest.end()))
    return places


def mod97(iban: str) -> bool:
    """Whether the check digits of an IBAN without gaps are right. Source: ISO 13616-1, ISO 7064 MOD 97-10."""
    return int("".join(map(_VALUES.__getitem__, iban[4:] + iban[:4]))) % 97 == 1
