"""A JSON Schema as a person reads it: rows of fields, and an example."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Json = Mapping[str, Any]

MAX_DEPTH = 4
"""How deep fields are listed. What lies deeper is free-form."""

_EXAMPLES: dict[str, Any] = {
    "apiKey": "YOUR_KEY",
    "action": "dog.bark",
    "label": "Barked at the mailman",
    "email": "ann@shop.example",
    "customId": "customer-1042",
    "uuid": "07243772-008a-42e1-ba37-c3807cebde8f",
    "phone": "+48111222333",
    "firstName": "Ann",
    "client": {"email": "ann@shop.example"},
    "clientId": 434428563,
    "time": "2026-11-22T09:30:00.125Z",
    "params": {"loudness": 3, "mood": "happy"},
    "sku": "bowl-blue",
    "name": "Blue bowl",
    "currency": "EUR",
    "amount": 48.0,
    "quantity": 1,
    "orderId": "2026-1042",
    "method": "CARD",
    "color": "#0a5c4a",
    "password": "correct-horse-7",
    "companyId": 12,
    "lat": 54.352,
    "lon": 18.646,
}
"""What stands in an example for a field of this name whose type brings none of its own."""


class Field(NamedTuple):
    """One row. `name` as in `products[].sku`; `rules` are what a value must keep."""

    name: str
    type: str
    required: bool
    rules: tuple[str, ...]
    description: str


def fields(schema: Json, components: Json, place: str = "", depth: int = 0) -> Iterator[Field]:
    """The fields of an object, or of the items of an array, and of what lies in them."""
    schema = resolved(schema, components)
    if schema.get("type") == "array":
        yield from fields(schema.get("items", {}), components, f"{place}[]" if place else "", depth)
        return
    if depth >= MAX_DEPTH:
        return
    for variant in schema.get("oneOf", schema.get("anyOf", ())):
        if "$ref" in variant or "type" in variant:  # others only say more about the same fields
            yield from fields(variant, components, place, depth)
    required = schema.get("required", ())
    for name, given in schema.get("properties", {}).items():
        whole = f"{place}.{name}" if place else name
        found = resolved(given, components)
        description = given.get("description", found.get("description", ""))
        yield Field(
            whole, type_words(given, components), name in required, tuple(rules(found)), str(description)
        )
        yield from fields(found, components, whole, depth + 1)


def resolved(schema: Json, components: Json) -> Json:
    """A schema without a reference at its top, and without the null that it may be instead."""
    others = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(others) == 1:
        rest = {name: value for name, value in schema.items() if name != "anyOf"}
        return {**resolved(others[0], components), **rest}
    if "$ref" in schema:
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        return {**resolved(components[schema["$ref"].rpartition("/")[2]], components), **rest}
    return schema


def type_words(schema: Json, components: Json) -> str:
    """The type in words: `string or null`, `array of object`."""
    if "type" not in schema and ("anyOf" in schema or "oneOf" in schema):
        words = [type_words(one, components) for one in schema.get("anyOf", schema.get("oneOf", ()))]
        return " or ".join(dict.fromkeys(words))
    schema = resolved(schema, components)
    if "type" not in schema and ("anyOf" in schema or "oneOf" in schema):
        return type_words(schema, components)
    if schema.get("type") == "array":
        return f"array of {type_words(schema.get('items', {}), components)}"
    if "const" in schema and "type" not in schema:
        return "string"
    return str(schema.get("format") or schema.get("type", "any value"))


def rules(schema: Json) -> Iterator[str]:
    """What a value must keep, each in a few words."""
    for name, words in _RULES.items():
        if name in schema:
            yield words.format(_shown(schema[name]))
    for variant in schema.get("anyOf", ()):
        yield from rules(variant)
    if isinstance(schema.get("items"), dict):
        yield from (f"each: {rule}" for rule in rules(schema["items"]))
    if schema.get("default") is not None:
        yield f"{_shown(schema['default'])} where absent"


_RULES = {
    "const": "{}",
    "enum": "one of {}",
    "minLength": "{} characters or more",
    "maxLength": "{} characters at most",
    "pattern": "matches `{}`",
    "minimum": "{} or more",
    "exclusiveMinimum": "more than {}",
    "maximum": "{} at most",
    "exclusiveMaximum": "less than {}",
    "minItems": "{} items or more",
    "maxItems": "{} items at most",
    "minProperties": "{} keys or more",
    "maxProperties": "{} keys at most",
}


def _shown(value: Any) -> str:
    text = ", ".join(f"`{one}`" for one in value) if isinstance(value, list) else str(value)
    return "".join(
        one if one.isprintable() and (one.isascii() or one.isalpha()) else _escaped(one) for one in text
    )


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\u{{{number:x}}}"


def example(schema: Json, components: Json, name: str = "") -> Any:
    """A value that this schema takes: its own example, else one that its parts make."""
    schema = resolved(schema, components)
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("example", "const"):
        if key in schema:
            return schema[key]
    if name in _EXAMPLES and not (name == "params" and "required" in schema):
        return _EXAMPLES[name]
    if schema.get("type") != "object" and ("anyOf" in schema or "oneOf" in schema):
        return example(schema.get("oneOf", schema.get("anyOf"))[0], components, name)
    match schema.get("type"):
        case "object":
            given = schema.get("properties", {})
            chosen = (
                schema.get("required") or _one_of(schema) or [one for one in given if one in _EXAMPLES][:1]
            )
            return {one: example(given[one], components, one) for one in chosen if one in given}
        case "array":
            return [example(schema.get("items", {}), components, name.removesuffix("s"))]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    return "text"


def _one_of(schema: Json) -> list[str]:
    """Of an object that must hold one of several fields: the one that is known best."""
    ways = [list(way.get("required", ())) for way in schema.get("anyOf", ())]
    return next((way for way in ways if "email" in way), ways[0] if ways else [])
