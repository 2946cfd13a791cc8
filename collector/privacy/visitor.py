"""Which visitor an event is counted for.

Where a source keeps nothing on the device (`tag.device_storage` off), visitors are told apart for a
day by

    UUIDv8 of HMAC-SHA256(salt of the day, source id | address | User-Agent)

Of the salt there is one a day, and at midnight UTC it is thrown away: who has the events cannot find
out from which address they came, nor whether two days' ids are one visitor's. A plain hash would tell
both, as there are few addresses enough to try them all.
"""

import hmac
import uuid as uuids

from collector.model.beacon import Beacon
from collector.model.consent import EVIDENCE
from collector.model.event import Event
from collector.model.source import Source


def forgets(beacon: Beacon, source: Source) -> bool:
    """Whether the visitor may not be known again: of a cookieless source, but by the word of a back end."""
    return not (source.settings.tag.device_storage or beacon.trusted)


def visitor_uuid(event: Event, beacon: Beacon, source: Source) -> str | None:
    """The browser's own uuid, None where it tells none; of a cookieless source the day's.

    None there for what tells who the person is, since all at one address with one kind of browser
    would become that person, and for evidence of a refusal, which is no reason to know anybody.
    """
    if not forgets(beacon, source):
        return event.uuid
    if event.profile is not None or EVIDENCE.get(event.action) is False:
        return None
    if not (beacon.day_salt and event.address and beacon.user_agent):
        return None
    return _of_the_day(f"{source.source_id}|{event.address}|{beacon.user_agent}", beacon.day_salt)


def person_uuid(custom_id: str, beacon: Beacon, source: Source) -> str | None:
    """The day's uuid of somebody known by a customId alone, by which what a page says of them is one claim.

    The store would else make one that lasts.
    """
    if not beacon.day_salt:
        return None
    return _of_the_day(f"{source.source_id}|customId:{custom_id}", beacon.day_salt)


def _of_the_day(seen: str, day_salt: bytes) -> str:
    digest = bytearray(hmac.digest(day_salt, seen.encode("utf-8", "replace"), "sha256")[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuids.UUID(bytes=bytes(digest)))
