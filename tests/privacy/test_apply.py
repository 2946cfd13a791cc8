"""Privacy: what ends collection, what is kept of an event, and what may follow from it."""

import uuid

import msgspec
import pytest

from collector.model.event import EventRecord
from collector.model.outcome import Reason, Rejected
from collector.model.policy import Address, Policy, Trust
from collector.model.source import SessionSettings, Settings
from collector.normalise import normalise
from collector.privacy import apply_privacy, derive_from
from tests.pipeline.make import NOON, make_beacon, make_event, make_raw, make_source, rejection

SECRET = "a word only this visitor wrote"
ADDRESS = "203.0.113.77"


@pytest.mark.parametrize(
    ("policy", "gpc", "dnt", "expected"),
    [
        pytest.param(Policy(), False, False, None, id="no wish"),
        pytest.param(Policy(), True, False, Reason.OPTED_OUT, id="GPC is honoured by default"),
        pytest.param(Policy(), False, True, None, id="DNT is not, by default"),
        pytest.param(
            Policy(do_not_track=True), False, True, Reason.OPTED_OUT, id="DNT where the source says so"
        ),
        pytest.param(Policy(global_privacy_control=False), True, False, None, id="GPC is switched off"),
        pytest.param(Policy(do_not_track=True), False, False, None, id="DNT would be honoured, none sent"),
    ],
)
def test_the_browsers_wish_ends_collection(
    policy: Policy, gpc: bool, dnt: bool, expected: Reason | None
) -> None:
    beacon = make_beacon(global_privacy_control=gpc, do_not_track=dnt)
    rejected = rejection(apply_privacy, make_event(), beacon, make_source(policy=policy))
    assert (rejected.reason if rejected else None) is expected


@pytest.mark.parametrize(
    ("bots", "is_bot", "rejected"),
    [("mark", True, False), ("reject", True, True), ("reject", False, False)],
)
def test_bots_are_refused_only_where_the_policy_says_so(bots: str, is_bot: bool, rejected: bool) -> None:
    source = make_source(policy=msgspec.convert({"bots": bots}, Policy))
    event = make_event(context={"bot": is_bot})
    if not rejected:
        assert apply_privacy(event, make_beacon(), source).context["bot"] is is_bot
        return
    with pytest.raises(Rejected) as refusal:
        apply_privacy(event, make_beacon(), source)
    assert refusal.value.reason is Reason.BOT_BLOCKED


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(block=("page.*",)), id="blocked"),
        pytest.param(Policy(allow=("other",)), id="not allowed"),
        pytest.param(Policy(block_paths=("/*",)), id="page blocked"),
        pytest.param(Policy(allow_paths=("/other",)), id="page not allowed"),
        pytest.param(Policy(bots="reject"), id="bot"),
        pytest.param(Policy(do_not_track=True), id="opted out"),
    ],
)
def test_the_detail_of_a_refusal_names_our_rule_and_nothing_of_the_visitor(policy: Policy) -> None:
    event = make_event(
        "page.visit",
        label=SECRET,
        params={"q": SECRET, "url": f"/{SECRET}"},
        uuid=SECRET,
        context={"bot": True, "page": SECRET},
    )
    with pytest.raises(Rejected) as rejected:
        apply_privacy(event, make_beacon(do_not_track=True, user_agent=SECRET), make_source(policy=policy))
    assert SECRET not in rejected.value.detail
    assert ADDRESS not in str(rejected.value)


@pytest.mark.parametrize(
    ("rule", "expected"), [("shortened", "203.0.113.0"), ("full", ADDRESS), ("dropped", None)]
)
def test_what_is_kept_of_the_address(rule: Address, expected: str | None) -> None:
    source = make_source(policy=Policy(address=rule))
    assert apply_privacy(make_event(), make_beacon(), source).context.get("address") == expected


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("trust", ["strict", "standard", "trusting"])
def test_trust_was_decided_at_admission(trusted: bool, trust: Trust) -> None:
    source = make_source(policy=Policy(trust=trust))
    assert apply_privacy(make_event(trusted=trusted), make_beacon(), source).trusted is trusted


