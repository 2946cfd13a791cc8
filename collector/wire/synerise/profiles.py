"""A profile as a back end writes it: create, update, batch, register, own data.

Source: contracts/synerise-profiles-api.md sections 3 to 5.
"""

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from collector.model.change import ProfileChange
from collector.model.identifier import PLACEHOLDER
from collector.model.profile import NATIVE_FIELDS, Newsletter
from collector.wire.synerise.common import ClientId, CustomId, Email, Uuid
from collector.wire.synerise.profile_fields import (
    MAX_TAGS,
    Agreements,
    Attributes,
    BirthDate,
    CountryCode,
    Name,
    Phone,
    Sex,
    Text,
)

NEWSLETTER = "newsletter_agreement_enabled"
"""The attribute that is a wish for the newsletter as well (contracts/synerise-sdk.md section 7.2)."""

IDENTIFIERS = ("email", "phone", "customId", "uuid")
"""Of which a new profile needs one."""


class ProfileBody(BaseModel):
    """A profile's data. What is absent stays as it is.

    A null deletes a custom attribute and empties a field where a profile is updated; where one is created
    it says nothing. A null in place of `agreements`, `attributes` or `tags` says nothing anywhere, as
    these are merged name by name.
    """

    model_config = ConfigDict(alias_generator=to_camel)

    email: Email | None = None
    phone: Phone | None = None
    custom_id: CustomId | None = None
    uuid: Uuid | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    display_name: Text | None = None
    avatar_url: Text | None = None
    birth_date: BirthDate | None = None
    company: Text | None = None
    city: Text | None = None
    address: Text | None = None
    zip_code: Text | None = None
    province: Text | None = None
    country_code: CountryCode | None = None
    sex: Sex | None = None
    agreements: Agreements | None = None
    attributes: Attributes | None = None
    tags: list[Name] | None = Field(None, max_length=MAX_TAGS, description="Added to those there are.")

    def change(self, *, clears: bool, by_back_end: bool, client_id: int | None = None) -> ProfileChange:
        """What it asks for. `clears`: a null deletes. `by_back_end`: it is not the person who asks.
        `client_id`: of the profile that is meant."""
        said = self.model_dump(
            by_alias=True,
            exclude_unset=True,
            exclude_none=not clears,
            exclude={"agreements", "attributes", "tags"},
        )
        if (said.get("email") or "").lower().endswith(PLACEHOLDER):
            del said["email"]
        attributes = self.attributes or {}
        if not clears:
            attributes = {name: value for name, value in attributes.items() if value is not None}
        return ProfileChange(
            client_id=client_id,
            email=said.get("email"),
            custom_id=said.get("customId"),
            uuid=said.get("uuid"),
            cleared=tuple(name for name in ("email", "customId") if name in said and said[name] is None),
            fields={name: said[name] for name in NATIVE_FIELDS if name in said},
            attributes=attributes,
            agreements=self.agreements.given(clears=clears) if self.agreements else {},
            tags=tuple(dict.fromkeys(self.tags or ())),
            newsletter=_wish(attributes.get(NEWSLETTER)),
            by_back_end=by_back_end,
        )


class NewProfile(ProfileBody):
    """The data of a profile, with one identifier at least. A profile that has it already is updated."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [name], "properties": {name: {"type": "string"}}} for name in IDENTIFIERS]
        }
    )


class BatchItem(NewProfile):
    """One profile of a batch. `clientId` means one that there is: it makes none."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"not": {"type": "null"}}}}
                for name in ("clientId", *IDENTIFIERS)
            ]
        }
    )

    client_id: ClientId | None = None


def names_somebody(change: ProfileChange, *, unique_emails: bool, update: bool) -> bool:
    """Whether the identifiers of a change can mean a profile (section 4).

    Where emails are not unique an email means nobody, and a phone makes no profile; `update`: it may
    still find one.
    """
    if change.client_id is not None or change.custom_id is not None or change.uuid is not None:
        return True
    if change.email is not None and unique_emails:
        return True
    return change.fields.get("phone") is not None and (unique_emails or update)


def _wish(value: Any) -> Newsletter | None:
    wishes: tuple[Newsletter, ...] = get_args(Newsletter)
    return next((wish for wish in wishes if wish == value), None)
