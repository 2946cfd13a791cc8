"""The pixel: an image whose address tells an event, for mails and pages without script.

Source: DESIGN.md, The collector's face.
"""

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from collector.model.event import RawEvent
from collector.model.outcome import Reason, Rejected
from collector.wire.native import MAX_EVENT_BYTES

PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
"""The smallest transparent GIF."""


def decode_pixel(query: str, referer: str) -> RawEvent:
    """Read a pixel's query: action, label, uuid and id are the event's own, the rest are its params.

    The page that shows the pixel is the Referer; its visit is what a pixel usually reports.
    """
    if len(query) > MAX_EVENT_BYTES:
        raise Rejected(Reason.EVENT_TOO_LARGE, f"{len(query)} bytes, limit {MAX_EVENT_BYTES}")
    try:
        params: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=200))
    except ValueError as error:
        raise Rejected(Reason.MALFORMED_EVENT, f"the query cannot be read: {error}") from None
    own = {name: params.pop(name, None) for name in ("action", "label", "uuid", "id")}
    if referer:
        params.setdefault("url", referer)
    return RawEvent(
        index=0,
        id=own["id"],
        action=own["action"] or "page.visit",
        label=own["label"],
        uuid=own["uuid"],
        params=params,
        alone=lambda: msgspec.json.encode([{**own, "params": params}]),
    )
