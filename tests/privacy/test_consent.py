"""Consent: what each state lets be stored under each mode, and what is kept in evidence."""

from typing import Any

import pytest

from collector.model.consent import ConsentDecision, ConsentState
from collector.model.event import EventRecord
from collector.model.outcome import Reason
from collector.model.policy import Category, ConsentMode, Policy
from collector.privacy import apply_privacy, derive_from
from tests.pipeline.make import NOON, make_beacon, make_event, make_source, rejection

UNDECIDED = ConsentState()
YES = ConsentState(granted=True)
NO = ConsentState(granted=False)
ADS = (Category(name="ads", actions=("ad.*",)), Category(name="maps", actions=("map.open", "ad.map")))


def ads(yes: bool, granted: bool | None = None) -> ConsentState:
    """A word about the category `ads`, and a general one."""
    return ConsentState(granted=granted, categories={"ads": yes})


def refusal(
    action: str, state: ConsentState, policy: Policy, *, trusted: bool = False, signed_in: bool = False
) -> tuple[Reason, str] | None:
    """Why an event under this state is not kept, and by which rule; None where it is kept."""
    beacon = make_beacon(trusted=trusted, signed_in=signed_in)
    event = make_event(action, consent=state, trusted=trusted)
    rejected = rejection(apply_privacy, event, beacon, make_source(policy=policy))
    return None if rejected is None else (rejected.reason, rejected.rule)


OUT: ConsentMode = "opt-out"
IN: ConsentMode = "opt-in"


@pytest.mark.parametrize(
    ("mode", "state", "action", "rule"),
    [
        pytest.param("none", UNDECIDED, "a", None, id="nobody is asked"),
        pytest.param("none", NO, "a", None, id="nobody is asked, a no is told all the same"),
        pytest.param(OUT, UNDECIDED, "a", None, id="opt-out, undecided"),
        pytest.param(OUT, YES, "a", None, id="opt-out, granted"),
        pytest.param(OUT, NO, "a", OUT, id="opt-out, denied"),
        pytest.param(IN, UNDECIDED, "a", IN, id="opt-in, undecided"),
        pytest.param(IN, YES, "a", None, id="opt-in, granted"),
        pytest.param(IN, NO, "a", IN, id="opt-in, denied"),
        pytest.param(IN, ads(True), "a", IN, id="a category's yes is none for the rest"),
        pytest.param(OUT, ads(False), "a", None, id="a category's no is none for the rest"),
        pytest.param("none", UNDECIDED, "ad.seen", None, id="category, nobody is asked"),
        pytest.param("none", NO, "ad.seen", "ads", id="category, nobody is asked, denied"),
        pytest.param("none", ads(False), "ad.seen", "ads", id="category, nobody is asked, its no"),
        pytest.param(OUT, UNDECIDED, "ad.seen", None, id="category, opt-out, undecided"),
        pytest.param(OUT, ads(False, True), "ad.seen", "ads", id="category, opt-out, granted but its no"),
        pytest.param(OUT, ads(True, False), "ad.seen", None, id="category, opt-out, denied but its yes"),
        pytest.param(IN, UNDECIDED, "ad.seen", "ads", id="category, opt-in, undecided"),
        pytest.param(IN, YES, "ad.seen", None, id="category, opt-in, granted as a whole"),
        pytest.param(IN, ads(False, True), "ad.seen", "ads", id="category, opt-in, granted but its no"),
        pytest.param(IN, ads(True), "ad.seen", None, id="category, opt-in, its yes alone"),
        pytest.param(IN, ads(True), "map.open", "maps", id="another category's yes"),
        pytest.param(IN, ads(True), "ad.map", None, id="of two categories the first decides"),
    ],
)
def test_what_a_state_lets_be_stored(
    mode: ConsentMode, state: ConsentState, action: str, rule: str | None
) -> None:
    expected = None if rule is None else (Reason.NO_CONSENT, rule)
    assert refusal(action, state, Policy(consent=mode, categories=ADS)) == expected


@pytest.mark.parametrize(
    ("state", "action", "rule"),
    [
        pytest.param(UNDECIDED, "a", None, id="nothing told"),
        pytest.param(UNDECIDED, "ad.seen", None, id="nothing told, in a category"),
        pytest.param(NO, "a", IN, id="a told denial"),
        pytest.param(ads(False, True), "ad.seen", "ads", id="a told no to the category"),
    ],
)
def test_a_back_end_answers_for_what_it_sends_without_a_word(
    state: ConsentState, action: str, rule: str | None
) -> None:
    expected = None if rule is None else (Reason.NO_CONSENT, rule)
    policy = Policy(consent=IN, categories=ADS)
    assert refusal(action, state, policy, trusted=True) == expected


@pytest.mark.parametrize("trusted", [True, False])
def test_who_has_signed_in_has_not_agreed(trusted: bool) -> None:
    policy = Policy(consent=IN, categories=ADS)
    for action, state, rule in (("a", UNDECIDED, IN), ("ad.seen", UNDECIDED, "ads"), ("a", YES, None)):
        found = refusal(action, state, policy, trusted=trusted, signed_in=True)
        assert found == (rule and (Reason.NO_CONSENT, rule))


