"""Addresses of pages: who logs in by one is never kept, its query as the policy says."""

from typing import Any

import pytest

from collector.model.policy import Policy
from collector.privacy import apply_privacy
from collector.privacy.query import is_address, kept_url
from tests.pipeline.make import make_beacon, make_event, make_source

KEEP = frozenset({"a", "imię", "utm_source"})
S = "https://shop.example"


@pytest.mark.parametrize(
    ("url", "listed", "none"),
    [
        pytest.param(f"{S}/p", f"{S}/p", f"{S}/p", id="no query"),
        pytest.param(f"{S}/p?a=1&b=2", f"{S}/p?a=1", f"{S}/p", id="a query"),
        pytest.param(f"{S}?b=2&a=1&a=3", f"{S}?a=1&a=3", S, id="no path"),
        pytest.param("/p?b=2", "/p", "/p", id="a path"),
        pytest.param("?b=2&utm_source=x", "?utm_source=x", "", id="a query alone"),
        pytest.param(f"{S}/?b=https://x.example/?a=1", f"{S}/", f"{S}/", id="an address within"),
        pytest.param(f"{S}/?a=1;b=2", f"{S}/?a=1", f"{S}/", id="a semicolon parts them too"),
        pytest.param(f"{S}/?%61=1&A=2&a%00=3", f"{S}/?%61=1", f"{S}/", id="names are decoded, and exact"),
        pytest.param(f"{S}/?imi%C4%99=1&a", f"{S}/?imi%C4%99=1&a", f"{S}/", id="other letters, no value"),
        pytest.param(f"{S}/p#top", f"{S}/p#top", f"{S}/p", id="a place on the page"),
        pytest.param(f"{S}/#/p?a=1&b=2", f"{S}/#/p?a=1", f"{S}/", id="a route with a query"),
        pytest.param(f"{S}/#b=1&a=2", f"{S}/#a=2", f"{S}/", id="a fragment that is a query"),
        pytest.param(f"{S}/#b%3D1", f"{S}/", f"{S}/", id="the same, encoded"),
        pytest.param(f"{S}/#:~:text=words", f"{S}/", f"{S}/", id="a text that is looked for"),
        pytest.param(f"{S}/p;b=1/q;a=2;v", f"{S}/p/q;a=2", f"{S}/p/q", id="parameters of a path"),
        pytest.param(
            "https%3A%2F%2Fx%2Fp%3Fb%3D1", "https%3A%2F%2Fx%2Fp", "https%3A%2F%2Fx%2Fp", id="encoded"
        ),
        pytest.param("https://x/p%253Fb=1", "https://x/p", "https://x/p", id="a question mark encoded twice"),
        pytest.param(f"{S}/#b%253D1", f"{S}/", f"{S}/", id="a pair encoded twice"),
        pytest.param("android-app://x/?b=1", "android-app://x/", "android-app://x/", id="an app"),
        pytest.param(f"{S}/p?", f"{S}/p", f"{S}/p", id="an empty query"),
        pytest.param("", "", "", id="nothing"),
    ],
)
def test_the_parameters_that_stay(url: str, listed: str, none: str) -> None:
    assert kept_url(url, "all", KEEP) == url
    assert kept_url(url, "listed", KEEP) == listed
    assert kept_url(url, "none", KEEP) == none


