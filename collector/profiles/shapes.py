"""How what is held of a person reads outside: in the command and the export. Times are ISO 8601, UTC."""

from typing import Any

import msgspec

from collector.model.account import Account
from collector.model.consent import ConsentRecord
from collector.model.event import EventRecord
from collector.model.mail import Mail
from collector.model.merge import Merge
from collector.model.moment import iso as iso
from collector.model.person import SessionRecord
from collector.model.profile import Profile
from collector.model.quarantine import QuarantineRecord


def event_json(event: EventRecord) -> dict[str, Any]:
    """An event as `tagwell events --json` prints it (DESIGN.md, The collector's face)."""
    return {
        "seq": event.seq,
        "id": event.id,
        "action": event.action,
        "label": event.label,
        "time": iso(event.time_ms),
        "received_at": iso(event.received_ms),
        "source_id": event.source_id,
        "profile_id": event.profile_id,
        "session_id": event.session_id,
        "uuid": event.uuid,
        "derived": event.derived,
        "params": event.params,
        "context": event.context,
    }


def profile_json(profile: Profile) -> dict[str, Any]:
    """A profile as `tagwell profile show --json` prints it."""
    return {
        "client_id": profile.client_id,
        "anonymous": profile.anonymous,
        "email": profile.email,
        "custom_id": profile.custom_id,
        "uuids": profile.uuids,
        **profile.fields,
        "attributes": profile.attributes,
        "agreements": profile.agreements,
        "tags": profile.tags,
        "previous_ids": profile.previous_ids,
        "claims": [
            {"uuid": claim.uuid, "kind": claim.kind, "state": claim.state, "since": iso(claim.created_ms)}
            for claim in profile.claims
        ],
        "pending": profile.pending,
        "created_at": iso(profile.created_ms),
        "updated_at": iso(profile.updated_ms),
        "last_activity_at": iso(profile.last_activity_ms),
    }


def session_json(session: SessionRecord) -> dict[str, Any]:
    """A session."""
    return {
        "session_id": session.session_id,
        "source_id": session.source_id,
        "uuid": session.uuid,
        "started_at": iso(session.started_ms),
        "last_event_at": iso(session.last_ms),
        "events": session.events,
        "closed": session.closed,
    }


def consent_json(consent: ConsentRecord) -> dict[str, Any]:
    """A decision about consent, as it is kept in evidence."""
    return {
        "source_id": consent.source_id,
        "event_id": consent.event_id,
        "uuid": consent.uuid,
        "granted": consent.decision.state.granted,
        "categories": consent.decision.state.categories,
        "method": consent.decision.method,
        "text_version": consent.decision.text_version,
        "policy_version": consent.decision.policy_version,
        "time": iso(consent.time_ms),
        "received_at": iso(consent.received_ms),
    }


def quarantined_json(record: QuarantineRecord) -> dict[str, Any]:
    """What was malformed, with its content where that may be kept."""
    kept = record.quarantine
    return {
        "source_id": record.source_id,
        "received_at": iso(record.received_ms),
        "reason": record.reason,
        "detail": record.detail,
        "length": kept.length,
        "sha256": kept.sha256,
        "uuid": kept.uuid,
        "address": kept.address,
        "user_agent": kept.user_agent,
        "content": None if kept.payload is None else msgspec.Raw(kept.payload.encode()),
    }


def mail_json(mail: Mail) -> dict[str, Any]:
    """A mail that was sent to a person, waits, or was given up (neither time)."""
    return {
        "kind": mail.kind,
        "recipient": mail.recipient,
        "created_at": iso(mail.created_ms),
        "sent_at": None if mail.sent_ms is None else iso(mail.sent_ms),
        "problem": mail.problem,
    }


def account_json(account: Account) -> dict[str, Any]:
    """An account, never its password. One that is pending waits for its address to be proved."""
    return {
        "kind": account.kind,
        "login": account.login,
        "state": account.state,
        "created_at": iso(account.created_ms),
        "activated_at": None if account.activated_ms is None else iso(account.activated_ms),
    }


def merge_json(merge: Merge) -> dict[str, Any]:
    """A profile that was merged into this one, as it was before."""
    return {
        "client_id": merge.source_id,
        "merged_into": merge.target_id,
        "merged_at": iso(merge.created_ms),
        "merged_by": merge.cause,
        "was": merge.was,
    }
