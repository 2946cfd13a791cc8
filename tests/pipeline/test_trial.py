"""A trial over stored events says what the live path would have said, and names what it cannot know."""

import json
from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.enrich import Enricher
from collector.model.event import EventRecord, StoredEvent
from collector.model.outcome import Rejected
from collector.model.policy import Category, Policy
from collector.pipeline import process_all
from collector.privacy.trial import NEUTRAL, Trial
from collector.wire import native
from tests.pipeline.make import NOON, SOURCE_ID, make_beacon, make_source
from tests.pipeline.policies import of_type, policies

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

EVENTS: list[dict[str, Any]] = [
    {"action": "page.visit", "params": {"title": "Home", "url": "https://shop.example/?q=ada%40example.com"}},
    {
        "action": "page.visit",
        "params": {"url": "https://shop.example/account", "referrer": "https://b.example/"},
    },
    {
        "action": "form.submit",
        "params": {"formType": "contact", "formData": {"email": "ada@example.com", "phone": "+4930901820"}},
    },
    {
        "action": "debug.x",
        "params": {"a": {"b": 1, "c": [1, 2]}, "orderId": 7},
        "context": {"screen": {"w": 1}},
    },
    {"action": "banner.click", "consent": {"granted": True, "categories": {"ads": False}}},
    {"action": "banner.click", "context": {"language": "de", "page": {"url": "https://test.shop.example/x"}}},
]
AGENTS = (FIREFOX, GOOGLEBOT, "")


RULES = {
    "": ("page.visit", "debug.*", "form.submit", "banner.*"),
    "_params": ("a.*", "a.b", "formData.phone", "formData", "title", "url", "orderId", "w"),
    "_paths": ("/account", "/*", "/"),
    "_hosts": ("shop.example", "*.shop.example"),
    "_referrers": ("b.example", "*.example"),
    "_countries": ("DE", "FR"),
    "_networks": ("91.64.1.0/24", "91.64.1.77", "2001:db8::/32"),
    "_agents": ("Firefox", "googlebot"),
    "_bots": ("search-engine", "seo"),
}


def telling() -> st.SearchStrategy[Policy]:
    """Policies whose rules fit the events above, now and then."""
    lists = {
        f"{side}{name}": st.lists(st.sampled_from(rules), max_size=2, unique=True).map(tuple)
        for name, rules in RULES.items()
        for side in ("block", "allow")
    }
    params = st.lists(st.sampled_from(RULES["_params"]), max_size=2, unique=True).map(tuple)
    other = {name: of_type(get_type_hints(Policy, include_extras=True)[name]) for name in OTHER}
    ads = st.sampled_from([(), (Category(name="ads", actions=("banner.*",)),)])
    return st.fixed_dictionaries(
        {},
        optional=lists
        | other
        | {"mask_params": params, "hash_params": params, "categories": ads, "keep_query": st.just(("q",))},
    ).map(lambda given: Policy(**given))


OTHER = (
    *("bots", "consent", "address", "geo", "query", "redact", "redact_params"),
    *("keep_user_agent", "keep_screen", "keep_referrer", "keep_language"),
)
EVERYTHING = msgspec.structs.replace(NEUTRAL, categories=(Category(name="ads", actions=()),))
"""Keeps all there is: of a decision about categories only those that it names are kept."""


def live(event: dict[str, Any], policy: Policy, agent: str, enricher: Enricher) -> StoredEvent | Rejected:
    """What the live path says of an event from a browser in Berlin."""
    beacon = make_beacon(
        msgspec.json.encode([{"id": "event-1", "label": "Label", **event}]),
        address="91.64.1.77",
        user_agent=agent,
    )
    [result] = process_all(native.decode, beacon, make_source(policy=policy), enricher)
    return result


