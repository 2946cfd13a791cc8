"""What a message says, by its type: an action, a label, params, and what of it these do not hold.

Source: contracts/segment-customerio.md sections 2 and 7.
"""

from typing import Any, NamedTuple

from collector.model.event import Params
from collector.wire.segment.actions import OF_EVENT, OF_KIND, ORDER_COMPLETED, Kind
from collector.wire.segment.faults import MISSING_EVENT, Unusable
from collector.wire.segment.order import transaction
from collector.wire.segment.traits import profile_fields

_PAGE = ("url", "title", "referrer", "path", "search")
"""What a visit tells of its page, in its properties or in context.page."""


class Content(NamedTuple):
    """`label`: None where it follows from the action. `rest`: for `context.original`."""

    action: str
    label: str | None
    params: Params
    rest: Params


def content_of(message: Params, kind: Kind, context: Params, *, has_user_id: bool) -> Content:
    """Return what a message of this type says. Raises Unusable for a track without an event."""
    sent, traits = message.get("properties"), message.get("traits")
    properties = sent if isinstance(sent, dict) else {}
    own_traits = traits if isinstance(traits, dict) else {}
    # RudderStack's clients tell the traits of the user in the context of whatever they send.
    of_user = context.get("traits")
    of_user = of_user if isinstance(of_user, dict) else {}
    rest: Params = {"properties": sent} if sent and sent is not properties else {}
    match kind:
        case "track":
            event = message.get("event")
            name = event.strip() if isinstance(event, str) else ""
            if not name:
                raise Unusable(MISSING_EVENT, "a track without an event")
            rest |= {"event": event, **_told("traits", {**of_user, **own_traits})}
            if name == ORDER_COMPLETED:
                params = transaction(properties)
                rest |= _told("properties", _changed(properties, params))
                return Content(OF_EVENT[name], name, params, rest)
            if name in OF_EVENT:
                return Content(OF_EVENT[name], name, properties, rest)
            return Content(name, None, properties, rest)
        case "page" | "screen":
            named = {name: message[name] for name in ("name", "category") if message.get(name)}
            page = context.get("page")
            of_page: Params = {}
            if kind == "page" and isinstance(page, dict):
                of_page = {name: page[name] for name in _PAGE if name in page}
            params = {**named, **of_page, **properties}
            rest |= {**_told("traits", {**of_user, **own_traits}), **_changed(named, params)}
            return Content(OF_KIND[kind], None, params, rest)
        case "identify":
            named = {**of_user, **own_traits}
            fields = profile_fields(named, has_user_id=has_user_id)
            rest |= {**_told("properties", properties), **_told("traits", _changed(named, fields))}
            return Content(OF_KIND[kind], None, fields, rest)
        case "group":
            of_group = own_traits if isinstance(traits, dict) else of_user
            rest |= _told("properties", properties)
            if isinstance(traits, dict):
                rest |= _told("traits", of_user)
            group_id = text_id(message.get("groupId"))
            params = {"groupId": group_id} if group_id is not None else {}
            return Content(OF_KIND[kind], None, params | _told("group", of_group), rest)
        case "alias":
            return Content(OF_KIND[kind], None, {**own_traits, **properties}, rest | _told("traits", of_user))


def text_id(value: Any) -> str | None:
    """An id as text. A number is taken for one; null and "" are as absent."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and value else None


def _changed(sent: Params, params: Params) -> Params:
    """What was sent and the params do not hold as it was."""
    return {name: value for name, value in sent.items() if name not in params or params[name] != value}


def _told(name: str, value: Params) -> Params:
    return {name: value} if value else {}
