"""When an event happened, told from clocks that disagree.

A beacon carries two times from the visitor's device (created, sent) and one from ours
(received). A device clock may be hours wrong, but both its times are wrong by the same
amount, so their difference is right. The received time alone would not do: a tag that was
offline would report yesterday's page views as today's.
"""

from typing import Any

from collector.model.moment import iso_ms
from collector.model.outcome import Reason, Rejected

_FIRST_MS = 0
_LAST_MS = 253_402_300_799_999
"""The end of the year 9999, past which a datetime cannot go."""

_NO_TIME = "the time is neither ISO 8601 nor milliseconds since 1970"


def parse_time(value: Any) -> int | None:
    """Return ms since the epoch, UTC, of ISO 8601 text or of a number of ms; None for None.

    Text without an offset is UTC. Raises Rejected(INVALID_TIME) for anything else.
    """
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        if _FIRST_MS <= value <= _LAST_MS:
            return int(value)
    elif isinstance(value, str):
        try:
            return iso_ms(value)
        except ValueError:
            raise Rejected(Reason.INVALID_TIME, _NO_TIME) from None
    raise Rejected(Reason.INVALID_TIME, _NO_TIME)


def event_time(created_ms: int | None, sent_ms: int | None, received_ms: int) -> int:
    """Return when the event happened, by the collector's clock.

        event time = received - (sent - created)

    Without a sent time the created time is believed. A future time becomes the received time.
    A clock set back while the event waited makes the wait negative; it then counts as zero.
    All times, and the result, are ms since the epoch, UTC.

    Source: Segment Spec, "Common fields", timestamps. Snowplow's derived_tstamp is the same rule.
    """
    if created_ms is None:
        return received_ms
    if sent_ms is None:
        return min(created_ms, received_ms)
    return max(0, received_ms - max(0, sent_ms - created_ms))
