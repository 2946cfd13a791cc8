"""The rules for params hold for what a page tells beside them: its context and its label."""

import pytest

from collector.model.event import Params
from collector.model.policy import Policy
from collector.normalise import normalise
from collector.privacy import apply_privacy
from tests.pipeline.make import make_beacon, make_event, make_raw, make_source

SECRET = "a word only this visitor wrote"


def test_what_stood_beside_the_params_is_under_the_same_rules() -> None:
    context = {"original": {"email": SECRET, "context": {"traits": {"email": SECRET, "plan": "free"}}}}
    policy = Policy(block_params=("email", "context.traits.email"))
    stored = apply_privacy(make_event(context=context), make_beacon(), make_source(policy=policy))
    assert stored.context["original"] == {"context": {"traits": {"plan": "free"}}}
    assert context["original"]["email"] == SECRET


@pytest.mark.parametrize("name", ["page", "screen", "session", "language", "original"])
@pytest.mark.parametrize("policy", [Policy(block_params=("email", "in.email")), Policy(allow_params=("a",))])
def test_what_the_page_told_of_itself_is_under_the_same_rules(policy: Policy, name: str) -> None:
    raw = make_raw(context={name: {"email": SECRET, "in": {"email": SECRET}, "a": 1}})
    event = normalise(raw, make_beacon())
    stored = apply_privacy(event, make_beacon(), make_source(policy=policy))
    assert SECRET not in repr(stored)
    assert stored.context[name] == ({"a": 1} if policy.allow_params else {"in": {}, "a": 1})


_HOLDS = {"title": SECRET, "url": "/a"}


@pytest.mark.parametrize(
    ("policy", "sent", "kept"),
    [
        pytest.param(
            Policy(block_params=("title",)), {"page": [_HOLDS]}, {"page": [{"url": "/a"}]}, id="a list"
        ),
        pytest.param(
            Policy(allow_params=("url",)),
            {"page": [_HOLDS, SECRET]},
            {"page": [{"url": "/a"}]},
            id="allowed in it",
        ),
        pytest.param(Policy(allow_params=("other",)), {"page": [[_HOLDS]]}, {}, id="nothing left"),
        pytest.param(
            Policy(block_params=("a.title",)),
            {"page": {"a": [[_HOLDS]]}},
            {"page": {"a": [[{"url": "/a"}]]}},
            id="a list within",
        ),
        pytest.param(
            Policy(allow_params=("page",), block_params=("title",)),
            {"page": [_HOLDS, 7]},
            {"page": [{"url": "/a"}, 7]},
            id="a list that is named",
        ),
        pytest.param(
            Policy(mask_params=("title",)),
            {"page": [_HOLDS]},
            {"page": [{"title": "***", "url": "/a"}]},
            id="masked in a list",
        ),
        pytest.param(Policy(mask_params=("page",)), {"page": [_HOLDS]}, {"page": "***"}, id="a masked list"),
        *(
            pytest.param(
                Policy(allow_params=("url",)),
                {name: SECRET, "page": _HOLDS},
                {"page": {"url": "/a"}},
                id=name,
            )
            for name in ("session", "screen", "language", "timezone")
        ),
        pytest.param(Policy(allow_params=("screen",)), {"screen": "wide"}, {"screen": "wide"}, id="named"),
        pytest.param(Policy(block_params=("session",)), {"session": SECRET}, {}, id="blocked"),
        pytest.param(Policy(mask_params=("session",)), {"session": SECRET}, {"session": "***"}, id="masked"),
        pytest.param(Policy(allow_params=("a",)), {"screen": {SECRET: {"x": 1}}}, {}, id="an object's name"),
        pytest.param(
            Policy(block_params=("firstName", "traits.e")),
            {"firstName": SECRET, "traits": {"e": SECRET, "b": 1}},
            {"original": {"context": {"traits": {"b": 1}}}},
            id="unknown context",
        ),
        pytest.param(
            Policy(block_params=("context.firstName", "context.traits.e")),
            {"firstName": SECRET, "traits": {"e": SECRET, "b": 1}},
            {"original": {"context": {"traits": {"b": 1}}}},
            id="unknown context, as it is stored",
        ),
        pytest.param(
            Policy(allow_params=("traits.b", "context.c")),
            {"firstName": SECRET, "traits": {"e": SECRET, "b": 1}, "c": 1},
            {"original": {"context": {"traits": {"b": 1}, "c": 1}}},
            id="unknown context, allowed by either name",
        ),
        pytest.param(
            Policy(mask_params=("firstname",)),
            {"firstName": SECRET},
            {"original": {"context": {"firstName": "***"}}},
            id="unknown context, masked in any case",
        ),
    ],
)
def test_what_a_page_told_in_any_form(policy: Policy, sent: Params, kept: Params) -> None:
    event = normalise(make_raw("a", context=sent), make_beacon(address=""))
    stored = apply_privacy(event, make_beacon(address=""), make_source(policy=policy))
    assert stored.context == kept


def test_what_the_collector_told_is_not_under_the_rules_for_params() -> None:
    context = {"browser": {"name": "Firefox"}, "campaign": {"name": "spring"}}
    source = make_source(policy=Policy(block_params=("name",)))
    assert (
        apply_privacy(make_event(context=context), make_beacon(), source).context.items() >= context.items()
    )


@pytest.mark.parametrize(
    ("policy", "action", "label"),
    [
        pytest.param(Policy(), "page.visit", SECRET, id="no rule"),
        pytest.param(Policy(block_params=("title",)), "page.visit", "page.visit", id="blocked"),
        pytest.param(Policy(allow_params=("url",)), "page.visit", "page.visit", id="not allowed"),
        pytest.param(Policy(allow_params=("title",)), "page.visit", SECRET, id="allowed"),
        pytest.param(Policy(block_params=("url",)), "page.visit", SECRET, id="another one blocked"),
        pytest.param(Policy(block_params=("title",)), "login", SECRET, id="a label that holds no title"),
    ],
)
def test_a_title_that_may_not_be_kept_is_in_no_label(policy: Policy, action: str, label: str) -> None:
    event = make_event(action, label=SECRET, params={"url": "/"})
    assert apply_privacy(event, make_beacon(), make_source(policy=policy)).label == label