def test_a_token_of_the_person_is_no_word_of_a_back_end() -> None:
    event = make_event("a", trusted=True)
    rejected = rejection(apply_privacy, event, make_beacon(), make_source(policy=Policy(consent=IN)))
    assert rejected is not None
    assert rejected.reason is Reason.NO_CONSENT


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        pytest.param(UNDECIDED, None, id="undecided"),
        pytest.param(YES, {"granted": True}, id="granted"),
        pytest.param(ads(True), {"categories": {"ads": True}}, id="a category"),
        pytest.param(
            ConsentState(granted=True, categories={"ads": True, "other": True}),
            {"granted": True, "categories": {"ads": True}},
            id="of categories those that the policy has",
        ),
    ],
)
def test_an_event_tells_under_what_it_was_stored(state: ConsentState, kept: object) -> None:
    policy = Policy(categories=ADS, allow_params=("title",))
    stored = apply_privacy(make_event(consent=state), make_beacon(), make_source(policy=policy))
    assert stored.context.get("consent") == kept


@pytest.mark.parametrize(
    ("mode", "state", "made"),
    [
        pytest.param(IN, YES, True, id="granted as a whole"),
        pytest.param(IN, ConsentState(granted=True, categories={"visits": False}), False, id="its own no"),
        pytest.param(OUT, UNDECIDED, True, id="opt-out, undecided"),
        pytest.param(OUT, ConsentState(categories={"visits": False}), False, id="opt-out, its own no"),
    ],
)
def test_what_follows_from_an_event_needs_the_yes_to_its_own_category(
    mode: ConsentMode, state: ConsentState, made: bool
) -> None:
    policy = Policy(consent=mode, categories=(Category(name="visits", actions=("session.*",)),))
    source = make_source(policy=policy)
    cause = apply_privacy(make_event(consent=state), make_beacon(), source)
    start = cause.derive("session.start", "Started session", {}, NOON)
    assert (start is not None) is made
    if start is not None:
        assert start.context.get("consent") == cause.context.get("consent")
    record = EventRecord(
        seq=1,
        id=cause.id,
        action=cause.action,
        label="",
        time_ms=NOON,
        received_ms=NOON,
        source_id=source.source_id,
        profile_id=1,
        session_id="s",
        uuid="u",
        params={},
        context=cause.context,
        derived=False,
    )
    assert (derive_from(record, source)("session.end", "Session end", {}, NOON) is not None) is made


def evidence(action: str = "consent.granted", policy: Policy | None = None, **fields: Any) -> ConsentDecision:
    """What is kept of a decision in evidence."""
    event = make_event(action, **{"consent": ConsentState(granted=action == "consent.granted")} | fields)
    kept = apply_privacy(
        event, make_beacon(), make_source(policy=policy or Policy(), policy_version=7)
    ).evidence
    assert kept is not None
    return kept


def test_evidence_tells_who_said_what_about_which_text() -> None:
    policy = Policy(consent_text="v2")
    assert evidence(policy=policy, params={"by": "tcf", "text_version": "v3"}) == ConsentDecision(
        state=YES, method="tcf", text_version="v3", policy_version=7
    )
    assert evidence("consent.denied", policy, params={}) == ConsentDecision(
        state=NO, method="other", text_version="v2", policy_version=7
    )
    assert evidence(params={"by": "a stranger"}).method == "other"


def test_evidence_holds_no_names_that_the_sender_made_up() -> None:
    told = {"ads": False, "jane-doe-example-com": True}
    policy = Policy(categories=(Category(name="ads", actions=("ads.*",)),))
    state = ConsentState(granted=True, categories=told)
    event = make_event("consent.granted", consent=state, params={"by": "call", "categories": told})
    kept = apply_privacy(event, make_beacon(), make_source(policy=policy))
    assert kept.evidence is not None
    assert kept.evidence.state.categories == kept.params["categories"] == {"ads": False}


def test_a_text_s_version_is_no_longer_once_it_is_redacted() -> None:
    long = ("a@b.co " * 9).strip()  # 62 characters, and 71 as [email] [email] ...
    assert len(evidence(params={"text_version": long}).text_version) == 64


def test_of_a_refusal_nothing_of_the_page_s_own_words_is_kept() -> None:
    event = make_event(
        "consent.denied", label="My name is Jane", consent=NO, context={"page": {"note": "Jane"}}
    )
    kept = apply_privacy(event, make_beacon(), make_source(policy=Policy(consent=IN)))
    assert (kept.label, kept.context) == ("consent.denied", {"consent": {"granted": False}})


@pytest.mark.parametrize("action", ["consent.granted", "consent.denied"])
@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        pytest.param(Policy(consent=IN), True, id="opt-in"),
        pytest.param(Policy(consent=OUT), True, id="opt-out"),
        pytest.param(Policy(allow=("page.*",)), True, id="an allow list without it"),
        pytest.param(
            Policy(consent=IN, categories=(Category(name="all", actions=("*",)),)),
            True,
            id="a category of all",
        ),
        pytest.param(Policy(block=("consent.*",)), False, id="blocked by name"),
        pytest.param(Policy(block=("*",)), False, id="all blocked"),
    ],
)
def test_a_decision_needs_no_consent_and_no_allow_list(action: str, policy: Policy, kept: bool) -> None:
    state = ConsentState(granted=action == "consent.granted")
    event = make_event(action, consent=state)
    assert (rejection(apply_privacy, event, make_beacon(), make_source(policy=policy)) is None) is kept


def test_the_browser_s_wish_is_above_a_decision() -> None:
    beacon = make_beacon(global_privacy_control=True)
    rejected = rejection(apply_privacy, make_event("consent.granted", consent=YES), beacon, make_source())
    assert rejected is not None
    assert rejected.reason is Reason.OPTED_OUT


def test_what_is_no_decision_is_no_evidence() -> None:
    event = make_event("consent.asked", consent=YES)
    assert apply_privacy(event, make_beacon(), make_source()).evidence is None
