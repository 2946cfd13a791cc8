"""A profile: a visitor or customer, anonymous until an identifier is known."""

from typing import Any, Literal

import msgspec

IdentifierKind = Literal["uuid", "customId", "email", "phone"]

NATIVE_FIELDS: tuple[str, ...] = (
    "firstName",
    "lastName",
    "displayName",
    "company",
    "phone",
    "address",
    "city",
    "province",
    "zipCode",
    "countryCode",
    "birthDate",
    "sex",
    "avatarUrl",
)
"""The profile's own fields besides identifiers; every other name is a custom attribute.
Source: contracts/synerise-profiles-api.md section 3."""

AGREEMENTS: tuple[str, ...] = ("email", "sms", "push", "webPush", "bluetooth", "rfid", "wifi")
"""Source: contracts/synerise-profiles-api.md section 3.1."""

RESERVED_ATTRIBUTES: frozenset[str] = frozenset(
    """email clientId phone customId uuid firstName lastName displayName company address city province
    zipCode countryCode birthDate sex avatarUrl anonymous agreements tags businessProfileId time ip source
    newsletter_agreement custom_identify firstname lastname created updated last_activity_date birthdate
    external_avatar_url displayname receive_smses receive_push_messages receive_webpush_messages
    receive_btooth_messages receive_rfid_messages receive_wifi_messages confirmation_hash ownerId
    anonymous_type country_id geo_loc_city geo_loc_country geo_loc_as geo_loc_country_code geo_loc_isp
    geo_loc_lat geo_loc_lon geo_loc_org geo_loc_query geo_loc_region geo_loc_region_name geo_loc_status
    geo_loc_timezone geo_loc_zip club_card_id type confirmed facebookId status""".split()
)
"""Names that no custom attribute has: sent as one, they are ignored.
Source: contracts/synerise-profiles-api.md section 3.2."""

Newsletter = Literal["enabled", "confirmation", "disabled"]


class ProfileUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """What one event says about its profile. Trusted or not is the event's, not the update's.

    newsletter         the wish of a `newsletterAgreement` field
    newsletter_form    sent by a form of type `newsletter` (an address without an agreement)
    previous_id        a customId or uuid that is said to be the same person's
    """

    email: str | None = None
    custom_id: str | None = None
    fields: dict[str, str] = {}
    attributes: dict[str, Any] = {}
    tags: tuple[str, ...] = ()
    newsletter: Newsletter | None = None
    newsletter_form: bool = False
    previous_id: str | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that named the profile's identifier without proof. `created_ms`: since when."""

    uuid: str
    kind: str
    state: str
    created_ms: int


class Profile(msgspec.Struct, kw_only=True):
    """A profile as read. `client_id` is our integer id; times are ms since the epoch, UTC.

    uuid       the one of `uuids` that a reader is shown who wants one
    claims     browsers whose events may be this person's, unconfirmed
    pending    agreements that a form asked for, and the wish that waits for the person's word
    """

    client_id: int
    workspace_id: int
    email: str | None
    custom_id: str | None
    uuid: str | None
    uuids: list[str]
    fields: dict[str, str]
    attributes: dict[str, Any]
    agreements: dict[str, bool]
    tags: list[str]
    previous_ids: list[int]
    claims: list[Claim]
    pending: dict[str, str]
    created_ms: int
    updated_ms: int
    last_activity_ms: int

    @property
    def anonymous(self) -> bool:
        """True until an email or a customId is known."""
        return self.email is None and self.custom_id is None