@pytest.mark.parametrize("query", ["all", "listed", "none"])
@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://me:secret@x.example/p", "https://x.example/p"),
        ("HTTPS://me@x.example:8080", "HTTPS://x.example:8080"),
        ("https:/me:secret@x.example", "https:/x.example"),
        (" https:\\\\me:s@cret@x.example\\p", " https:\\\\x.example\\p"),
        ("//me:secret@x.example/p", "//x.example/p"),
        ("ftp://me:secret@x.example/p", "ftp://x.example/p"),
        ("https://x.example/@me", "https://x.example/@me"),
        ("/a@b", "/a@b"),
    ],
)
def test_who_logs_in_by_an_address_is_never_kept(url: str, kept: str, query: Any) -> None:
    assert kept_url(url, query, KEEP) == kept


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("answer", "https://x.example", True),
        ("answer", " HTTP://x.example", True),
        ("answer", "https%3A%2F%2Fx.example", True),
        ("answer", "https%253A%252F%252Fx.example", True),
        ("answer", "android-app://x/", True),
        ("answer", "//x.example/?a=1", True),
        ("answer", "// is this a comment?", False),
        ("answer", "note: why?", False),
        ("answer", "?a=1", True),
        ("answer", "#access_token=1", True),
        ("answer", "/cart?id=1", False),
        ("answer", "Really?", False),
        ("landingPage", "/cart?id=1", True),
        ("og:url", "cart?id=1", True),
        ("href", "/cart", True),
        ("page_location", "/cart", True),
        ("search", "?token", True),
        ("hash", "#token", True),
        ("search", "blue cup", False),
        ("search", "#1 gift", False),
        ("query", "?what", False),
    ],
)
def test_what_is_an_address(name: str, text: str, expected: bool) -> None:
    assert is_address(name, text) is expected


SECRET = "s3cr3t"
URL = f"https://me:{SECRET}@x.example/p?token={SECRET}&utm_source=letter"
CLEAN = "https://x.example/p?utm_source=letter"


@pytest.mark.parametrize(
    ("params", "context", "label"),
    [
        pytest.param({"url": URL}, {}, "", id="url"),
        pytest.param({"canonical": URL, "referrer": URL, "href": URL}, {}, "", id="names that we know"),
        pytest.param({"anything": URL}, {}, "", id="any name"),
        pytest.param({"a": {"b": [URL, {"c": URL}]}}, {}, "", id="within"),
        pytest.param({URL: 1, "a": [{URL: 2}]}, {"page": {URL: 3}}, "", id="names"),
        pytest.param({"message": f"failed ({URL}) at once"}, {}, "", id="in a text"),
        pytest.param({"data": f'{{"next":"{URL}"}}'}, {}, "", id="in JSON in a text"),
        pytest.param({}, {"page": URL}, "", id="page"),
        pytest.param(
            {}, {"page": {"url": URL, "referrer": URL, "search": f"?token={SECRET}"}}, "", id="pages"
        ),
        pytest.param({}, {"original": {"context": {"page": {"href": URL}}}}, "", id="original"),
        pytest.param({}, {"session": URL}, "", id="session"),
        pytest.param({}, {}, f"Went to {URL}", id="label"),
    ],
)
def test_every_place_that_holds_an_address(params: Any, context: Any, label: str) -> None:
    source = make_source(policy=Policy(query="listed", keep_query=("utm_source",)))
    event = make_event("link", params=params, context=context, label=label)
    stored = apply_privacy(event, make_beacon(), source)
    assert SECRET not in repr(stored)
    assert repr(stored).count(CLEAN) == repr(event).count(URL)


@pytest.mark.parametrize("query", ["none", "listed"])
@pytest.mark.parametrize(
    "url",
    [
        *(f"//x.example/?token={SECRET}", f"android-app://a/?token={SECRET}"),
        *(f"https://a/p%253Ftoken={SECRET}", f"https%253A//a/p%253Ftoken={SECRET}"),
        f"see intent://a/?token={SECRET} now",
    ],
)
def test_an_address_of_any_spelling_keeps_no_query(url: str, query: Any) -> None:
    event = make_event("link", params={"to": url, "in": [url], url: 1})
    stored = apply_privacy(event, make_beacon(), make_source(policy=Policy(query=query)))
    assert SECRET not in repr(stored)


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (Policy(), True),
        (Policy(query="none"), False),
        (Policy(query="listed"), False),
        (Policy(query="listed", keep_query=("gclid",)), True),
    ],
)
def test_a_click_id_is_a_persons_and_a_campaign_is_not(policy: Policy, kept: bool) -> None:
    told = {"campaign": {"source": "letter"}, "click_id": {"name": "gclid", "value": "Abc-1"}}
    stored = apply_privacy(make_event(context=told), make_beacon(), make_source(policy=policy))
    derived = stored.derive("session.start", "Started session", {}, stored.time_ms)
    assert derived is not None
    for context in (stored.context, derived.context):
        assert context["campaign"] == {"source": "letter"}
        assert context.get("click_id") == (told["click_id"] if kept else None)
