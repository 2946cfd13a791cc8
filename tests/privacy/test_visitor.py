"""Cookieless: a day's visitors are told apart, by what nobody can reckon out who has not the day's salt."""

import hashlib
import hmac
import uuid
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.consent import ConsentState
from collector.model.profile import ProfileUpdate
from collector.model.source import Settings, TagSettings
from collector.privacy import apply_privacy
from tests.pipeline.make import SOURCE_ID, make_beacon, make_event, make_source

SALT = bytes(range(32))
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
COOKIELESS = Settings(tag=TagSettings(device_storage=False))
ADDRESS = "203.0.113.77"
OTHER_ID = "00000000-4a59-4e68-8f70-112233445566"


def visitor(
    event: dict[str, Any] | None = None, *, settings: Settings = COOKIELESS, **beacon: Any
) -> str | None:
    """The uuid of an event that a browser sent."""
    source = make_source(settings=settings, source_id=beacon.get("source_id", SOURCE_ID))
    fields = {"day_salt": SALT, "user_agent": FIREFOX} | beacon
    return apply_privacy(make_event(**event or {}), make_beacon(**fields), source).uuid


def test_one_browser_at_one_address_is_one_visitor_for_the_day() -> None:
    """RFC 9562: version 8 is for an id of one's own making."""
    found = visitor()
    assert found is not None
    assert found == visitor({"uuid": None, "action": "dog.bark", "id": "event-2"})
    assert (uuid.UUID(found).version, uuid.UUID(found).variant) == (8, uuid.RFC_4122)
    expected = hmac.new(SALT, f"{SOURCE_ID}|{ADDRESS}|{FIREFOX}".encode(), hashlib.sha256).digest()
    assert uuid.UUID(found).bytes[:6] == expected[:6]


@pytest.mark.parametrize(
    ("event", "beacon"),
    [
        pytest.param({"address": "203.0.113.78"}, {}, id="another address in the same network"),
        pytest.param({}, {"user_agent": FIREFOX + " "}, id="another browser"),
        pytest.param({}, {"source_id": OTHER_ID}, id="another source"),
        pytest.param({}, {"day_salt": SALT[::-1]}, id="another day"),
    ],
)
def test_another_is_another(event: dict[str, Any], beacon: dict[str, Any]) -> None:
    assert visitor(event, **beacon) not in (None, visitor())


@pytest.mark.parametrize(
    ("event", "beacon", "expected"),
    [
        pytest.param(
            {"uuid": "the page's own"}, {"trusted": True}, "the page's own", id="a back end's own uuid"
        ),
        pytest.param({"uuid": None}, {"trusted": True}, None, id="a back end without one"),
        pytest.param({}, {"day_salt": b""}, None, id="no salt at hand"),
        pytest.param({"address": ""}, {}, None, id="no address"),
        pytest.param({}, {"user_agent": ""}, None, id="no User-Agent"),
        pytest.param({"profile": ProfileUpdate(email="a@b.pl")}, {}, None, id="who the person is"),
        pytest.param({"profile": ProfileUpdate()}, {}, None, id="a form that tells nothing"),
        pytest.param(
            {"action": "consent.denied", "consent": ConsentState(granted=False)}, {}, None, id="a refusal"
        ),
    ],
)
def test_who_is_not_told_apart(event: dict[str, Any], beacon: dict[str, Any], expected: str | None) -> None:
    assert visitor(event, **beacon) == expected


def test_a_token_of_the_person_does_not_bring_the_page_s_uuid_back() -> None:
    assert visitor({"uuid": "the page's own", "trusted": True}) == visitor()


def test_with_storage_on_the_device_the_uuid_is_the_browser_s() -> None:
    assert visitor({"uuid": "own"}, settings=Settings()) == "own"
    assert visitor({"uuid": None}, settings=Settings()) is None


SALTS = st.binary(min_size=32, max_size=32)


@given(
    salts=st.lists(SALTS, min_size=2, max_size=3, unique=True),
    sources=st.sets(st.uuids(), min_size=2, max_size=3),
)
def test_ids_of_two_sources_or_two_days_are_never_equal(salts: list[bytes], sources: set[uuid.UUID]) -> None:
    found = [visitor(day_salt=salt, source_id=str(source)) for salt in salts for source in sources]
    assert all(one != other for one, other in combinations(found, 2))


@given(
    agent=st.text(min_size=1), address=st.sampled_from(["203.0.113.77", "2001:db8::1", "::ffff:203.0.113.77"])
)
def test_any_user_agent_makes_an_id(agent: str, address: str) -> None:
    assert visitor({"address": address}, user_agent=agent) is not None


def test_without_the_salt_it_cannot_be_reckoned_out() -> None:
    """What a stranger with the events could try: the inputs are known, and hash to something else."""
    seen = f"{SOURCE_ID}|{ADDRESS}|{FIREFOX}".encode()
    found = uuid.UUID(visitor())
    guesses = [hashlib.sha256(seen).digest()]
    guesses += [
        hmac.digest(key, seen, "sha256")
        for key in (b"", bytes(32), bytes(range(32))[::-1], SOURCE_ID.encode())
    ]
    assert found.bytes[:6] not in {guess[:6] for guess in guesses}
