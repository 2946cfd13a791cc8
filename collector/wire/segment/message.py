"""One message of Segment's Spec -> RawEvent.

What our columns hold is read into them; the rest of the message stands in `context.original`, with its
properties or traits where a mapping changed them.

Source: contracts/segment-customerio.md sections 2, 3 and 7.
"""

import ipaddress
import re
import uuid as uuids
from typing import Any

from collector.model.beacon import Visitor
from collector.model.client import ServerEvent
from collector.model.event import Params, RawEvent
from collector.model.identifier import MAX_UUID, UNFIT
from collector.model.moment import iso_ms
from collector.wire.segment.actions import OF_EVENT, ORDER_COMPLETED, Kind
from collector.wire.segment.content import content_of, text_id
from collector.wire.segment.faults import NO_USER_ANON_ID, Unusable

MAX_MESSAGE_ID = 99
"""Longest messageId, in characters."""

_READ = frozenset(
    {"messageId", "timestamp", "originalTimestamp", "sentAt", "receivedAt", "properties", "traits", "context"}
    | {"anonymousId", "userId", "previousId", "writeKey", "_metadata", "type", "event", "name", "category"}
)
"""Fields of a message that `original` does not take as they stand. The anonymousId is the event's uuid; of
a visitor who may not be known again it is kept nowhere."""

_TOLD = frozenset({"page", "screen", "locale", "timezone", "userAgent", "ip", "direct", "consent", "traits"})
"""The same of the context."""

_LAST_MS = 253_402_300_799_999
_UNFIT = re.compile(f"[{UNFIT}]")
_COLUMNS = (("screen", "screen"), ("locale", "language"), ("timezone", "timezone"))


def read_message(
    message: Params, index: int, kind: Kind, *, trusted: bool = False, user_agent: str | None = None
) -> RawEvent:
    """Return the event of a message. Raises Unusable for a track without an event.

    trusted     sent with a secret key, mostly by a server that speaks for a visitor elsewhere
    user_agent  the request's own; None where the message's is the same
    """
    context = _object(message.get("context"))
    user_id, anonymous_id = text_id(message.get("userId")), text_id(message.get("anonymousId"))
    previous_id = text_id(message.get("previousId")) if kind == "alias" else None
    content = content_of(message, kind, context, has_user_id=user_id is not None)
    told_time, made = message.get("timestamp"), message.get("originalTimestamp")
    # Both come from RudderStack's Node client, which tells the time that its caller gave beside when the call
    # was made, and with what was stored elsewhere: the time is settled then, and no clock is to be corrected.
    settled = _is_time(told_time) and _is_time(made)
    told_time = made if told_time is None else told_time
    time = told_time if _is_time(told_time) else None
    original: Params = {"type": kind, **content.rest}
    named = {"userId": user_id, "previousId": previous_id, "timestamp": told_time if time is None else None}
    left = {name: value for name, value in message.items() if name not in _READ and value != {}}
    if kind == "group":
        left.pop("groupId", None)
    original |= {name: value for name, value in {**named, **left}.items() if value is not None}
    if previous_id == user_id:
        previous_id = None  # a client that lost its argument: an event, by which nobody is merged
    return RawEvent(
        index=index,
        id=_fit(text_id(message.get("messageId")), MAX_MESSAGE_ID),
        action=content.action,
        label=content.label,
        time=time,
        sent=None if settled else message.get("sentAt"),
        uuid=_fit(previous_id if anonymous_id is None else anonymous_id, MAX_UUID),
        params=content.params,
        context=_context(context, content.params, original, kind, None if trusted else user_agent),
        consent=_consent(context.get("consent")),
        custom_id=user_id,
        previous_id=previous_id,
        named_freely=True,
        visitor=_visitor(context) if trusted else None,
        server=ServerEvent(transaction=True) if _is_order(content.action, kind) else None,
    )


def check_ids(message: Params, kind: Kind) -> None:
    """Raise Unusable for a message that says of nobody whose it is."""
    named = ("userId",) if kind == "alias" else ("userId", "anonymousId")
    if all(text_id(message.get(name)) is None for name in named):
        raise Unusable(NO_USER_ANON_ID, f"no {' and no '.join(named)}")


def _context(context: Params, params: Params, original: Params, kind: Kind, user_agent: str | None) -> Params:
    """The context as ours: page, screen, language and timezone, and all else in `original`.

    `user_agent`: another one that the sender tells is kept in `original`; None: there is none.
    """
    told: Params = {ours: context[name] for name, ours in _COLUMNS if context.get(name) is not None}
    page = context.get("page")
    if isinstance(page, dict) and kind == "page":
        page = {name: value for name, value in page.items() if name not in params or params[name] != value}
    if page:
        told["page"] = page
    rest = {name: value for name, value in context.items() if name not in _TOLD and value is not None}
    if user_agent is not None and context.get("userAgent") not in (None, "", user_agent):
        rest["userAgent"] = context["userAgent"]
    if rest:
        original["context"] = rest
    return {**told, "original": original}


def _visitor(context: Params) -> Visitor | None:
    """Whom a server speaks for; None where it says that the request is the visitor's own."""
    if context.get("direct") is True:
        return None
    agent = context.get("userAgent")
    return Visitor(address=_address(context.get("ip")), user_agent=agent if isinstance(agent, str) else "")


def _address(value: Any) -> str:
    try:
        return str(ipaddress.ip_address(value.strip())) if isinstance(value, str) else ""
    except ValueError:
        return ""


def _consent(told: Any) -> Params | None:
    """Segment's word on consent, by our names. It is a general one only where all categories agree."""
    preferences = _object(told).get("categoryPreferences")
    if not isinstance(preferences, dict) or not preferences:
        return None
    categories = {name.strip().lower().replace(" ", "_"): yes is True for name, yes in preferences.items()}
    words = set(categories.values())
    return {"granted": words.pop() if len(words) == 1 else None, "categories": categories}


def _is_order(action: str, kind: Kind) -> bool:
    return kind == "track" and action == OF_EVENT[ORDER_COMPLETED]


def _fit(name: str | None, limit: int) -> str | None:
    """An id as it was sent; one that cannot be ours as a uuid made of it, so that a retry has the same."""
    if name is None or (len(name) <= limit and not _UNFIT.search(name)):
        return name
    return str(uuids.uuid5(uuids.NAMESPACE_OID, name))


def _is_time(value: Any) -> bool:
    """Whether a time can be read. One that cannot is as none: the event is worth more than its hour."""
    if isinstance(value, str):
        try:
            iso_ms(value)
        except ValueError:
            return False
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LAST_MS


def _object(value: Any) -> Params:
    return value if isinstance(value, dict) else {}
