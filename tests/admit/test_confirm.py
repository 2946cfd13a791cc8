"""What a token proves: all that an event names, or nothing; and which actions need no proof."""

from typing import Any

import pytest

from collector.admit import confirm
from collector.auth.tokens import Claims
from collector.model.outcome import Reason
from collector.model.policy import Policy
from collector.model.profile import ProfileUpdate
from collector.privacy.rules import rules_of
from tests.pipeline.make import NOON, make_event, rejection

TRUSTED, UNTRUSTED, REFUSED = True, False, None


def _claims(uuid: str | None = None, email: str | None = None, custom_id: str | None = None) -> Claims:
    return Claims(uuid=uuid, email=email, custom_id=custom_id, expires_ms=NOON, not_before_ms=0, issued_ms=0)


def _becomes(
    event: dict[str, Any], claims: Claims | None, policy: Policy, action: str = "form.submit"
) -> object:
    """Whether the event is trusted afterwards; None where it is refused."""
    uuid = event.pop("uuid", None)
    made = make_event(action, uuid=uuid, profile=ProfileUpdate(**event) if event else None)
    rejected = rejection(confirm, made, claims, policy, rules_of(policy))
    if rejected is not None:
        assert rejected.reason is Reason.NOT_AUTHORISED
        return REFUSED
    return made.trusted


ALL = {"uuid": "u", "email": "a@b.co", "custom_id": "c"}


@pytest.mark.parametrize(
    ("event", "claims", "expected"),
    [
        pytest.param(ALL, ALL, TRUSTED, id="all of it"),
        pytest.param({"uuid": "u"}, ALL, TRUSTED, id="less than the token names"),
        pytest.param({"email": "A@B.co"}, ALL, TRUSTED, id="an e-mail in another case"),
        pytest.param(ALL, {"uuid": "u", "email": "a@b.co"}, UNTRUSTED, id="no customId in the token"),
        pytest.param(ALL, {"email": "a@b.co", "custom_id": "c"}, UNTRUSTED, id="no uuid in the token"),
        pytest.param(
            {"uuid": "u", "email": "a@b.co"}, {"uuid": "u"}, UNTRUSTED, id="an address without proof"
        ),
        pytest.param({}, ALL, UNTRUSTED, id="an event about nobody"),
        pytest.param(ALL, {**ALL, "uuid": "U"}, REFUSED, id="another uuid, by its case"),
        pytest.param(ALL, {**ALL, "email": "b@b.co"}, REFUSED, id="another e-mail"),
        pytest.param(ALL, {**ALL, "custom_id": "C"}, REFUSED, id="another customId"),
        pytest.param(
            {"uuid": "u", "custom_id": "c"}, {"custom_id": "x"}, REFUSED, id="one missing, one other"
        ),
        pytest.param(ALL, None, UNTRUSTED, id="no token"),
    ],
)
def test_a_token_must_cover_what_the_event_names(
    event: dict[str, Any], claims: dict[str, str] | None, expected: object
) -> None:
    said = None if claims is None else _claims(**claims)
    assert _becomes(dict(event), said, Policy()) is expected
    # The actions that may change profiles do so as without a token, but for a contradiction.
    free = TRUSTED if expected is not REFUSED else REFUSED
    assert _becomes(dict(event), said, Policy(trust="trusting")) is free
    assert _becomes(dict(event), said, Policy(profile_actions=("form.*",))) is free
    # Those that need a token do not.
    for policy in (
        Policy(trust="trusting", token_actions=("form.*",)),
        Policy(trust="strict", profile_actions=("form.*",)),
        Policy(token_actions=("*",), profile_actions=("*",)),
    ):
        assert _becomes(dict(event), said, policy) is expected


def test_an_api_key_is_trusted_whatever_the_policy_says() -> None:
    for policy in (Policy(), Policy(trust="strict"), Policy(token_actions=("*",))):
        event = make_event("form.submit", trusted=True)
        confirm(event, None, policy, rules_of(policy))
        assert event.trusted
