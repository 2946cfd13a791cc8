"""Whether a beacon's source takes events from where this one comes."""

from collector.model.beacon import Beacon
from collector.model.outcome import Reason, Rejected
from collector.model.source import Source


def admit_beacon(beacon: Beacon, source: Source) -> None:
    """Let a beacon's events in, or raise Rejected (POLICY_UNREADABLE, SOURCE_DISABLED, ORIGIN_NOT_ALLOWED).

    No origin listed means any. With a list a browser's Origin must be on it, and a request
    without one needs an api key or a token of ours.
    """
    if source.problem:
        # Without rules nothing may be kept; the owner reads why on the source's pages.
        raise Rejected(Reason.POLICY_UNREADABLE, "this source takes no events now; try again later")
    if not source.enabled:
        raise Rejected(Reason.SOURCE_DISABLED, "this source is switched off")
    needs_none = beacon.trusted or (beacon.signed_in and beacon.origin is None)
    if source.settings.origins and not needs_none and beacon.origin not in source.settings.origins:
        came_from = "without an Origin" if beacon.origin is None else f"from {beacon.origin[:200]}"
        raise Rejected(
            Reason.ORIGIN_NOT_ALLOWED, f"this source takes no events {came_from}; its owner lists the origins"
        )
