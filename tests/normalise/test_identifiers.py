"""Identifiers: what is an email, what can tell one person from another, and what every broken page sends."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.outcome import Reason, Rejected
from collector.normalise.identifiers import browser_uuid, custom_id, email, event_id, new_event_id
from tests.pipeline.make import NOON, rejection


@pytest.mark.parametrize(
    "sent",
    ["a@b.co", '"x y"@d.org', "a@[1.2.3.4]", "john.doe@synerise.com", "a+b@c-d.example", "Ünï@b.example"],
)
def test_email_is_taken_as_sent(sent: str) -> None:
    assert email(sent) == sent


def test_blanks_around_an_email_are_dropped() -> None:
    assert email("  john.doe@synerise.com\n") == "john.doe@synerise.com"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("a@b", id="no top-level domain"),
        pytest.param("a b@c.de", id="a blank"),
        pytest.param(".a@b.co", id="begins with a dot"),
        pytest.param("a.@b.co", id="ends with a dot"),
        pytest.param("a..b@c.de", id="two dots"),
        pytest.param("a@b.c", id="one letter"),
        pytest.param("@b.co", id="nobody"),
        pytest.param("a@b.co, c@d.org", id="two of them"),
        pytest.param("a@b.co\nBcc: x@y.example", id="a header behind"),
        pytest.param("<a@b.co>", id="in brackets"),
        pytest.param("x" * 250 + "@b.co", id="longer than a mail path"),
        pytest.param("", id="empty"),
        pytest.param(None, id="null"),
        pytest.param(7, id="a number"),
        pytest.param(["a@b.co"], id="a list"),
    ],
)
def test_what_is_no_email_is_none(sent: Any) -> None:
    assert email(sent) is None


INVISIBLE = [
    pytest.param("\x00", id="NUL"),
    pytest.param("\r", id="CR"),
    pytest.param("\n", id="LF"),
    pytest.param("\u2028", id="line separator"),
    pytest.param("\u00ad", id="soft hyphen"),
    pytest.param("\ufe0f", id="variation selector"),
    pytest.param("\x1b", id="escape"),
]


@pytest.mark.parametrize("character", INVISIBLE)
def test_a_custom_id_holds_nothing_that_cannot_be_seen(character: str) -> None:
    """Two that look the same would be two people. Source: contracts/synerise-profiles-api.md section 2."""
    assert custom_id(f"C-{character}17") is None


@pytest.mark.parametrize("character", INVISIBLE)
def test_an_email_holds_nothing_that_cannot_be_seen(character: str) -> None:
    assert email(f"jo{character}hn@b.co") is None


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param("C-17", "C-17", id="text"),
        pytest.param(" C-17 ", "C-17", id="blanks around"),
        pytest.param(17, "17", id="a number"),
        pytest.param("x" * 255, "x" * 255, id="the longest"),
        pytest.param("x" * 256, None, id="too long"),
        pytest.param("", None, id="empty"),
        pytest.param("null", None, id="null as text"),
        pytest.param("Undefined", None, id="undefined"),
        pytest.param("[object Object]", None, id="an object as text"),
        pytest.param("guest", None, id="guest"),
        pytest.param(True, None, id="true"),
        pytest.param(1.5, None, id="a fraction"),
        pytest.param(None, None, id="null"),
    ],
)
def test_custom_id_tells_one_person_from_another(sent: Any, expected: str | None) -> None:
    assert custom_id(sent) == expected


@pytest.mark.parametrize("sent", [None, "", "null", "undefined", " NaN "])
def test_a_browser_that_nobody_knows_has_no_uuid(sent: Any) -> None:
    assert browser_uuid(sent) is None


@pytest.mark.parametrize("sent", ["07243772-008a-42e1-ba37-c3807cebde8f", "any text", "x" * 128, "Zürich"])
def test_any_text_up_to_the_limit_is_an_id(sent: str) -> None:
    assert event_id(sent, NOON) == sent
    assert browser_uuid(sent) == sent


def test_surrogate_pairs_may_stand_in_an_event_id_but_not_in_a_uuid() -> None:
    assert event_id("😀", NOON) == "😀"
    with pytest.raises(Rejected):
        browser_uuid("😀")


@pytest.mark.parametrize(
    "sent", ["x" * 129, "a\nb", "a\x00", "\ud800", "a\u2028", True, 1.5, ["a"], {"a": 1}]
)
def test_what_is_no_id_is_rejected(sent: Any) -> None:
    for rejected in (rejection(event_id, sent, NOON), rejection(browser_uuid, sent)):
        assert rejected is not None
        assert rejected.reason is Reason.INVALID_ID


def test_an_empty_event_id_is_rejected_as_it_would_make_all_events_one() -> None:
    with pytest.raises(Rejected) as rejected:
        event_id("", NOON)
    assert rejected.value.reason is Reason.INVALID_ID


def test_an_event_without_an_id_gets_a_uuid_of_version_7_that_holds_its_time() -> None:
    made = event_id(None, NOON)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made)
    assert int(made.replace("-", "")[:12], 16) == NOON


def test_made_ids_differ_and_lie_in_the_order_of_their_times() -> None:
    ids = [new_event_id(NOON + n) for n in range(200)]
    assert sorted(set(ids)) == ids
    assert len({new_event_id(NOON) for _ in range(200)}) == 200


@given(st.text(max_size=300) | st.integers() | st.floats() | st.none() | st.lists(st.text()))
def test_no_value_raises_anything_but_rejected(value: Any) -> None:
    email(value)
    custom_id(value)
    rejected = rejection(event_id, value, NOON)
    assert rejected is None or rejected.reason is Reason.INVALID_ID