def test_session_length_is_the_sources() -> None:
    source = make_source(settings=Settings(session=SessionSettings(minutes=20)))
    assert apply_privacy(make_event(), make_beacon(), source).session_ms == 20 * 60_000


def test_the_events_own_context_is_left_alone() -> None:
    event = make_event()
    apply_privacy(event, make_beacon(), make_source())
    assert event.context == {}


def test_derived_event_holds_kept_values_of_its_cause_and_not_its_params() -> None:
    context = {"geo": {"country": "Poland"}, "browser": {"name": "Firefox"}, "page": SECRET, "session": "s"}
    source = make_source()
    cause = apply_privacy(make_event(context=context, params={"q": SECRET}), make_beacon(), source)
    derived = cause.derive("session.start", "Started session", {"mobile": False}, NOON - 5)
    assert derived is not None
    assert derived.context == {
        "geo": {"country": "Poland"},
        "browser": {"name": "Firefox"},
        "address": "203.0.113.0",
    }
    assert (derived.params, derived.time_ms, derived.uuid) == ({"mobile": False}, NOON - 5, cause.uuid)
    assert not derived.trusted
    assert derived.profile is None


@pytest.mark.parametrize(
    ("policy", "made"),
    [
        pytest.param(Policy(), True, id="no lists"),
        pytest.param(Policy(block=("session.*",)), False, id="blocked"),
        pytest.param(Policy(block=("session.end",)), True, id="another one blocked"),
        pytest.param(Policy(allow=("page.*",)), False, id="not on the allow list"),
        pytest.param(Policy(allow=("page.*", "session.start")), True, id="on the allow list"),
    ],
)
def test_derived_event_is_under_the_same_lists(policy: Policy, made: bool) -> None:
    cause = apply_privacy(make_event("page.visit"), make_beacon(), make_source(policy=policy))
    assert (cause.derive("session.start", "Started session", {}, NOON) is not None) is made


def test_derived_id_is_stable_and_differs_by_cause_action_and_source() -> None:
    def derived_id(cause_id: str = "event-1", action: str = "session.start", salt: bytes = bytes(32)) -> str:
        cause = apply_privacy(make_event(id=cause_id), make_beacon(), make_source(salt=salt))
        derived = cause.derive(action, "x", {}, NOON)
        assert derived is not None
        return derived.id

    assert derived_id() == derived_id()
    assert uuid.UUID(derived_id()).version == 5
    others = {
        derived_id("event-2"),
        derived_id(action="session.end"),
        derived_id(salt=b"\x01" * 32),
    }
    assert len(others | {derived_id()}) == 4


def test_derived_id_cannot_be_told_from_what_the_sender_knows() -> None:
    """Else a sender could take the id first, and the derived event would be a duplicate."""
    source = make_source()
    cause = apply_privacy(make_event(), make_beacon(), source)
    derived = cause.derive("session.start", "x", {}, NOON)
    assert derived is not None
    name = "event-1:session.start"
    known = [
        uuid.NAMESPACE_DNS,
        uuid.NAMESPACE_OID,
        uuid.NAMESPACE_URL,
        uuid.UUID(int=0),
        uuid.UUID(source.source_id),
    ]
    assert derived.id not in {str(uuid.uuid5(space, name)) for space in known}


def _record(**context: object) -> EventRecord:
    return EventRecord(
        seq=1,
        id="event-1",
        action="page.visit",
        label="Visited page",
        time_ms=NOON,
        received_ms=NOON,
        source_id="s",
        profile_id=1,
        session_id="session",
        uuid="u",
        params={"q": SECRET},
        context=context,
        derived=False,
    )


