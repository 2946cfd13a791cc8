"""Lists of actions: exact names and `prefix.*`; block wins, a non-empty allow list admits only its own."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.outcome import Reason
from collector.model.policy import Policy
from collector.privacy import apply_privacy
from collector.privacy.lists import ActionList
from tests.pipeline.make import make_beacon, make_event, make_source, rejection


@pytest.mark.parametrize(
    ("rules", "action", "expected"),
    [
        pytest.param((), "page.visit", None, id="no rule"),
        pytest.param(("page.visit",), "page.visit", "page.visit", id="exact"),
        pytest.param(("page.visit",), "page.visits", None, id="exact is no prefix"),
        pytest.param(("page.visit",), "Page.visit", None, id="case counts"),
        pytest.param(("page.*",), "page.visit", "page.*", id="prefix"),
        pytest.param(("page.*",), "page.visit.again", "page.*", id="prefix of three parts"),
        pytest.param(("page.*",), "page", None, id="prefix needs its dot"),
        pytest.param(("page.*",), "pages.visit", None, id="prefix ends at its dot"),
        pytest.param(("page.*",), "page.", "page.*", id="nothing behind the dot"),
        pytest.param(("a.b.*",), "a.b.c", "a.b.*", id="nested prefix"),
        pytest.param(("a.b.*",), "a.c", None, id="nested prefix, another branch"),
        pytest.param(("a.*", "a.b.*"), "a.b.c", "a.*", id="both prefixes: the shorter is named"),
        pytest.param(("a.*", "a.b"), "a.b", "a.b", id="exact is named before the prefix"),
        pytest.param(("*",), "anything", "*", id="all"),
        pytest.param(("*",), "a.b", "*", id="all, with a dot"),
        pytest.param((".*",), ".a", ".*", id="an empty first part"),
        pytest.param(("zażółć jaźń",), "zażółć jaźń", "zażółć jaźń", id="names of other dialects"),
    ],
)
def test_rule_that_fits(rules: tuple[str, ...], action: str, expected: str | None) -> None:
    assert ActionList(rules).match(action) == expected


@pytest.mark.parametrize(
    ("allow", "block", "action", "expected"),
    [
        pytest.param((), (), "page.visit", None, id="no lists"),
        pytest.param((), ("debug.*",), "debug.staff", Reason.ACTION_BLOCKED, id="blocked"),
        pytest.param((), ("debug.*",), "page.visit", None, id="not blocked"),
        pytest.param(("page.*",), (), "page.visit", None, id="allowed"),
        pytest.param(("page.*",), (), "form.submit", Reason.ACTION_NOT_ALLOWED, id="not on the allow list"),
        pytest.param(("page.*",), ("page.visit",), "page.visit", Reason.ACTION_BLOCKED, id="block wins"),
        pytest.param(
            ("page.visit",), ("page.*",), "page.visit", Reason.ACTION_BLOCKED, id="block wins by prefix"
        ),
        pytest.param(("*",), (), "anything", None, id="all allowed"),
        pytest.param((), ("*",), "anything", Reason.ACTION_BLOCKED, id="all blocked"),
    ],
)
def test_lists_of_a_policy(
    allow: tuple[str, ...], block: tuple[str, ...], action: str, expected: Reason | None
) -> None:
    source = make_source(policy=Policy(allow=allow, block=block))
    rejected = rejection(apply_privacy, make_event(action), make_beacon(), source)
    assert (rejected.reason if rejected else None) is expected


@pytest.mark.parametrize("rule", ["", "a*", "*.a", "a.*.b", "**", "a\nb", "a\x00", "x" * 256, "a.b*"])
def test_policy_refuses_a_rule_that_would_fit_nothing_or_too_much(rule: str) -> None:
    for name in ("allow", "block"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({name: [rule]}, Policy)


_PART = st.text("ab.", max_size=5)
_RULE = st.one_of(_PART.filter(bool), _PART.map(lambda part: f"{part}.*"), st.just("*"))


def _naive(rules: list[str], action: str) -> bool:
    return any(action.startswith(r[:-1]) if r.endswith("*") else action == r for r in rules)


@given(st.lists(_RULE, max_size=5), st.text("ab.", min_size=1, max_size=8))
def test_lists_agree_with_walking_every_rule(rules: list[str], action: str) -> None:
    found = ActionList(rules).match(action)
    assert (found is not None) == _naive(rules, action)
    assert found is None or found in rules
    assert bool(ActionList(rules)) == bool(rules)
