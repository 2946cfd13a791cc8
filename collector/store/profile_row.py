"""One profile as the store keeps it: what is looked up in columns, the rest in JSON."""

from typing import Any

import msgspec
from sqlalchemy import Row

from collector.model.phone import plain_phone

Key = tuple[int, str, str]
"""An identifier: workspace, kind, value."""


class ProfileRow(msgspec.Struct, kw_only=True, eq=False):
    """One row of the profiles table, decoded. `phone` is written from the fields, as `plain_phone` has it;
    `given_phone` is the one that a back end gave the profile, for as long as it is still that one."""

    id: int
    workspace: int
    email: str | None = None
    custom_id: str | None = None
    uuid: str | None = None
    phone: str | None = None
    given_phone: str | None = None
    fields: dict[str, str] = {}
    attributes: dict[str, Any] = {}
    agreements: dict[str, bool] = {}
    tags: list[str] = []
    trusted: list[str] = []
    created_ms: int
    updated_ms: int
    last_activity_ms: int

    @property
    def anonymous(self) -> bool:
        """True until an email or a customId is known."""
        return self.email is None and self.custom_id is None


_JSON_COLUMNS = ("fields", "attributes", "agreements", "tags", "trusted")


def decode_profile(row: Row[Any]) -> ProfileRow:
    """A row of the profiles table with its JSON columns read."""
    values = row._asdict()
    for name in _JSON_COLUMNS:
        values[name] = msgspec.json.decode(values[name])
    return ProfileRow(**values)


def encode_profile(row: ProfileRow) -> dict[str, Any]:
    """The columns of a profile, its JSON columns written."""
    values = msgspec.structs.asdict(row)
    values["phone"] = phone = plain_phone(row.fields.get("phone"))
    values["given_phone"] = phone if phone == row.given_phone else None
    for name in _JSON_COLUMNS:
        values[name] = msgspec.json.encode(values[name]).decode()
    return values
