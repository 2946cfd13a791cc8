"""Applies a source's policy to one event: whether it may be kept, and what of it."""

import msgspec

from collector.model.beacon import Beacon
from collector.model.consent import EVIDENCE
from collector.model.event import Event, Params, StoredEvent
from collector.model.policy import Policy
from collector.model.profile import ProfileUpdate
from collector.model.source import Source
from collector.privacy.consent import check_consent, kept_consent
from collector.privacy.derive import deriving
from collector.privacy.forget import forget
from collector.privacy.hashing import kept_identifier
from collector.privacy.judge import judge
from collector.privacy.keep import kept_action, kept_context, kept_event_params, kept_label
from collector.privacy.names import admits_names, without_names
from collector.privacy.params import unveiled, unveiled_group
from collector.privacy.rules import rules_of
from collector.privacy.server import kept_server
from collector.privacy.visitor import forgets, person_uuid, visitor_uuid


def apply_privacy(event: Event, beacon: Beacon, source: Source) -> StoredEvent:
    """Return what may be kept of the event, or raise Rejected with a reason that `is_policy`.

    The detail of a rejection names our rule, never what the visitor sent.
    """
    policy = source.policy
    forgotten = forgets(beacon, source)
    if forgotten:
        forget(event)
    evidence = check_consent(event, beacon, policy, source.policy_version)
    judge(event, beacon, policy)
    params = kept_event_params(event, beacon, source)
    if evidence is not None and "categories" in params:
        params = params | {"categories": evidence.state.categories}
    # Of a refusal only who, when and which text is evidence; the page's words about it are not.
    refusal = EVIDENCE.get(event.action) is False
    context = {} if refusal else kept_context(event, beacon, source)
    named = admits_names(event, source)
    if not named:
        context = without_names(context)
    if consent := kept_consent(event.consent, policy):
        context["consent"] = consent
    id, uuid = event.id, visitor_uuid(event, beacon, source)
    if not named and uuid == event.previous_id:
        uuid = None  # a former name stood in the place of the browser's
    profile = _kept_profile(event, params, policy, named=named, forgets=forgotten)
    if (
        forgotten
        and uuid is None
        and not event.trusted
        and profile is not None
        and profile.custom_id is not None
    ):
        uuid = person_uuid(profile.custom_id, beacon, source)
    if not beacon.trusted:  # a back end names its own
        id = kept_identifier(id, policy.redact, source.salt)
        uuid = uuid and kept_identifier(uuid, policy.redact, source.salt)
    return StoredEvent(
        source=source.number,
        workspace=source.workspace_id,
        id=id,
        action=kept_action(event, source),
        label=event.action if refusal else kept_label(event, source),
        time_ms=event.time_ms,
        received_ms=event.received_ms,
        uuid=uuid,
        params=params,
        context=context,
        profile=profile,
        trusted=event.trusted,
        session_ms=source.settings.session_ms,
        by_campaign=source.settings.session.campaign,
        evidence=evidence,
        by_back_end=beacon.trusted and not beacon.signed_in,
        server=kept_server(event.server, source),
        derive=deriving(source, id, event.received_ms, uuid, context),
    )


def _kept_profile(
    event: Event, params: Params, policy: Policy, *, named: bool, forgets: bool
) -> ProfileUpdate | None:
    """What was taken out of the params, or can no longer be read, says nothing of the person either.

    `named`: what was told beside the params may be kept. `forgets`: a former name is not, as it mostly is the
    browser's id.
    """
    if event.profile is None:
        return None
    params = unveiled(params, rules_of(policy))
    if event.action == "client.group":
        params = unveiled_group(params, rules_of(policy))
    update = event.profile if params == event.params else _narrowed(event.profile_of(params), event.profile)
    if update is None or (named and not forgets):
        return update
    update = msgspec.structs.replace(update, custom_id=update.custom_id if named else None, previous_id=None)
    return None if update == ProfileUpdate() else update


def _narrowed(update: ProfileUpdate | None, sent: ProfileUpdate) -> ProfileUpdate | None:
    """What the kept params say, without an identifier that the sent ones did not name.

    With a param out of the way another may be read in its place; nobody has proved that one.
    """
    if update is None:
        return None
    return msgspec.structs.replace(
        update,
        email=update.email if update.email == sent.email else None,
        custom_id=update.custom_id if update.custom_id == sent.custom_id else None,
    )
