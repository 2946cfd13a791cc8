"""Minimisation: what is kept is masked, hashed, cut or left out, and so is all that follows from an event."""

from typing import Any

import pytest

from collector.model.event import EventRecord, Params
from collector.model.policy import GeoPrecision, Policy
from collector.normalise import normalise
from collector.privacy import apply_privacy, derive_from
from tests.pipeline.make import NOON, make_beacon, make_event, make_raw, make_source

SECRET = "john@example.com"
GEO = {"country_code": "PL", "country": "Poland", "region": "Mazovia", "city": "Warsaw", "postal": "00-001"}
TOLD: Params = {
    "user_agent": "Mozilla/5.0 (X11) Firefox/140.0",
    "browser": {"name": "Firefox", "version": "140.0"},
    "os": {"name": "Linux", "version": "6.1"},
    "device": {"family": "Pixel 9", "kind": "mobile"},
    "bot": True,
    "bot_name": "somebot",
    "bot_class": "other",
}


def record(**context: Any) -> EventRecord:
    return EventRecord(
        seq=1,
        id="event-1",
        action="page.visit",
        label="",
        time_ms=NOON,
        received_ms=NOON,
        source_id="s",
        profile_id=1,
        session_id=None,
        uuid=None,
        params={},
        context=context,
        derived=False,
    )


@pytest.mark.parametrize(
    "policy", [Policy(), Policy(redact_params=True), Policy(query="none", geo="none", keep_referrer=False)]
)
def test_a_form_keeps_what_the_visitor_sent_it_for(policy: Policy) -> None:
    data = {"e": SECRET, "phone": "+48600700800", "title": f"Call {SECRET}"}
    raw = make_raw("form.submit", params={"formType": "contact", "formData": data, "mapping": {"email": "e"}})
    stored = apply_privacy(normalise(raw, make_beacon()), make_beacon(), make_source(policy=policy))
    assert stored.params["formData"] == data
    assert stored.profile is not None
    assert (stored.profile.email, stored.profile.fields) == (SECRET, {"phone": "+48600700800"})


@pytest.mark.parametrize(
    "action", ["client.createOrUpdate", "client.group", "identify", "form.submit", "search"]
)
@pytest.mark.parametrize(
    "policy", [Policy(), Policy(redact_params=True), Policy(redact=(), redact_params=True)]
)
def test_params_are_redacted_where_the_policy_says_so(policy: Policy, action: str) -> None:
    redacted = policy.redact_params and policy.redact and action == "search"
    params = {
        "q": SECRET,
        "in": {"list": [SECRET, 4111111111111111, 4111111111111111.0, -4111111111111111, 12]},
        SECRET: 1,
    }
    stored = apply_privacy(make_event(action, params=params), make_beacon(), make_source(policy=policy))
    if redacted:
        assert stored.params == {
            "q": "[email]",
            "in": {"list": ["[email]", "[card]", "[card]", "[card]", 12]},
            "[email]": 1,
        }
    else:
        assert stored.params == params


@pytest.mark.parametrize(
    ("params", "context", "label"),
    [
        pytest.param({"title": SECRET, "og:title": SECRET, "pageTitle": SECRET}, {}, "", id="titles"),
        pytest.param(
            {"url": f"/u/{SECRET}", "referrer": f"https://x.example/?e={SECRET}"}, {}, "", id="addresses"
        ),
        pytest.param({"text": f"see https://x.example/{SECRET}"}, {}, "", id="an address in a text"),
        pytest.param({}, {"page": f"/u/{SECRET}"}, "", id="page"),
        pytest.param({}, {"page": {"title": SECRET, "path": f"/{SECRET}"}}, "", id="page's title"),
        pytest.param({}, {"page": {"n": -4111111111111111, "s": SECRET}}, "", id="a card below zero"),
        pytest.param({}, {"original": {"a": [SECRET], SECRET: {"b": SECRET}}}, "", id="original"),
        pytest.param({}, {"session": SECRET, "language": SECRET, "screen": {"a": SECRET}}, "", id="device"),
        pytest.param({}, {"campaign": {"content": SECRET}}, "", id="campaign"),
        pytest.param({}, {}, f"Visited page {SECRET}", id="label"),
    ],
)
@pytest.mark.parametrize("action", ["page.visit", "form.submit", "client.createOrUpdate"])
def test_what_belongs_nowhere_is_redacted_by_default(
    params: Params, context: Params, label: str, action: str
) -> None:
    event = make_event(action, params=params, context=context, label=label)
    stored = apply_privacy(event, make_beacon(), make_source())
    assert SECRET not in repr(stored)
    assert "[email]" in repr(stored)
    none = apply_privacy(event, make_beacon(), make_source(policy=Policy(redact=())))
    assert SECRET in repr(none)


@pytest.mark.parametrize("action", ["page.visit", "form.submit"])
def test_the_title_of_a_page_counts_at_every_depth_but_not_in_a_form(action: str) -> None:
    params = {"page": {"title": SECRET, "in": [{"pageTitle": SECRET}]}}
    stored = apply_privacy(make_event(action, params=params), make_beacon(), make_source())
    assert (SECRET in repr(stored)) is (action == "form.submit")


