"""Redaction: what tells a person is found however it is spelt, and what only looks like it stays."""

import re
import string
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.policy import Redacted
from collector.privacy import account_numbers, looks
from collector.privacy import redact as redacting
from collector.privacy.account_numbers import luhn, mod97
from collector.privacy.redact import redact

ALL: tuple[Redacted, ...] = ("email", "phone", "card", "iban")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("Blue mug, 12 cm", "Blue mug, 12 cm", id="ordinary"),
        # E-mail addresses.
        pytest.param("Hello john@example.com!", "Hello [email]!", id="e-mail"),
        pytest.param("<john.o'hara+x@mail.example.co.uk>,", "<[email]>,", id="e-mail of many parts"),
        pytest.param("a@b.pl;c@d.pl,e@f.pl", "[email];[email],[email]", id="e-mails in a row"),
        pytest.param(
            "https://x.example/?e=john@x.com&a=1", "https://x.example/?e=[email]&a=1", id="in a query"
        ),
        pytest.param("/u/john%40x.com/edit", "/u/[email]/edit", id="percent-encoded"),
        pytest.param("/u/john%2540x.com/edit", "/u/[email]/edit", id="encoded twice"),
        pytest.param(
            "/?u=john%252540x%2525252ecom&a=%C5%82", "/?u=[email]&a=%C5%82", id="encoded four times"
        ),
        pytest.param("/%6a%6F%68%6e%40%78%2e%63%6f%6d/", "/[email]/", id="every letter encoded"),
        pytest.param("?q=a+john%40x.com+b", "?q=[email]+b", id="plus is of an address, and a space"),
        pytest.param("#token=1&email=john@x.com", "#token=1&email=[email]", id="in a fragment"),
        pytest.param("zażółć@gęślą.example", "[email]", id="e-mail of other letters"),
        pytest.param("भारत@उदाहरण.भारत", "[email]", id="e-mail in Devanagari"),
        pytest.param("j@xn--bcher-kva.example", "[email]", id="punycode"),
        pytest.param("ｊｏｈｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", "[email]", id="full-width"),
        pytest.param("用户@例子。公司", "[email]", id="ideographic dot"),
        pytest.param("john\u200b@exa\u200bmple.com", "[email]", id="what has no width hides nothing"),
        pytest.param('"john doe"@x.com', "[email]", id="quoted local part"),
        pytest.param("john@[192.0.2.1]", "[email]", id="literal address"),
        pytest.param("mailto:john@x.com?subject=a", "mailto:[email]?subject=a", id="mailto"),
        pytest.param("x" * 200 + "@x.com", "[email]", id="a long local part"),
        pytest.param("john@x.com2", "[email]", id="a digit behind"),
        pytest.param(
            "john@localhost, @john, a @ b, a@b", "john@localhost, @john, a @ b, a@b", id="no e-mail"
        ),
        pytest.param("/img/logo@2x.png", "/img/logo@2x.png", id="picture for a fine screen"),
        pytest.param("/img/logo@2x.png.webp", "/img/logo@2x.png.webp", id="picture in two forms"),
        pytest.param("jane@2x.giftcards.com", "[email]", id="a domain that begins as a picture ends"),
        pytest.param("/npm/vue@3.4.21/dist", "/npm/vue@3.4.21/dist", id="version of a package"),
        pytest.param("/maps/@52.2297,21.01,15z", "/maps/@52.2297,21.01,15z", id="place on a map"),
        # Phones.
        pytest.param("call +48 600 700 800 now", "call [phone] now", id="phone"),
        pytest.param("+1 (555) 010-9999.", "[phone].", id="phone with brackets"),
        pytest.param("0048600700800", "[phone]", id="phone with 00"),
        pytest.param("00 48 600 70 08 00", "[phone]", id="phone with 00 in groups"),
        pytest.param("tel:+48600700800", "tel:[phone]", id="tel"),
        pytest.param("/?t=%2B48600700800", "/?t=[phone]", id="encoded plus"),
        pytest.param("/?t=%2B48+600+700+800&a=1", "/?t=[phone]&a=1", id="plus for a space"),
        pytest.param("/?t=%2B48%20600%20700%20800", "/?t=[phone]", id="encoded space"),
        pytest.param("＋４８ ６００ ７００ ８００", "[phone]", id="full-width phone"),
        pytest.param("+٤٨٦٠٠٧٠٠٨٠٠", "[phone]", id="Arabic digits"),
        pytest.param("+48\u00a0600\u2011700\u2011800", "[phone]", id="spaces and hyphens that do not break"),
        pytest.param("order 600700800", "order 600700800", id="a number without a country"),
        pytest.param("?q=order+123456789", "?q=order+123456789", id="a plus for a space before a number"),
        pytest.param("2026-01-01T12:00:00+02:00", "2026-01-01T12:00:00+02:00", id="an offset of time"),
        pytest.param("+1234567", "+1234567", id="too short a phone"),
        pytest.param("+1234567890123456", "+1234567890123456", id="too long a phone"),
        pytest.param("000123456789", "000123456789", id="a number filled with zeros"),
        # Cards.
        pytest.param("4111111111111111", "[card]", id="card"),
        pytest.param("no 4111 1111 1111 1111.", "no [card].", id="card in groups"),
        pytest.param("5500-0055-5555-5559", "[card]", id="card with hyphens"),
        pytest.param("4111+1111+1111+1111&a", "[card]&a", id="card with spaces of a query"),
        pytest.param("4111%201111%201111%201111", "[card]", id="card with encoded spaces"),
        pytest.param("3782 822463 10005", "[card]", id="card of 15 digits"),
        pytest.param("30569309025904", "[card]", id="card of 14 digits"),
        pytest.param("4222222222222", "[card]", id="card of 13 digits"),
        pytest.param("4000000000000000006", "[card]", id="card of 19 digits"),
        pytest.param("4111 1111 1111 1111 234", "[card] 234", id="another number behind"),
        pytest.param("1234 4111 1111 1111 1111", "1234 [card]", id="another number before"),
        pytest.param("４１１１１１１１１１１１１１１１", "[card]", id="full-width card"),
        pytest.param("4111111111111111%31", "[card]%31", id="a digit in code behind does not hide it"),
        pytest.param("4111111111111112", "4111111111111112", id="order number that fails the check"),
        pytest.param("1767268800000", "1767268800000", id="a time in ms"),
        pytest.param("1767268800004", "1767268800004", id="a time in ms that passes the check"),
        pytest.param("1767268800000006", "1767268800000006", id="a time in us"),
        pytest.param("0.4111111111111111", "0.4111111111111111", id="a fraction"),
        pytest.param("41111111111111111111", "41111111111111111111", id="too long for a card"),
        # IBANs.
        pytest.param("DE89370400440532013000", "[iban]", id="IBAN"),
        pytest.param("to PL61 1090 1014 0000 0712 1981 2874 now", "to [iban] now", id="IBAN in groups"),
        pytest.param("iban=gb29nwbk60161331926819&a", "iban=[iban]&a", id="IBAN in small letters"),
        pytest.param("MT84MALT011000012345MTLCAST001S", "[iban]", id="IBAN with letters"),
        pytest.param("DE89%20370400440532013000", "[iban]", id="IBAN with an encoded space"),
        pytest.param("DE89370400440532013001", "DE89370400440532013001", id="wrong check digits"),
        pytest.param("DE8937040044053201300", "DE8937040044053201300", id="too short an IBAN"),
        pytest.param("DE89370400440532013000x", "DE89370400440532013000x", id="more of a word behind"),
        pytest.param("xDE89370400440532013000", "xDE89370400440532013000", id="more of a word before"),
        pytest.param("XX89370400440532013000", "XX89370400440532013000", id="no country of IBANs"),
        # What is cut may overlap.
        pytest.param("+48600700800@x.com", "[email]", id="a phone as an e-mail address"),
    ],
)
def test_what_is_found_and_what_stays(text: str, expected: str) -> None:
    assert redact(text, ALL) == expected
    assert redact(text, ALL[::-1]) == expected
    assert redact(expected, ALL) == expected


