"""What a policy keeps of texts does not depend on which texts came before."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model.event import Params
from collector.model.policy import Policy
from collector.privacy.texts import MAX_PLAIN, MAX_PLAIN_LENGTH, Texts

POLICIES = [
    Policy(),
    Policy(query="all", redact=()),
    Policy(redact_params=True),
    Policy(keep_referrer=False, keep_language=False, keep_screen=False, geo="none"),
]

NAMES = st.sampled_from(["url", "title", "referrer", "language", "note", "city", "a@b.example", "n", "path"])
TEXTS = st.sampled_from(
    [
        *("plain", "https://shop.example/a?token=1#b", "/cart?id=1", "write to jan@shop.example", ""),
        *("+48 600 700 800", "4111 1111 1111 1111", "de", "x" * (MAX_PLAIN_LENGTH + 1), "?a=1"),
    ]
)
VALUES = TEXTS | st.sampled_from([1, 1.0, True, None, 0, False, 4111111111111111, -4111111111111111])
PARAMS = st.recursive(
    st.dictionaries(NAMES, VALUES, max_size=4),
    lambda inner: st.dictionaries(NAMES, VALUES | inner | st.lists(VALUES | inner, max_size=2), max_size=4),
    max_leaves=6,
)


def kept(texts: Texts, action: str, params: Params) -> str:
    """As text: 1, 1.0 and True are equal, and must not stand for one another."""
    return repr((texts.params(action, params), texts.context(params)))


@pytest.mark.parametrize("policy", POLICIES)
@given(
    before=st.lists(PARAMS, max_size=4), params=PARAMS, action=st.sampled_from(["page.visit", "form.submit"])
)
def test_what_came_before_changes_nothing(
    policy: Policy, before: list[Params], params: Params, action: str
) -> None:
    used = Texts(policy)
    for earlier in before:
        for other in ("page.visit", "form.submit"):
            kept(used, other, earlier)
    assert kept(used, action, params) == kept(Texts(policy), action, params)


def remembered(texts: Texts) -> set[tuple[str, Any]]:
    return texts._params.plain | texts._beside.plain | texts._personal.plain | texts._personal_within.plain


def test_no_more_is_remembered_than_is_kept() -> None:
    texts = Texts(Policy(query="listed"))
    for text in ("https://shop.example/?token=secret", "https://jan:secret@shop.example/"):
        texts.params("page.visit", {"url": text, "title": "write to jan@shop.example"})
        texts.context({"page": {"url": text, "title": "write to jan@shop.example"}})
    texts.params("form.submit", {"formData": {"email": "jan@shop.example", "name": "Jan"}, "formId": "f"})
    assert remembered(texts) == set()


def test_what_is_remembered_is_bounded() -> None:
    texts = Texts(Policy())
    for number in range(3 * MAX_PLAIN):
        texts.params("page.visit", {"note": f"n{number}", "long": f"{number}" + "x" * MAX_PLAIN_LENGTH})
    assert 0 < len(remembered(texts)) <= MAX_PLAIN
    assert all(name == "note" for name, _ in remembered(texts))
