"""What may be kept of what the server API says beside an event, and of a change of a profile.

The rules for params count for a profile's fields by their names: a policy that takes `phone` out of
events takes it out of profiles too. A mask or a hash is nobody's name, so that what would be veiled
is left out.
"""

from typing import Any

import msgspec

from collector.model.change import ProfileChange, StoredChange
from collector.model.client import Client, ServerEvent
from collector.model.source import Source
from collector.privacy.derive import deriving
from collector.privacy.params import kept_params, unveiled
from collector.privacy.rules import rules_of


def kept_server(server: ServerEvent | None, source: Source) -> ServerEvent | None:
    """Return it without the identifiers that the policy takes out; the very same where it takes none."""
    if server is None or server.client is None:
        return server
    client = server.client
    named = {name: value for name, value in _identifiers(client) if value is not None}
    kept = _admitted(named, source)
    if kept == named:
        return server
    client = msgspec.structs.replace(client, custom_id=kept.get("customId"), email=kept.get("email"))
    return msgspec.structs.replace(server, client=client)


def kept_change(change: ProfileChange, source: Source, received_ms: int, cause: str) -> StoredChange:
    """Return what may be kept of a change; `cause` is the id that the events which follow are made of."""
    fields: dict[str, Any] = {name: value for name, value in _identifiers(change) if value is not None}
    fields |= change.fields
    kept = _admitted(fields, source)
    attributes = _admitted(change.attributes, source)
    beside = _admitted(dict.fromkeys(("tags", "agreements", "newsletterAgreement"), ""), source)
    # The same wish goes by either name.
    wished = "newsletterAgreement" in beside and not _lost(change.attributes, attributes)
    change = msgspec.structs.replace(
        change,
        custom_id=kept.get("customId"),
        email=kept.get("email"),
        fields={name: value for name, value in change.fields.items() if name in kept},
        attributes=attributes,
        tags=change.tags if "tags" in beside else (),
        agreements=_agreed(change.agreements, "agreements" in beside),
        newsletter=change.newsletter if wished or change.newsletter == "disabled" else None,
    )
    return StoredChange(
        id=cause,
        source=source.number,
        workspace=source.workspace_id,
        change=change,
        received_ms=received_ms,
        derive=deriving(source, cause, received_ms, change.uuid, {}),
    )


def _agreed(agreements: dict[str, bool], admitted: bool) -> dict[str, bool]:
    """Whoever takes an agreement back is heard, whatever the rules say of params."""
    return {name: on for name, on in agreements.items() if admitted or not on}


def _lost(sent: dict[str, Any], kept: dict[str, Any]) -> bool:
    return "newsletter_agreement_enabled" in sent and "newsletter_agreement_enabled" not in kept


def _identifiers(named: Client | ProfileChange) -> tuple[tuple[str, str | None], ...]:
    return (("customId", named.custom_id), ("email", named.email))


def _admitted(values: dict[str, Any], source: Source) -> dict[str, Any]:
    return unveiled(kept_params(values, source.policy), rules_of(source.policy))
