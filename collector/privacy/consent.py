"""Whether the visitor's wish lets an event be kept, and what of it is evidence."""

from collector.model.beacon import Beacon
from collector.model.consent import ConsentDecision
from collector.model.event import Event
from collector.model.outcome import Reason, Rejected
from collector.model.policy import Policy


def check_consent(
    event: Event, beacon: Beacon, policy: Policy, policy_version: int
) -> ConsentDecision | None:
    """Let an event pass, or raise Rejected (OPTED_OUT, NO_CONSENT); return what it tells of a decision."""
    if policy.global_privacy_control and beacon.global_privacy_control:
        raise Rejected(Reason.OPTED_OUT, "the browser sends Global Privacy Control", "global_privacy_control")
    if policy.do_not_track and beacon.do_not_track:
        raise Rejected(Reason.OPTED_OUT, "the browser sends Do Not Track", "do_not_track")
    return None
