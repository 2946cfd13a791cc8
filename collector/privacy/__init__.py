"""What may be kept. The only maker of StoredEvent: what has not passed here cannot be stored."""

from collector.privacy.apply import apply_privacy
from collector.privacy.derive import derive_from
from collector.privacy.quarantine import kept_malformed
from collector.privacy.server import kept_change

__all__ = ["apply_privacy", "derive_from", "kept_change", "kept_malformed"]
