"""Lists: exact names and prefixes; block wins, a non-empty allow list admits only its own."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.outcome import Reason
from collector.model.policy import Policy
from collector.privacy import apply_privacy
from collector.privacy.judge import judge
from collector.privacy.lists import RuleList
from collector.privacy.params import kept_params
from tests.pipeline.make import make_beacon, make_event, make_source, rejection
from tests.privacy.cases import PARAMS, ParamCase, leaves


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
    assert RuleList(rules).match(action) == expected


@pytest.mark.parametrize(
    ("rules", "name", "expected"),
    [
        pytest.param(("Form.Email",), "form.eMAIL", "Form.Email", id="exact"),
        pytest.param(("Form.*",), "FORM.x", "Form.*", id="all within"),
        pytest.param(("*",), "A", "*", id="all"),
        pytest.param(("straße",), "STRASSE", "straße", id="more letters in capitals"),
        pytest.param(("strasse",), "STRAßE", "strasse", id="and fewer"),
        pytest.param(("a", "A"), "A", "a", id="the first of two alike"),
        pytest.param(("ab",), "ABc", None, id="exact is no beginning"),
        pytest.param(("a.*", "b" * 9), "A" * 99, None, id="longer than any rule"),
    ],
)
def test_rule_that_fits_in_any_case(rules: tuple[str, ...], name: str, expected: str | None) -> None:
    assert RuleList(rules, any_case=True).match(name) == expected


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
    for name in ("allow", "block", "allow_params", "block_params"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({name: [rule]}, Policy)


@pytest.mark.parametrize(
    "rule",
    [
        *("", "account", "/a*", "/*/a", "/a/**", "/a b", "/a?b", "/a#b", "/żółw", "/a\nb", "/" + "x" * 1001),
        *("https://shop.example/", "a/*", "/a.*", '/a"', "/a\x7f"),
    ],
)
def test_policy_refuses_a_path_that_no_browser_writes(rule: str) -> None:
    for name in ("allow_paths", "block_paths"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({name: [rule]}, Policy)


@pytest.mark.parametrize(
    "rule", ["/", "/*", "*", "/a/*", "/a.html", "/a%20b;c=1,(d)", "/~x/@y/[z]|", "/a//b/"]
)
def test_policy_takes_a_path_as_a_browser_writes_it(rule: str) -> None:
    assert msgspec.convert({"block_paths": [rule]}, Policy).block_paths == (rule,)


@pytest.mark.parametrize("case", PARAMS, ids=lambda case: case.name)
def test_lists_of_params(case: ParamCase) -> None:
    source = make_source(policy=Policy(allow_params=case.allow, block_params=case.block))
    stored = apply_privacy(make_event(params=case.params), make_beacon(), source)
    assert stored.params == (case.kept if case.stored is None else case.stored)


_PART = st.text("ab.", max_size=5)
_RULE = st.one_of(_PART.filter(bool), _PART.map(lambda part: f"{part}.*"), st.just("*"))


def _naive(rules: list[str], action: str) -> bool:
    return any(action.startswith(r[:-1]) if r.endswith("*") else action == r for r in rules)


_NAMED = st.text("ab.", min_size=1, max_size=8)


@pytest.mark.parametrize("separator", [".", "/"], ids=["actions", "paths"])
@given(written=st.lists(_RULE, max_size=5), named=_NAMED)
def test_lists_agree_with_walking_every_rule(separator: str, written: list[str], named: str) -> None:
    rules, name = [rule.replace(".", separator) for rule in written], named.replace(".", separator)
    found = RuleList(rules, separator).match(name)
    assert (found is not None) == _naive(rules, name)
    assert found is None or found in rules
    assert bool(RuleList(rules, separator)) == bool(rules)


@given(st.lists(_RULE, max_size=3), st.lists(_RULE, max_size=3), _NAMED, st.booleans())
def test_block_wins_and_an_allow_list_admits_only_its_own(
    allow: list[str], block: list[str], name: str, of_pages: bool
) -> None:
    event = make_event(name)
    lists: dict[str, Any] = {"allow": tuple(allow), "block": tuple(block)}
    blocked, not_allowed = Reason.ACTION_BLOCKED, Reason.ACTION_NOT_ALLOWED
    if of_pages:

        def path(text: str) -> str:
            return text if text == "*" else re.sub("[./]+", "/", f"/{text}")

        event = make_event(params={"url": "https://a.example" + path(name)})
        lists = {"allow_paths": tuple(map(path, allow)), "block_paths": tuple(map(path, block))}
        blocked, not_allowed = Reason.PAGE_BLOCKED, Reason.PAGE_NOT_ALLOWED
        allow, block, name = list(lists["allow_paths"]), list(lists["block_paths"]), path(name)
    rejected = rejection(judge, event, make_beacon(), Policy(**lists))
    expected = blocked if _naive(block, name) else None
    if allow and not _naive(allow, name):
        expected = expected or not_allowed
    assert (rejected.reason if rejected else None) is expected


_NAME = st.text("ab.", min_size=1, max_size=3)
_VALUE: st.SearchStrategy[Any] = st.none() | st.integers() | st.lists(st.integers(), max_size=2)
_PARAMS = st.recursive(
    st.dictionaries(_NAME, _VALUE, max_size=3),
    lambda inner: st.dictionaries(_NAME, _VALUE | inner, max_size=3),
    max_leaves=8,
)


@given(_PARAMS, st.lists(_RULE, max_size=3), st.lists(_RULE, max_size=3))
def test_a_value_stays_where_every_rule_by_itself_lets_it(
    params: dict[str, Any], allow: list[str], block: list[str]
) -> None:
    policy = Policy(allow_params=tuple(allow), block_params=tuple(block))

    def stays(path: tuple[str, ...]) -> bool:
        names = [".".join(path[:end]) for end in range(1, len(path) + 1)]
        blocked = any(_naive(block, name) for name in names)
        return not blocked and (not allow or _naive(allow, names[-1]))

    kept = kept_params(params, policy)
    assert leaves(kept) == {path: value for path, value in leaves(params).items() if stays(path)}
    assert kept_params(kept, policy) == kept