def test_what_follows_from_a_stored_event_has_the_id_it_had_when_it_was_new() -> None:
    source = make_source()
    fresh = apply_privacy(make_event(), make_beacon(), source).derive("session.end", "x", {}, NOON)
    later = derive_from(_record(), source)("session.end", "x", {}, NOON)
    assert fresh is not None
    assert later is not None
    assert fresh.id == later.id


@pytest.mark.parametrize(
    ("rule", "expected"), [("shortened", "203.0.113.0"), ("dropped", None), ("full", ADDRESS)]
)
def test_what_follows_from_a_stored_event_obeys_the_address_rule_now_in_force(
    rule: Address, expected: str | None
) -> None:
    """The owner has tightened the rule since: the full address must not be written again."""
    end = derive_from(_record(address=ADDRESS), make_source(policy=Policy(address=rule)))(
        "session.end", "Session end", {}, NOON
    )
    assert end is not None
    assert end.context.get("address") == expected


def test_what_follows_from_a_stored_event_obeys_the_lists_now_in_force() -> None:
    source = make_source(policy=Policy(block=("session.end",)))
    assert derive_from(_record(), source)("session.end", "Session end", {}, NOON) is None


def test_a_param_that_is_taken_out_reaches_no_profile_either() -> None:
    raw = make_raw(
        "form.submit",
        params={"formType": "contact", "formData": {"tel": "600700800", "e": "a@b.pl", "city": "Łódź"}}
        | {"mapping": {"phone": "tel", "email": "e"}},
    )
    event = normalise(raw, make_beacon())
    stored = apply_privacy(event, make_beacon(), make_source(policy=Policy(block_params=("formData.tel",))))
    assert stored.profile is not None
    assert (stored.profile.email, stored.profile.fields) == ("a@b.pl", {"city": "Łódź"})
    assert "600700800" not in repr(stored)
    none = apply_privacy(event, make_beacon(), make_source(policy=Policy(block_params=("formData",))))
    assert none.profile is not None
    assert (none.profile.email, none.profile.fields, none.profile.attributes) == (None, {}, {})


def test_derived_event_is_under_the_same_lists_of_params() -> None:
    policy = Policy(block_params=("mobile",), block_paths=("/private",))
    cause = apply_privacy(make_event(), make_beacon(), make_source(policy=policy))
    derived = cause.derive("session.start", "Started session", {"mobile": True, "count": 1}, NOON)
    assert derived is not None
    assert derived.params == {"count": 1}


@pytest.mark.parametrize(
    ("policy", "form", "mapping"),
    [
        pytest.param(
            Policy(),
            {"https://u:p@x": "own@x.example", "https://x": "victim@x.example"},
            {"email": "https://u:p@x"},
            id="a mapping that reads another name once it is cut",
        ),
        pytest.param(
            Policy(block_params=("formData.email",)),
            {"email": "own@x.example", "E-mail": "victim@x.example"},
            {"email": "E-mail"},
            id="the mapped one is another's",
        ),
        pytest.param(
            Policy(block_params=("mapping",)),
            {"mine": "own@x.example", "email": "victim@x.example"},
            {"email": "mine"},
            id="the mapping is blocked",
        ),
        pytest.param(
            Policy(hash_params=("formData.mine",)),
            {"mine": "own@x.example", "email": "victim@x.example"},
            {"email": "mine"},
            id="the mapped one is hashed",
        ),
    ],
)
def test_what_is_taken_out_puts_nobody_else_in_its_place(
    policy: Policy, form: dict[str, str], mapping: dict[str, str]
) -> None:
    """A token was checked against whom the event named as it was sent."""
    beacon = make_beacon()
    event = normalise(make_raw("form.submit", params={"formData": form, "mapping": mapping}), beacon)
    assert event.profile is not None
    kept = apply_privacy(event, beacon, make_source(policy=policy)).profile
    assert kept is None or kept.email in (None, event.profile.email)