@pytest.mark.parametrize("geo", ["city", "region", "country", "none"])
def test_a_page_tells_no_place_more_precisely_than_the_policy(geo: GeoPrecision) -> None:
    names = ("city", "shippingCity", "user_city", "postal", "postal_code", "zip", "zipCode", "location")
    told = dict.fromkeys((*names, "coordinates", "region", "capacity", "page_location"), "x")
    stored = apply_privacy(
        make_event(context={"page": told, "original": {"a": [told]}}),
        make_beacon(),
        make_source(policy=Policy(geo=geo)),
    )
    kept = set(told) if geo == "city" else {"capacity", "page_location"} | {"region"} & {geo}
    assert set(stored.context["page"]) == set(stored.context["original"]["a"][0]) == kept


@pytest.mark.parametrize(
    ("geo", "kept"),
    [
        ("city", GEO),
        ("region", {"country_code": "PL", "country": "Poland", "region": "Mazovia"}),
        ("country", {"country_code": "PL", "country": "Poland"}),
        ("none", None),
    ],
)
def test_the_place_is_as_precise_as_the_policy_says(geo: GeoPrecision, kept: Params | None) -> None:
    source = make_source(policy=Policy(geo=geo))
    context = {"geo": GEO, "original": {"context": {"geo": {"city": "Warsaw"}, "latitude": 52.2}}}
    stored = apply_privacy(make_event(context=context), make_beacon(), source)
    for derive in (stored.derive, derive_from(record(geo=GEO), source)):
        derived = derive("session.end", "", {}, NOON)
        assert derived is not None
        assert derived.context.get("geo") == kept
    assert stored.context.get("geo") == kept
    assert ("Warsaw" in repr(stored)) is (geo == "city")
    assert ("52.2" in repr(stored)) is (geo == "city")


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (Policy(), True),
        (Policy(query="listed"), False),
        (Policy(query="listed", keep_query=("gclid",)), True),
        (Policy(query="listed", keep_query=("fbclid",)), False),
        (Policy(query="none"), False),
        (Policy(query="none", keep_query=("gclid",)), False),
    ],
)
def test_a_click_id_stays_with_its_parameter(policy: Policy, kept: bool) -> None:
    context = {"click_id": {"name": "gclid", "value": "secret"}}
    stored = apply_privacy(make_event(context=context), make_beacon(), make_source(policy=policy))
    assert ("click_id" in stored.context) is kept


def test_without_the_user_agent_only_coarse_families_stay() -> None:
    source = make_source(policy=Policy(keep_user_agent=False))
    original = {"original": {"context": {"userAgent": TOLD["user_agent"], "user_agent": "x", "os": "y"}}}
    stored = apply_privacy(make_event(context=TOLD | original), make_beacon(), source)
    told = {
        "browser": {"name": "Firefox"},
        "os": {"name": "Linux"},
        "device": {"kind": "mobile"},
        "bot": True,
    }
    kept = told | {"bot_class": "other", "original": {"context": {"os": "y"}}, "address": "203.0.113.0"}
    assert stored.context == kept
    derived = derive_from(record(**TOLD), source)("session.end", "", {}, NOON)
    assert derived is not None
    assert derived.context == told


@pytest.mark.parametrize(
    ("policy", "gone"),
    [
        (Policy(), set()),
        (Policy(keep_screen=False), {"screen"}),
        (Policy(keep_language=False), {"language", "timezone", "lang", "locale", "userLang"}),
        (Policy(keep_referrer=False), {"referrer"}),
    ],
)
def test_what_is_switched_off_is_kept_nowhere(policy: Policy, gone: set[str]) -> None:
    names = ("screen", "language", "timezone", "lang", "locale", "userLang", "referrer")
    told = {name: f"<{name}>" for name in names}
    context = told | {"page": {"url": "/", **told}, "original": {"context": told, "list": [told]}}
    del context["referrer"]
    params = {
        "referrer": "<referrer>",
        "in": [{"$initial_referrer": "<referrer>"}],
        "language": "of the shop",
    }
    stored = apply_privacy(
        make_event(params=params, context=context), make_beacon(), make_source(policy=policy)
    )
    assert {name for name in names if f"<{name}>" not in repr(stored)} == gone
    assert stored.params["language"] == "of the shop"
    assert stored.context["page"]["url"] == "/"


def test_nothing_is_copied_or_changed_that_the_policy_keeps() -> None:
    params = {
        "url": "https://x.example/?a=1#b",
        "title": "Blue mug 12",
        "n": [1, {"a": None}],
        "t": 1767268800000,
    }
    context = {"page": {"url": "/p"}, "screen": {"width": 1920}, "original": {"a": ["b"]}, **TOLD, "geo": GEO}
    event = make_event(params=params, context=context)
    stored = apply_privacy(event, make_beacon(), make_source())
    assert stored.params == params
    assert stored.context == context | {"address": "203.0.113.0"}
    assert event.context == context


def test_the_text_version_of_a_decision_names_nobody() -> None:
    raw = make_raw("consent.granted", params={"by": "call", "text_version": SECRET})
    stored = apply_privacy(normalise(raw, make_beacon()), make_beacon(), make_source())
    assert stored.evidence is not None
    assert stored.evidence.text_version == "[email]"
