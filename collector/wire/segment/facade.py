"""A call of `window.analytics` as our tag sends it: a native event with an object `segment` beside.

{"id": messageId, "action": event, "time", "uuid": anonymousId, "params": properties or traits,
 "segment": {"type", "userId", "groupId", "previousId", "name", "category", "context", "integrations"}}
"""

from collector.model.event import Params, RawEvent
from collector.wire.segment.actions import kind_of
from collector.wire.segment.message import read_message

NAME = "segment"


def read_facade(sent: Params, index: int) -> RawEvent:
    """Return the event of such a call. Raises Unusable for a track without an action."""
    told: Params = sent[NAME]
    kind = kind_of(told.get("type")) or "track"
    message = {
        "event": sent.get("action"),
        "traits" if kind in ("identify", "group") else "properties": sent.get("params"),
        **told,
        "messageId": sent.get("id"),
        "anonymousId": sent.get("uuid"),
        "timestamp": sent.get("time"),
    }
    message.pop("originalTimestamp", None)
    return read_message(message, index, kind)
