"""What an event says about its profile: the data of a form, or of a client.createOrUpdate.

A form's data is keyed by the inputs' names, and a mapping says which of them is which Synerise
field; a name that no mapping mentions is taken for the field's own.

Source: contracts/synerise-sdk.md section 6, contracts/synerise-profiles-api.md section 3.
"""

from typing import Any, get_args

import msgspec

from collector.model.event import Params
from collector.model.profile import NATIVE_FIELDS, RESERVED_ATTRIBUTES, Newsletter, ProfileUpdate
from collector.normalise import identifiers

MAX_TEXT = 1000
"""Longest value of a field or attribute, in characters of its text or JSON; the event keeps the whole."""

MAX_NAME = 255
"""Longest name of an attribute, in characters."""

MAX_NAMES = 100
"""Most custom attributes and tags that one event may set."""

_FIELDS = {name.lower(): name for name in NATIVE_FIELDS} | {"country": "countryCode"}
_NEWSLETTER: tuple[Newsletter, ...] = get_args(Newsletter)


def profile_update(
    action: str, params: Params, *, custom_id: str | None = None, previous_id: str | None = None
) -> ProfileUpdate | None:
    """Return what an event of this action says about its profile; None when it says nothing.

    `custom_id` and `previous_id` are what was told beside the params.
    """
    update = _by_params(action, params)
    if custom_id is None and previous_id is None:
        return update
    update = update or ProfileUpdate()
    return msgspec.structs.replace(update, custom_id=update.custom_id or custom_id, previous_id=previous_id)


def _by_params(action: str, params: Params) -> ProfileUpdate | None:
    match action:
        case "form.submit":
            form_type = params.get("formType")
            types = form_type.split(",") if isinstance(form_type, str) else []
            return _update(_form_fields(params), types)
        case "client.createOrUpdate":
            tags = params.get("tags")
            fields = {name: value for name, value in params.items() if name not in ("tags", "attributes")}
            attributes = params.get("attributes")
            if isinstance(attributes, dict):
                own = {name: value for name, value in attributes.items() if name not in RESERVED_ATTRIBUTES}
                fields = {**own, **fields}
            return _update(fields, tags if isinstance(tags, list) else [])
        case "client.group":
            said: Params = {name: params[name] for name in ("groupId", "group") if name in params}
            return _update(said, []) if said else None
        case _:
            return None


def _form_fields(params: Params) -> dict[str, Any]:
    data, mapping = params.get("formData"), params.get("mapping")
    if not isinstance(data, dict):
        return {}
    named = {
        field: data[name]
        for field, name in (mapping.items() if isinstance(mapping, dict) else ())
        if isinstance(name, str) and name in data
    }
    mapped = set(mapping.values()) if named and isinstance(mapping, dict) and _texts(mapping) else set()
    fields = {**{name: value for name, value in data.items() if name not in mapped}, **named}
    # An input left empty says nothing: it must not wipe what is known.
    return {name: value for name, value in fields.items() if value not in ("", [])}


def _texts(mapping: dict[str, Any]) -> bool:
    return all(isinstance(name, str) for name in mapping.values())


def _update(sent: dict[str, Any], tags: list[Any]) -> ProfileUpdate | None:
    email = custom_id = newsletter = None
    fields: dict[str, str] = {}
    attributes: dict[str, Any] = {}
    for name, value in sent.items():
        match name.lower():
            case "email":
                email = identifiers.email(value)
            case "customid":
                custom_id = identifiers.custom_id(value)
            case "newsletteragreement":
                newsletter = value if value in _NEWSLETTER else None
            case lower if lower in _FIELDS:
                if isinstance(value, str | int | float) and not isinstance(value, bool):
                    fields[_FIELDS[lower]] = str(value)[:MAX_TEXT]
            case _:
                if name not in RESERVED_ATTRIBUTES and value is not None and len(attributes) < MAX_NAMES:
                    value = value[:MAX_TEXT] if isinstance(value, str) else value
                    if isinstance(value, str) or len(msgspec.json.encode(value)) <= MAX_TEXT:
                        attributes[name[:MAX_NAME]] = value
    kept = [tag.strip()[:MAX_TEXT] for tag in tags if isinstance(tag, str) and tag.strip()][:MAX_NAMES]
    return ProfileUpdate(
        email=email,
        custom_id=custom_id,
        fields=fields,
        attributes=attributes,
        tags=tuple(dict.fromkeys(kept)),
        newsletter=newsletter,
        newsletter_form="newsletter" in kept,
    )