def stored_as(event: StoredEvent, seq: int = 1) -> EventRecord:
    """A stored event as it is read."""
    return EventRecord(
        seq=seq,
        id=event.id,
        action=event.action,
        label=event.label,
        time_ms=event.time_ms,
        received_ms=event.received_ms,
        source_id=SOURCE_ID,
        profile_id=None,
        session_id=None,
        uuid=event.uuid,
        params=json.loads(msgspec.json.encode(event.params)),
        context=json.loads(msgspec.json.encode(event.context)),
        derived=False,
    )


def record(action: str = "page.visit", **fields: Any) -> EventRecord:
    """A stored event."""
    ordinary: dict[str, Any] = {
        "seq": 1,
        "id": "event-1",
        "action": action,
        "label": action,
        "time_ms": NOON,
        "received_ms": NOON,
        "source_id": SOURCE_ID,
        "profile_id": None,
        "session_id": None,
        "uuid": None,
        "params": {},
        "context": {"address": "203.0.113.0", "user_agent": FIREFOX, "geo": {"country_code": "DE"}},
        "derived": False,
    }
    return EventRecord(**(ordinary | fields))


@pytest.fixture(scope="module")
def stored(enricher: Enricher) -> list[tuple[dict[str, Any], str, EventRecord]]:
    """The events as a policy that keeps everything stored them."""
    results = [
        (event, agent, live(event, EVERYTHING, agent, enricher)) for event in EVENTS for agent in AGENTS
    ]
    assert not [result for _, _, result in results if isinstance(result, Rejected)]
    return [
        (event, agent, stored_as(result))
        for event, agent, result in results
        if isinstance(result, StoredEvent)
    ]


@given(policy=telling() | policies())
@settings(max_examples=300, deadline=None)
def test_a_trial_says_what_the_live_path_says(
    policy: Policy, stored: list[tuple[dict[str, Any], str, EventRecord]], enricher: Enricher
) -> None:
    # What a token or the absence of one decides is not among what is stored.
    policy = msgspec.structs.replace(policy, trust="standard", token_actions=())
    trial = Trial(make_source(policy=policy))
    for event, agent, kept in stored:
        fate = trial.fate(kept)
        if fate.untold:
            continue  # no User-Agent came along: the live path knows that there was none
        result = live(event, policy, agent, enricher)
        if isinstance(result, Rejected):
            assert (fate.reason, fate.rule) == (result.reason.value, result.rule)
        else:
            assert fate.reason == ""
            now = stored_as(result)
            same = (now.label, now.params, now.context) == (kept.label, kept.params, kept.context)
            assert same == (not fate.changes)
            for change in fate.changes:
                assert value_at(now, change.place) == change.after
                assert value_at(kept, change.place) == change.before


def value_at(event: EventRecord, place: str) -> Any:
    """What stands at a dotted place of an event."""
    value: Any = {"label": event.label, "params": event.params, "context": event.context}
    for part in place.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


@pytest.mark.parametrize(
    ("policy", "event", "field", "rule", "place"),
    [
        (Policy(block_params=("a.*",)), {"params": {"a": {"b": 1}}}, "block_params", "a.*", "params.a.b"),
        (Policy(block_params=("a",)), {"params": {"a": {"b": 1}}}, "block_params", "a", "params.a"),
        (Policy(allow_params=("b",)), {"params": {"a": 1, "b": 2}}, "allow_params", "", "params.a"),
        (Policy(mask_params=("a",)), {"params": {"a": 1}}, "mask_params", "a", "params.a"),
        (Policy(hash_params=("a",)), {"params": {"a": 1}}, "hash_params", "a", "params.a"),
        (Policy(address="dropped"), {}, "address", "dropped", "context.address"),
        (Policy(geo="none"), {}, "geo", "none", "context.geo"),
        (Policy(keep_user_agent=False), {}, "keep_user_agent", "", "context.user_agent"),
        (
            Policy(query="none", redact=()),
            {"params": {"url": "https://shop.example/?a=1"}},
            "query",
            "none",
            "params.url",
        ),
        (Policy(), {"params": {"title": "ada@example.com"}}, "redact", "email", "params.title"),
    ],
)
def test_a_change_names_the_rule_that_makes_it(
    policy: Policy, event: dict[str, Any], field: str, rule: str, place: str
) -> None:
    fate = Trial(make_source(policy=policy)).fate(record(**event))
    assert (field, rule, place) in [(change.field, change.rule, change.place) for change in fate.changes]


