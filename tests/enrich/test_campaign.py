"""Campaigns and click ids: read from the visited page's address, bounded, never a reason to refuse."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.enrich.campaign import CLICK_IDS, MAX_VALUE, campaign_of, page_url
from tests.enrich.test_enrich import enriched

SHOP = "https://shop.example/laptops"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(
            "?utm_source=google&utm_medium=cpc&utm_campaign=Spring+sale&utm_term=caf%C3%A9&utm_content=top&utm_id=7",
            {
                "source": "google",
                "medium": "cpc",
                "name": "Spring sale",
                "term": "caf\u00e9",
                "content": "top",
                "id": "7",
            },
            id="all of Google's",
        ),
        pytest.param(
            "?mtm_campaign=a&mtm_kwd=b&mtm_cid=c", {"name": "a", "term": "b", "id": "c"}, id="Matomo's"
        ),
        pytest.param("?pk_campaign=a&pk_source=b", {"name": "a", "source": "b"}, id="Piwik's"),
        pytest.param("?p=2&UTM_Source=x", {"source": "x"}, id="in capitals, after others"),
        pytest.param("?utm_source=a&utm_source=b", {"source": "a"}, id="twice"),
        pytest.param("?utm_source=&utm_medium=%20", {}, id="empty"),
        pytest.param("?utm_sources=a&xutm_source=b&utm_source", {}, id="names that are alike"),
        pytest.param("?p=2#utm_source=a&?utm_source=b", {}, id="in the fragment"),
        pytest.param("?next=/a%3Futm_source%3Db", {}, id="of another address inside"),
        pytest.param("?utm_source=a%00b%0Ac%E2%80%A8", {"source": "abc"}, id="what cannot be shown"),
        pytest.param("?utm_source=%FF%ZZ", {"source": "\ufffd%ZZ"}, id="broken encoding"),
        pytest.param(f"?utm_source={'x' * 9999}", {"source": "x" * MAX_VALUE}, id="too long"),
        pytest.param("", {}, id="no query"),
    ],
)
def test_a_campaign_is_told_in_one_form(query: str, expected: dict[str, str]) -> None:
    assert campaign_of(SHOP + query) == (expected, {})


@pytest.mark.parametrize("name", sorted(CLICK_IDS))
def test_a_click_id_is_known_by_its_name(name: str) -> None:
    assert campaign_of(f"{SHOP}?a=b&{name.upper()}=Xy_1-2") == ({}, {"name": name, "value": "Xy_1-2"})


def test_of_two_click_ids_the_first_counts() -> None:
    assert campaign_of(f"{SHOP}?gclid=1&fbclid=2&utm_source=a") == (
        {"source": "a"},
        {"name": "gclid", "value": "1"},
    )


ADVERT = SHOP + "?utm_source=a"


@pytest.mark.parametrize(
    ("action", "params", "context", "url"),
    [
        pytest.param("page.visit", {"url": ADVERT}, {}, ADVERT, id="a visit's own"),
        pytest.param("link.click", {"url": ADVERT}, {}, "", id="not where a link leads"),
        pytest.param(
            "link.click", {}, {"page": {"url": ADVERT}}, ADVERT, id="the page that the sender names"
        ),
        pytest.param("page.visit", {"url": SHOP}, {}, "", id="none without a query"),
        pytest.param("page.visit", {"url": 7}, {"page": "x"}, "", id="no text"),
        pytest.param("page.visit", {}, {"page": ["?"]}, "", id="no object"),
    ],
)
def test_the_address_is_that_of_the_page(
    action: str, params: dict[str, Any], context: dict[str, Any], url: str
) -> None:
    assert page_url(action, params, context) == url


def test_an_event_learns_its_campaign_whatever_the_page_claimed() -> None:
    claimed = {"campaign": {"name": "forged"}, "click_id": "forged"}
    context = enriched("", "", claimed | {"page": {"url": ADVERT + "&gclid=1"}})
    assert context["campaign"] == {"source": "a"}
    assert context["click_id"] == {"name": "gclid", "value": "1"}
    assert not {"campaign", "click_id"} & set(enriched("", "", dict(claimed)))


@given(st.text(st.characters(), max_size=300))
def test_any_address_is_read_and_what_it_tells_can_be_stored(text: str) -> None:
    told = campaign_of(f"{text}?utm_source={text}&gclid={text}")
    assert msgspec.json.decode(msgspec.json.encode(told)) == list(told)
