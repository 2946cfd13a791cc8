"""Whom a back end means: the `client` of an event (contracts/synerise-events-api.md section 2)."""

import msgspec


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """The identifiers that were sent, at least one. Of several the first of these that is known decides."""

    id: int | None = None
    custom_id: str | None = None
    uuid: str | None = None
    email: str | None = None


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What an event of the server API says beside what all events say.

    client         whose event it is, by a sender's word that is trusted; None: as beacons tell it
    salt           an event with the same salt, time, profile and action is written over
    transaction    each of `params.products` makes a product.buy
    """

    client: Client | None = None
    salt: str | None = None
    transaction: bool = False
