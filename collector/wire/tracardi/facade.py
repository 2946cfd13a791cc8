"""A call of `window.tracker` as our tag sends it: a native event with an object `tracardi` beside.

{"id", "action": type, "time", "uuid": profile id, "params": properties, "tracardi": {"context", "options"}}
"""

from collector.model.event import Params, RawEvent
from collector.wire.tracardi.event import read_event

NAME = "tracardi"


def read_facade(sent: Params, index: int) -> RawEvent:
    """Return the event of such a call."""
    event = {
        "id": sent.get("id"),
        "type": sent.get("action"),
        "time": {"create": sent.get("time")},
        "properties": sent.get("params"),
    }
    return read_event(event, index, sent[NAME], uuid=sent.get("uuid"))