@pytest.mark.parametrize("kinds", [(), ("email",), ("phone",), ("card",), ("iban",), ("phone", "iban")])
def test_only_the_chosen_kinds_are_cut(kinds: tuple[Redacted, ...]) -> None:
    found: dict[Redacted, str] = {
        "email": "john@x.com",
        "phone": "+48600700800",
        "card": "4111111111111111",
        "iban": "DE89370400440532013000",
    }
    expected = " ".join(f"[{kind}]" if kind in kinds else text for kind, text in found.items())
    assert redact(" ".join(found.values()), kinds) == expected


@pytest.mark.parametrize(
    "secret", ["john@x.com", "+48600700800", "4111111111111111", "DE89370400440532013000"]
)
@pytest.mark.parametrize("place", ["/{}/edit?a=1#b", "/a?x={}&b=%C5%82", "/a?b=%zz%4#c={}"])
@pytest.mark.parametrize(
    "encoded", [str, quote, quote_plus, lambda text: quote(quote(text, safe=""), safe="")]
)
def test_the_rest_of_an_address_stays_as_it_was_written(secret: str, place: str, encoded: object) -> None:
    assert callable(encoded)
    address = "https://shop.example" + place.format(encoded(secret))
    kept = redact(address, ALL)
    before, after = ("https://shop.example" + place).split("{}")
    assert re.fullmatch(re.escape(before) + r"\[(email|phone|card|iban)\]" + re.escape(after), kept)
    assert urlsplit(kept).hostname == "shop.example"


