"""What may be kept. The only maker of StoredEvent: what has not passed here cannot be stored."""

from collector.privacy.apply import apply_privacy, derive_from

__all__ = ["apply_privacy", "derive_from"]
