"""Whether a beacon's source takes events from where this one comes."""

from collector.model.beacon import Beacon
from collector.model.outcome import Reason, Rejected
from collector.model.source import Source


def admit_beacon(beacon: Beacon, source: Source) -> None:
    """Let a beacon's events in, or raise Rejected (POLICY_UNREADABLE, SOURCE_DISABLED, ORIGIN_NOT_ALLOWED).

    No origin listed means any. With a list a browser's Origin must be on it, whoever is signed in; a back
    end's does not count, and a request without one needs an api key or a token of ours, as an app has.
    """
    if source.problem:
        # Without rules nothing may be kept; the owner reads why on the source's pages.
        raise Rejected(Reason.POLICY_UNREADABLE, "this source takes no events now; try again later")
    if not source.enabled:
        raise Rejected(Reason.SOURCE_DISABLED, "this source is switched off")
    needs_none = beacon.origin is None if beacon.signed_in else beacon.trusted
    if not needs_none and not lists_origin(source, beacon.origin):
        came_from = "without an Origin" if beacon.origin is None else f"from {beacon.origin[:200]}"
        raise Rejected(
            Reason.ORIGIN_NOT_ALLOWED, f"this source takes no events {came_from}; its owner lists the origins"
        )


def lists_origin(source: Source, origin: str | None) -> bool:
    """Whether a browser on a page of this origin may send to a source; without a list any may."""
    return not source.settings.origins or origin in source.settings.origins
