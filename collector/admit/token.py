"""Which events need a signed token, and what one proves.

    an action that        with a valid token    without one               with a bad one
    needs a token         in, trusted           refused                   refused
    may change profiles   in, trusted           in, trusted               refused
    is neither            in, trusted           in: it adds and claims    refused

The policy names both kinds of action, and `trust` adds to them: `strict` asks a token for the data
of forms, `trusting` lets every action change profiles. What is of both kinds needs a token. An api
key does instead of a token. Source: contracts/synerise-sdk.md section 8; DESIGN.md, Trust.
"""

from typing import Protocol

from collector.admit.beacon import admit_beacon
from collector.auth.tokens import BadToken, Claims, verify
from collector.model.beacon import Beacon
from collector.model.event import Event, RawEvent
from collector.model.outcome import Reason, Rejected
from collector.model.policy import Policy
from collector.model.source import Source

FORM_ACTIONS = frozenset({"form.submit", "client.createOrUpdate"})
"""What a strict source takes only with proof."""


class _Matcher(Protocol):
    def match(self, name: str, /) -> str | None: ...


class TokenLists(Protocol):
    """The policy's two lists of actions, compiled: `match` returns the rule that fits."""

    @property
    def token_actions(self) -> _Matcher: ...
    @property
    def profile_actions(self) -> _Matcher: ...


def admit(raw: RawEvent, beacon: Beacon, source: Source, lists: TokenLists) -> Claims | None:
    """Let one event in, or raise Rejected (what `admit_beacon` says, NOT_AUTHORISED).

    Returns what the event's token says, None where there is none: `confirm` asks for it.
    """
    admit_beacon(beacon, source)
    token = raw.token if raw.token is not None else beacon.token or None
    if token is not None:
        try:
            return verify(token, source.token_keys, beacon.received_ms)
        except BadToken as fault:
            raise Rejected(Reason.NOT_AUTHORISED, f"the token is refused: {fault}") from None
    if not beacon.trusted and isinstance(raw.action, str):
        rule = _rule_for_token(raw.action, source.policy, lists)
        if rule is not None:
            raise Rejected(
                Reason.NOT_AUTHORISED, "this action needs a token or an api key on this source", rule
            )
    return None


def confirm(event: Event, claims: Claims | None, policy: Policy, lists: TokenLists) -> None:
    """Mark an event as trusted where it may be, or raise Rejected (NOT_AUTHORISED).

    A token proves what the event says and adds nothing to it. It must cover every identifier that the
    event names (uuid, email, customId): with one that it leaves out, the event stays as untrusted as
    without a token, so that nobody rewrites another's profile by a token of their own. One that it
    contradicts is a fault. The actions that may change profiles anyway are trusted all the same.
    """
    if claims is not None and _covers(claims, event):
        event.trusted = True
    if not event.trusted and (policy.trust == "trusting" or lists.profile_actions.match(event.action)):
        event.trusted = _rule_for_token(event.action, policy, lists) is None
    if policy.trust == "strict" and not event.trusted and event.action not in FORM_ACTIONS:
        # Who somebody is takes proof there, by whichever event it is told.
        event.profile = event.custom_id = event.previous_id = None


def _covers(claims: Claims, event: Event) -> bool:
    """Whether the token names all that the event names. Raises Rejected where the two contradict."""
    profile = event.profile
    email = profile.email.lower() if profile is not None and profile.email is not None else None
    custom_id = profile.custom_id if profile is not None else None
    pairs = (
        ("uuid", event.uuid, claims.uuid),
        ("email", email, claims.email),
        ("customId", custom_id, claims.custom_id),
    )
    named = [pair for pair in pairs if pair[1] is not None]
    for name, told, proved in named:
        if proved is not None and told != proved:
            raise Rejected(
                Reason.NOT_AUTHORISED, f"the token is refused: its {name} is not that of the event"
            )
    return bool(named) and all(proved is not None for _, _, proved in named)


def _rule_for_token(action: str, policy: Policy, lists: TokenLists) -> str | None:
    """The rule by which an action needs a token, None where it needs none."""
    if policy.trust == "strict" and action in FORM_ACTIONS:
        return action
    return lists.token_actions.match(action)
