"""A profile as the API shows it.

Source: contracts/synerise-profiles-api.md section 3.3 and rows 34 and 48.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from collector.model.profile import AGREEMENTS, NATIVE_FIELDS, Profile


class AgreementsAnswer(BaseModel):
    """Agreements to marketing, by channel: false where nobody was asked."""

    model_config = ConfigDict(alias_generator=to_camel)

    email: bool
    sms: bool
    push: bool
    web_push: bool
    bluetooth: bool
    rfid: bool
    wifi: bool


Moment = Annotated[str, Field(examples=["2019-03-19T14:05:39Z"], json_schema_extra={"format": "date-time"})]


class ProfileAnswer(BaseModel):
    """A profile. What is not known of it is null."""

    model_config = ConfigDict(alias_generator=to_camel)

    client_id: Annotated[int, Field(json_schema_extra={"format": "int64"})]
    email: str | None
    phone: str | None
    custom_id: str | None
    uuid: str | None = Field(description="Of several browsers the one that was named last.")
    first_name: str | None
    last_name: str | None
    display_name: str | None
    company: str | None
    address: str | None
    city: str | None
    province: str | None
    zip_code: str | None
    country_code: str | None
    birth_date: str | None
    sex: str | None
    avatar_url: str | None
    anonymous: bool = Field(description="True until an email or a customId is known.")
    agreements: AgreementsAnswer
    attributes: dict[str, Any]
    tags: list[str]
    previous_clients: list[str] = Field(description="The ids of profiles that were merged into this one.")
    last_activity_date: Moment


class ProfileList(BaseModel):
    """A page of profiles. `all` is how many there are, `matching` how many fit what was asked for."""

    customers: list[ProfileAnswer]
    all: int
    limit: int
    offset: int
    matching: int


class LastActivity(BaseModel):
    """When a profile was active last."""

    last_activity_date: Moment


def profile_answer(profile: Profile) -> dict[str, Any]:
    """A profile as `ProfileAnswer` describes it."""
    return {
        "clientId": profile.client_id,
        "email": profile.email,
        "customId": profile.custom_id,
        "uuid": profile.uuid,
        **{name: profile.fields.get(name) for name in NATIVE_FIELDS},
        "anonymous": profile.anonymous,
        "agreements": {name: profile.agreements.get(name, False) for name in AGREEMENTS},
        "attributes": profile.attributes,
        "tags": profile.tags,
        "previousClients": [str(one) for one in profile.previous_ids],
        "lastActivityDate": second(profile.last_activity_ms),
    }


def second(time_ms: int) -> str:
    """A time in ms since the epoch as ISO 8601, UTC, to the second."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).isoformat().replace("+00:00", "Z")
