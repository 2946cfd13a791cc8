"""What may be kept of a malformed event: the policy walks it as far as it can be read."""

import hashlib

from collector.model.beacon import Beacon
from collector.model.quarantine import Quarantine
from collector.model.source import Source


def kept_malformed(sent: bytes, beacon: Beacon, source: Source) -> Quarantine:
    """Return what may be kept of a malformed beacon (an event comes as a beacon of its own)."""
    return Quarantine(length=len(sent), sha256=hashlib.sha256(sent).hexdigest())
