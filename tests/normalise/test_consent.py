"""What a sender tells of consent: read as said, and never as a grant where it cannot be read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.consent import ConsentState
from collector.normalise import normalise
from collector.normalise.consent import MAX_CATEGORIES, consent_state
from tests.pipeline.anything import JSON
from tests.pipeline.make import make_beacon, make_raw

UNDECIDED = ConsentState()


@pytest.mark.parametrize(
    ("told", "state"),
    [
        pytest.param("granted", ConsentState(granted=True), id="granted"),
        pytest.param("denied", ConsentState(granted=False), id="denied"),
        pytest.param({"granted": True}, ConsentState(granted=True), id="granted, as an object"),
        pytest.param(
            {"granted": False, "categories": {"ads": True}},
            ConsentState(granted=False, categories={"ads": True}),
            id="denied, but for one category",
        ),
        pytest.param(
            {"categories": {"ads": False, "maps": True}},
            ConsentState(categories={"ads": False, "maps": True}),
            id="categories alone",
        ),
        pytest.param({"granted": True, "categories": None}, ConsentState(granted=True), id="no categories"),
        pytest.param(None, UNDECIDED, id="nothing"),
        pytest.param({}, UNDECIDED, id="an empty object"),
        pytest.param("Granted", UNDECIDED, id="another word"),
        pytest.param(True, UNDECIDED, id="a bare yes"),
        pytest.param(["granted"], UNDECIDED, id="a list"),
        pytest.param({"granted": "granted"}, UNDECIDED, id="a word for a yes"),
        pytest.param({"granted": 1}, UNDECIDED, id="a number for a yes"),
        pytest.param(
            {"granted": True, "categories": {"ads": "yes"}},
            ConsentState(granted=True, categories={"ads": False}),
            id="a category's word is no yes",
        ),
        pytest.param(
            {"granted": True, "categories": "ads"}, UNDECIDED, id="a grant with what is no categories"
        ),
        pytest.param(
            {"granted": True, "categories": {f"c{n}": False for n in range(MAX_CATEGORIES + 1)}},
            UNDECIDED,
            id="a grant with too many categories",
        ),
        pytest.param(
            {"granted": False, "categories": 1}, ConsentState(granted=False), id="a denial with the same"
        ),
        pytest.param(
            {"granted": True, "categories": {"Ads": True, "": True, "a" * 33: True, "a\n": True, "a": True}},
            ConsentState(granted=True, categories={"a": True}),
            id="names that no policy can have",
        ),
    ],
)
def test_what_is_told_of_consent(told: Any, state: ConsentState) -> None:
    assert consent_state(told) == state
    assert normalise(make_raw(consent=told), make_beacon()).consent == state


@given(told=JSON | st.fixed_dictionaries({}, optional={"granted": JSON, "categories": JSON}))
def test_nothing_but_a_plain_yes_is_a_grant(told: Any) -> None:
    state = consent_state(told)
    if state.granted:
        assert told == "granted" or told["granted"] is True
    for name, yes in state.categories.items():
        assert not yes or told["categories"][name] is True


def test_a_page_cannot_say_under_what_its_event_was_stored() -> None:
    raw = make_raw(context={"consent": {"granted": True}, "theme": "dark"}, consent="denied")
    event = normalise(raw, make_beacon())
    assert event.context == {"original": {"context": {"theme": "dark"}}}
    assert event.consent == ConsentState(granted=False)


SECRET = "what a page adds"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param({"by": "call"}, {"by": "call"}, id="who"),
        pytest.param(
            {"by": "tcf", "text_version": "v3", "categories": {"ads": True, "maps": 0}, "email": SECRET},
            {"by": "tcf", "text_version": "v3", "categories": {"ads": True, "maps": False}},
            id="the known names alone",
        ),
        pytest.param(
            {"by": {"a": SECRET}, "text_version": [SECRET], "categories": SECRET}, {}, id="wrong kinds"
        ),
        pytest.param({"text_version": "v" * 65}, {}, id="a text version that is none"),
        pytest.param({"by": "b" * 99}, {"by": "b" * 32}, id="a long name"),
    ],
)
def test_evidence_holds_what_makes_it_evidence_and_no_more(
    sent: dict[str, Any], kept: dict[str, Any]
) -> None:
    raw = make_raw("consent.granted", params=sent, consent="denied")
    event = normalise(raw, make_beacon())
    assert event.params == kept
    # Its own word counts, not what the envelope says.
    assert event.consent == ConsentState(granted=True, categories=kept.get("categories", {}))
    assert event.profile is None