def test_what_is_hashed_already_is_no_change() -> None:
    trial = Trial(make_source(policy=Policy(hash_params=("a",), mask_params=("b",))))
    assert trial.fate(record(params={"a": "0" * 32, "b": "***"})).changes == ()


class TestUntold:
    """What was not kept is not judged, and said."""

    @pytest.mark.parametrize(
        ("policy", "context", "untold"),
        [
            (Policy(block_agents=("curl",)), {"address": "203.0.113.7"}, ("agents",)),
            (Policy(allow_agents=("Firefox",)), {}, ("agents",)),
            (Policy(allow_countries=("DE",)), {"user_agent": FIREFOX}, ("countries",)),
            (Policy(allow_networks=("203.0.113.0/24",)), {"user_agent": FIREFOX}, ("networks",)),
            (Policy(block_networks=("203.0.113.0/25",)), {"address": "203.0.113.0"}, ("networks",)),
            (Policy(block_networks=("2001:db8::/49",)), {"address": "2001:db8::"}, ("networks",)),
            (Policy(block_networks=("198.51.100.0/24",)), {"address": "203.0.113.0"}, ()),
        ],
    )
    def test_it_is_let_through_and_said(
        self, policy: Policy, context: dict[str, Any], untold: tuple[str, ...]
    ) -> None:
        fate = Trial(make_source(policy=policy)).fate(record(context=context))
        assert (fate.reason, fate.untold) == ("", untold)

    def test_what_is_left_of_an_address_is_judged(self) -> None:
        policy = Policy(block_networks=("203.0.0.0/16", "203.0.113.7"))
        fate = Trial(make_source(policy=policy)).fate(record())
        assert (fate.reason, fate.rule) == ("network_blocked", "203.0.0.0/16")
        assert fate.untold == ("networks",)

    def test_consent_is_what_was_kept_of_it(self) -> None:
        policy = Policy(consent="opt-in", categories=(Category(name="ads", actions=("banner.*",)),))
        trial = Trial(make_source(policy=policy))
        assert trial.fate(record()).reason == "no_consent"
        assert trial.fate(record(context={"consent": {"granted": True}})).reason == ""
        refused = {"consent": {"granted": True, "categories": {"ads": False}}}
        assert trial.fate(record("banner.show", context=refused)).reason == "no_consent"
        for odd in ("granted", {"granted": "yes"}, [1]):
            assert trial.fate(record(context={"consent": odd})).reason == "no_consent"


def test_the_sums_of_a_trial_add_up_and_examples_are_few() -> None:
    trial = Trial(make_source(policy=Policy(block=("debug.*",), block_params=("a", "b"))))
    for number in range(10):
        trial.add(record("debug.x", seq=number))
        trial.add(record("page.visit", seq=100 + number, params={"a": 1, "b": 2}, received_ms=NOON - number))
        trial.add(record("session.start", seq=200 + number, derived=True))
    assert (trial.seen, trial.refused, trial.same) == (30, 10, 10)
    assert trial.oldest_ms == NOON - 9
    assert {key: tally.count for key, tally in trial.dropped.items()} == {("action_blocked", "debug.*"): 10}
    counts = {key: tally.count for key, tally in trial.changed.items()}
    assert counts == {("block_params", "a"): 10, ("block_params", "b"): 10}
    assert [len(tally.examples) for tally in (*trial.dropped.values(), *trial.changed.values())] == [3, 3, 3]


def test_an_event_of_ours_is_judged_by_its_action_alone() -> None:
    policy = Policy(allow_agents=("Firefox",), consent="opt-in", block=("session.end",))
    trial = Trial(make_source(policy=policy))
    assert trial.fate(record("session.start", derived=True, context={})).reason == ""
    assert trial.fate(record("session.end", derived=True, context={})).reason == "action_blocked"