def _card(digits: list[int]) -> str:
    text = "4" + "".join(map(str, digits))
    return next(text + last for last in string.digits if luhn(text + last))


def _iban(account: str) -> str:
    return next(f"DE{check:02}{account}" for check in range(2, 99) if mod97(f"DE{check:02}{account}"))


_DIGIT = st.integers(0, 9)
SECRETS = st.one_of(
    st.builds("{}@{}.{}".format, *3 * [st.text("abcdefghijklmnopqrstuvwxyzął", min_size=2, max_size=12)]),
    st.lists(_DIGIT, min_size=8, max_size=14).map(lambda rest: "+4" + "".join(map(str, rest))),
    st.lists(_DIGIT, min_size=14, max_size=14).map(_card),
    st.lists(_DIGIT, min_size=18, max_size=18).map(lambda rest: _iban("".join(map(str, rest)))),
)
_SPELLINGS = st.sampled_from(
    [
        str,
        quote,
        lambda text: quote(quote(text, safe=""), safe=""),
        lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
        lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    ]
)


@given(SECRETS, _SPELLINGS, st.text(max_size=20), st.text(max_size=20))
def test_no_text_around_hides_a_secret(secret: str, spelt: object, before: str, after: str) -> None:
    assert callable(spelt)
    kept = redact(f"{before}/ {spelt(secret)} /{after}", ALL)
    assert spelt(secret) not in kept
    assert secret not in kept


@given(st.text("ab1+@.%40/=? -DE89\u200b＠4１", max_size=60))
def test_any_text_can_be_looked_at_and_once_is_enough(text: str) -> None:
    kept = redact(text, ALL)
    assert redact(kept, ALL) == kept


@pytest.mark.parametrize(
    "part",
    [
        *("a", "1", "@", "a@", "a.", "a@a.", "é@", "@a.1", '"', '"@', "://", "https://a@"),
        *("%", "%40", "%25", "%2525", "%F0%9F", "\u200b", "１"),
        *("+", "+1", "+1 (", "00", "4111 ", "4111-", "1.", "- ", "D", "DE89", "DE89 "),
    ],
)
def test_the_time_grows_with_the_length_and_no_faster(part: str) -> None:
    """A pattern that tries again and again would need minutes for one of these."""
    text = (part * 32_000)[:32_000]
    assert isinstance(redact(text, ALL), str)
    assert isinstance(redact(text + "!", ALL), str)


@pytest.mark.parametrize("hiding", ["", "%252525252541 "])
@pytest.mark.parametrize(
    ("part", "kept"),
    [
        pytest.param("-PL00", "[iban]", id="IBAN"),
        pytest.param("4111 ", "[card]", id="card"),
        pytest.param("a@1.1", "[email]", id="e-mail"),
        pytest.param("+1 ", "[phone]", id="phone"),
    ],
)
def test_a_text_made_of_beginnings_is_not_looked_through_but_cut_as_a_whole(
    part: str, kept: str, hiding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    patterns = ((account_numbers, "_CARD"), (account_numbers, "_IBAN"), (redacting, "_AT"))
    for module, name in (*patterns, (redacting, "_PHONE_START")):
        monkeypatch.setattr(module, name, _counted(getattr(module, name), looked))
    text = hiding + part * 6000
    assert redact(text, ALL) == kept
    assert len(looked) <= looks.FREE + len(text) // looks.SIGNS_A_LOOK + 1


def _counted(pattern: re.Pattern[str], looked: list[int]) -> object:
    class Counted:
        def finditer(self, text: str) -> Iterator[re.Match[str]]:
            for match in pattern.finditer(text):
                looked.append(match.start())
                yield match

    return Counted()


@pytest.mark.parametrize(
    "part",
    ["4511111111111112,", "4511111111111112%2C", "john@example.com, ", "SE12-345, ", "+48600700800 ", "12@ "],
)
def test_a_long_list_is_looked_through(part: str) -> None:
    kept = redact(part * 500 + "end", ALL)
    assert kept.count(redact(part, ALL)) == 500
    assert kept.endswith("end")


def test_the_checks_are_those_of_the_standards() -> None:
    assert luhn("79927398713")
    assert not luhn("79927398710")
    assert mod97("GB82WEST12345698765432")
    assert not mod97("GB82WEST12345698765433")
