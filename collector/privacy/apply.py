"""Applies a source's policy to one event: whether it may be kept, and what of it."""

from collector.model.beacon import Beacon
from collector.model.event import Event, StoredEvent
from collector.model.source import Source
from collector.privacy.consent import check_consent
from collector.privacy.derive import deriving
from collector.privacy.judge import judge
from collector.privacy.keep import kept_context, kept_event_params, kept_label
from collector.privacy.visitor import visitor_uuid


def apply_privacy(event: Event, beacon: Beacon, source: Source) -> StoredEvent:
    """Return what may be kept of the event, or raise Rejected with a reason that `is_policy`.

    The detail of a rejection names our rule, never what the visitor sent.
    """
    policy = source.policy
    evidence = check_consent(event, beacon, policy, source.policy_version)
    judge(event, beacon, policy)
    params = kept_event_params(event, beacon, source)
    context = kept_context(event, beacon, source)
    uuid = visitor_uuid(event, beacon, source)
    return StoredEvent(
        source=source.number,
        workspace=source.workspace_id,
        id=event.id,
        action=event.action,
        label=kept_label(event, source),
        time_ms=event.time_ms,
        received_ms=event.received_ms,
        uuid=uuid,
        params=params,
        context=context,
        # What was taken out of the params says nothing of the person either.
        profile=event.profile if params == event.params else event.profile_of(params),
        trusted=event.trusted or policy.trust == "trusting",
        session_ms=source.settings.session_ms,
        by_campaign=source.settings.session.campaign,
        evidence=evidence,
        derive=deriving(source, event.id, event.received_ms, uuid, context),
    )
