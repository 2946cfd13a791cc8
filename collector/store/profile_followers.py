"""What follows from a change of a profile: its native events."""

import uuid as uuids
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from collector.model.change import StoredChange
from collector.model.event import Params
from collector.store.derived import Derived
from collector.store.profile_row import ProfileRow


@dataclass(kw_only=True)
class Told:
    """What a change did to its profile.

    changed        what is different: identifiers and fields by name, `attributes.NAME`
    turned         agreements that turned, and which way
    tags, untags   that were added and taken away
    waits          whether a wish about the newsletter waits for the person's word
    """

    created: bool
    was_anonymous: bool
    changed: list[str] = field(default_factory=list)
    turned: dict[str, bool] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    untags: list[str] = field(default_factory=list)
    waits: bool = False

    @property
    def anything(self) -> bool:
        """Whether the profile is another than before."""
        return bool(self.created or self.changed or self.turned or self.tags or self.untags)


def followers(stored: StoredChange, row: ProfileRow, told: Told) -> Iterator[Derived]:
    """The events that follow, as far as the lists of the change's source let them."""
    for action, label, params, name in _told(row, told):
        event = stored.derive(action, label, params, stored.received_ms)
        if event is None:
            continue
        if name:
            # Of several agreements or tags each has an id of its own.
            event = msgspec.structs.replace(event, id=str(uuids.uuid5(uuids.UUID(event.id), name)))
        yield Derived(event, row.id, stored.change.uuid)


def _told(row: ProfileRow, told: Told) -> Iterator[tuple[str, str, Params, str]]:
    """Action, label, params, and what tells several of one action apart."""
    if told.created:
        yield "client.add", "Profile added", {}, ""
    if told.was_anonymous and not row.anonymous:
        named = {"email": row.email, "customId": row.custom_id}
        yield "client.identify", "Profile identified", {k: v for k, v in named.items() if v is not None}, ""
    if told.changed and not told.created:
        yield "profile.updated", "Profile updated", {"changed": told.changed}, ""
    for name, on in told.turned.items():
        action = "marketingAgreement.turnOn" if on else "marketingAgreement.turnOff"
        yield action, "Agreement on" if on else "Agreement off", {"agreement": name}, name
    for tag in told.tags:
        yield "client.addTag", "Tag added", {"tag": tag}, tag
    for tag in told.untags:
        yield "client.removeTag", "Tag removed", {"tag": tag}, tag
