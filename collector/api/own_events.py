"""Whose events a caller may send (contracts/synerise-events-api.md sections 2 and 5).

    workspace, user     anybody's
    profile             its own: every identifier that is named must be its
    anonymous profile   those of the uuid in its token, which may be named by what else its profile has
    tracker key         those of a uuid, as a browser's beacon

Anybody gets the last two: they are no better than a browser's beacon (DESIGN.md, Trust).
"""

from collections.abc import Sequence

import msgspec

from collector.api.operation import ApiError
from collector.model.caller import Caller, Realm
from collector.model.client import Client, ServerEvent
from collector.model.event import RawEvent, StoredEvent
from collector.model.profile import Profile
from collector.store import Store
from collector.wire.synerise.faults import WRONG_FORM, fault, refused

_NOT_OWN = "A token of a profile sends that profile's events only: its client names another."

BACK_ENDS = frozenset({Realm.WORKSPACE, Realm.USER})
"""Callers that speak for anybody, and never from a visitor's device."""


def take_own(caller: Caller, raws: Sequence[RawEvent], store: Store) -> Profile | None:
    """Say whose each event is, in place, and return the profile that a profile's token is of.

    Raises ApiError where one may not be sent by this caller.
    """
    match caller.realm:
        case Realm.PROFILE:
            own = Client(id=caller.client_id)
            profile = _refuse_others(own, [client_of(raw) for raw in raws], store)
            for raw in raws:
                raw.server = _of(raw, own)
            return profile
        case Realm.ANONYMOUS:
            _refuse_others(
                Client(uuid=caller.uuid),
                [msgspec.structs.replace(client, uuid=None) for client in _by_uuid(caller, raws)],
                store,
            )
            for raw in raws:
                raw.uuid, raw.server = caller.uuid, _of(raw, None)
        case Realm.TRACKER:
            if any(client_of(raw) != Client(uuid=raw.uuid) or raw.uuid is None for raw in raws):
                raise ApiError(403, "With a tracker key a client is named by its uuid alone.")
            for raw in raws:
                raw.server = _of(raw, None)
    return None


def refuse_others_names(event: StoredEvent, own: Profile) -> None:
    """Refuse what gives a profile an identifier that its token does not prove. Raises ApiError.

    A form's data may name any: whoever took a free customId would get its owner's events from then on.
    """
    if event.profile is None:
        return
    email, custom_id = event.profile.email, event.profile.custom_id
    same = email is None or (own.email is not None and email.lower() == own.email.lower())
    if not same or custom_id not in (None, own.custom_id):
        raise ApiError(403, _NOT_OWN)


def names_email(raw: RawEvent) -> bool:
    """Whether its params name an e-mail address, which is then to be compared. Metadata is not params."""
    charge = raw.server is not None and raw.server.transaction
    return not charge and isinstance(raw.params, dict) and "email" in raw.params


def check_emails(raws: Sequence[RawEvent], store: Store, *, batch: bool) -> None:
    """Demand that an `email` in params is the profile's own, to the letter. Raises BadBody.

    Of a profile that is not known yet, or has none, it is the one that its client is named by.
    """
    told = [(raw, client_of(raw), raw.params["email"]) for raw in raws if names_email(raw)]
    if not told:
        return
    profiles = _found(list(dict.fromkeys(client for _, client, _ in told)), store)
    faults = []
    for raw, client, email in told:
        profile = profiles[client]
        own = profile.email if profile is not None and profile.email is not None else client.email
        if email != own:
            field = f"[{raw.index}].params.email" if batch else "params.email"
            faults.append(fault(WRONG_FORM, field, "must be the e-mail address of the profile", email))
    if faults:
        raise refused(faults)


def client_of(raw: RawEvent) -> Client:
    """Whom an event names."""
    named = raw.server.client if raw.server is not None else None
    return named or Client(uuid=raw.uuid)


def _of(raw: RawEvent, client: Client | None) -> ServerEvent:
    return msgspec.structs.replace(raw.server or ServerEvent(), client=client)


def _by_uuid(caller: Caller, raws: Sequence[RawEvent]) -> list[Client]:
    clients = [client_of(raw) for raw in raws]
    if any(client.uuid not in (None, caller.uuid) for client in clients):
        raise ApiError(403, _NOT_OWN)
    return clients


def _refuse_others(own: Client, clients: Sequence[Client], store: Store) -> Profile | None:
    """Refuse where an identifier is not one of the profile's that `own` means; return that where any is."""
    named = list(dict.fromkeys(each for client in clients for each in _each(client)))
    if not named:
        return None
    found = _found([own, *named], store)
    me = found[own]
    if me is None or any(
        profile is None or profile.client_id != me.client_id for profile in (found[one] for one in named)
    ):
        raise ApiError(403, _NOT_OWN)
    return me


def _each(client: Client) -> list[Client]:
    """A client for each of its identifiers."""
    told = {name: value for name, value in msgspec.structs.asdict(client).items() if value is not None}
    return [Client(**{name: value}) for name, value in told.items()]


def _found(clients: list[Client], store: Store) -> dict[Client, Profile | None]:
    return dict(zip(clients, store.find_clients(clients), strict=True))
