"""Enriching: an event learns device and place from its request, whatever the page claimed."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.enrich import Enricher, Geo
from collector.model.beacon import Beacon
from collector.model.event import Event

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
ENRICHER = Enricher(Geo(None, Path("absent")))


def enriched(user_agent: str, address: str, context: dict[str, Any] | None = None) -> dict[str, Any]:
    event = Event(
        id="1",
        action="page.visit",
        label="",
        time_ms=0,
        received_ms=0,
        uuid=None,
        params={},
        context=context if context is not None else {},
        address=address,
    )
    beacon = Beacon(source_id="s", dialect="native", body=b"", user_agent=user_agent, received_ms=0)
    ENRICHER.enrich(event, beacon)
    return event.context


def test_an_event_learns_device_and_place() -> None:
    assert enriched(FIREFOX, "193.0.6.139", {"language": "en"}) == {
        "language": "en",
        "user_agent": FIREFOX,
        "browser": {"name": "Firefox", "version": "153.0"},
        "os": {"name": "Linux"},
        "device": {"kind": "desktop"},
        "bot": False,
        "geo": {"country_code": "NL", "country": "Netherlands"},
    }


def test_nothing_known_leaves_every_part_empty() -> None:
    assert enriched("", "") == {
        "user_agent": "",
        "browser": {},
        "os": {},
        "device": {},
        "bot": False,
        "geo": {},
    }


def test_what_the_page_claims_under_our_names_is_replaced() -> None:
    bot = {"bot": True, "bot_name": "forged", "bot_class": "forged"}
    forged = {"geo": {"country_code": "XX"}, "browser": {"name": "forged"}, **bot}
    context = enriched("", "127.0.0.1", forged)
    assert "forged" not in str(context)
    assert context["geo"] == {}
    assert not {"bot_name", "bot_class"} & context.keys()


def test_a_bot_has_its_name_and_class() -> None:
    context = enriched("curl/8.5.0", "8.8.8.8")
    assert (context["bot"], context["bot_name"], context["bot_class"]) == (True, "curl", "http-library")


@pytest.mark.parametrize("part", ["browser", "os", "device", "geo"])
def test_changing_one_event_does_not_change_the_next(part: str) -> None:
    enriched(FIREFOX, "193.0.6.139")[part].clear()
    assert enriched(FIREFOX, "193.0.6.139")[part]


@given(user_agent=st.text(st.characters(), max_size=600), address=st.text(st.characters(), max_size=80))
def test_any_request_is_enriched_and_can_be_stored(user_agent: str, address: str) -> None:
    context = enriched(user_agent, address)
    assert msgspec.json.decode(msgspec.json.encode(context)) == context
