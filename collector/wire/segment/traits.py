"""What an identify tells of a person, as fields of a profile.

Both spellings of a trait are read, camelCase and snake_case. What has no field of ours keeps its name
and becomes an attribute.

Source: contracts/segment-customerio.md section 7; contracts/synerise-profiles-api.md section 3.
"""

import re
from typing import Any

from collector.model.event import Params

_FIELDS = {
    "first_name": "firstName",
    "last_name": "lastName",
    "name": "displayName",
    "avatar": "avatarUrl",
    "state": "province",
    "country": "countryCode",
    "postalCode": "zipCode",
    "postal_code": "zipCode",
    "zip": "zipCode",
    "country_code": "countryCode",
}
_OF_AN_ADDRESS = {
    "street": "address",
    "city": "city",
    "state": "province",
    "country": "countryCode",
    "postalCode": "zipCode",
    "postal_code": "zipCode",
    "zip": "zipCode",
}
_BIRTHDAYS = ("birthday", "birth_date", "birthDate")
_SEXES = {"f": "FEMALE", "female": "FEMALE", "m": "MALE", "male": "MALE", "other": "OTHER"}
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?", re.ASCII)


def profile_fields(traits: Params, *, has_user_id: bool) -> Params:
    """Return the params of a client.createOrUpdate. `has_user_id`: the message says who it is.

    A field that is told by its own name counts before one that is made of others.
    """
    fields: Params = {}
    own: Params = {}
    for name, value in traits.items():
        if name == "address" and isinstance(value, dict):
            fields |= {field: value[part] for part, field in _OF_AN_ADDRESS.items() if part in value}
        elif name == "company" and isinstance(value, dict):
            fields |= {"company": value["name"]} if "name" in value else {}
        elif name in _BIRTHDAYS and (day := _date(value)):
            fields["birthDate"] = day
        elif name == "gender" and (sex := _sex(value)):
            fields["sex"] = sex
        elif name in _FIELDS:
            fields[_FIELDS[name]] = value
        elif not (has_user_id and name.lower() == "customid"):
            own[name] = value
    return {**_parted(traits.get("name"), fields | own), **fields, **own}


def _parted(name: Any, told: Params) -> Params:
    """The first word of a name and the rest, where neither name is told by itself."""
    if not isinstance(name, str) or "firstName" in told or "lastName" in told:
        return {}
    first, _, last = name.strip().partition(" ")
    return {"firstName": first, "lastName": last.strip()} if last else {}


def _date(value: Any) -> str | None:
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else None


def _sex(value: Any) -> str | None:
    return _SEXES.get(value.strip().lower()) if isinstance(value, str) else None
