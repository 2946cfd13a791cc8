"""The OpenAPI 3.1 document, made from the operations themselves.

What validates a body is what describes it here, so that the document cannot promise what the server
refuses. pydantic writes the JSON Schemas; all of them share one `components/schemas`.

Source: OpenAPI Specification 3.1.1; JSON Schema 2020-12.
"""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from collector.api.endpoint import VERSION
from collector.api.openapi_words import ERROR_SCHEMAS, GROUPS, SECURITY_SCHEMES, WHEN, WORDS
from collector.api.operation import Operation
from collector.model.caller import Realm

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{model}"
_NAMES = re.compile(r"#/components/schemas/([\w.\-]+)")

REALMS = {
    Realm.WORKSPACE: "workspace",
    Realm.PROFILE: "profile",
    Realm.ANONYMOUS: "anonymous profile",
    Realm.USER: "user",
    Realm.TRACKER: "tracker key",
}
"""Kinds of callers, as the document names them."""

_ABOUT = f"""Events, transactions, profiles and tags, as Synerise's v4 speaks them.

Sign in with an API key, send the token as `Authorization: Bearer`, and `Api-Version: {VERSION}` where an
operation asks for it. Bodies are JSON of 1,048,576 bytes at most, plain or by gzip; keys that an operation
does not know are ignored. A write answers 202 once it is on disk. Every error has the body `Error`, whose
`errors` name each field that did not pass."""


class _Plain(GenerateJsonSchema):
    """Without a title for each field, which would say its name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def document(operations: Iterable[Operation]) -> Json:
    """Return the whole document. It needs neither a store nor a request."""
    operations = tuple(sorted(operations, key=_group))
    schemas, components = _schemas(operations)
    paths: dict[str, Json] = {}
    for operation in operations:
        path = plain_path(operation.paths[0])
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tagwell server API", "version": version("tagwell"), "description": _ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(one.group for one in operations)],
        "paths": paths,
        "components": {
            "schemas": components | ERROR_SCHEMAS,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _group(operation: Operation) -> int:
    return GROUPS.index(operation.group) if operation.group in GROUPS else len(GROUPS)


def plain_path(path: str) -> str:
    """A path as the document writes it: `{customId:path}` is `{customId}`."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


def _schemas(operations: tuple[Operation, ...]) -> tuple[dict[tuple[str, str], Json], Json]:
    """The schema of each body, query, part of a path and answer by (operation, place); and the components."""
    wanted: list[tuple[tuple[str, str], JsonSchemaMode, TypeAdapter[Any]]] = []
    for one in operations:
        places = {f"path {name}": kind for name, kind in one.params.items()}
        places |= {"body": one.body, "query": one.query}
        wanted += [
            ((one.id, place), "validation", TypeAdapter(kind))
            for place, kind in places.items()
            if kind is not None
        ]
        if one.answer is not None:
            wanted.append(((one.id, "answer"), "serialization", TypeAdapter(one.answer)))
        if one.partly is not None:
            wanted.append(((one.id, "partly"), "serialization", TypeAdapter(one.partly)))
    found, rest = TypeAdapter.json_schemas(wanted, ref_template=_REFERENCE, schema_generator=_Plain)
    components: Json = rest.get("$defs", {})
    by_place: dict[tuple[str, str], Json] = {key: schema for (key, _mode), schema in found.items()}
    for (operation_id, place), schema in by_place.items():
        if place == "query" and "$ref" in schema:
            # A query is written as its parameters, never as an object.
            by_place[operation_id, place] = components[schema["$ref"].rpartition("/")[2]]
    shown = str([schema for (_id, place), schema in by_place.items() if place != "query"])
    return by_place, _reached(components, set(_NAMES.findall(shown + str(_queries(by_place)))))


def _queries(by_place: Mapping[tuple[str, str], Json]) -> list[Json]:
    return [schema.get("properties", {}) for (_id, place), schema in by_place.items() if place == "query"]


def _reached(components: Json, wanted: set[str]) -> Json:
    """Those components that are wanted, and what they refer to."""
    reached: set[str] = set()
    while wanted:
        name = wanted.pop()
        reached.add(name)
        wanted |= set(_NAMES.findall(str(components[name]))) - reached
    return {name: schema for name, schema in components.items() if name in reached}


def _operation(operation: Operation, schemas: Mapping[tuple[str, str], Json]) -> Json:
    described: Json = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.group],
        "description": _description(operation),
        "parameters": _parameters(operation, schemas),
        "responses": _responses(operation, schemas),
        "security": security(operation),
        "x-callers": sorted(REALMS[realm] for realm in operation.who),
    }
    if operation.permission is not None:
        described["x-permission"] = operation.permission
    if operation.deprecated:
        described["deprecated"] = True
    body = schemas.get((operation.id, "body"))
    if body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return described


def _description(operation: Operation) -> str:
    parts = [operation.description]
    if operation.who:
        parts.append(f"Callers: {', '.join(sorted(REALMS[realm] for realm in operation.who))}.")
    else:
        parts.append("Nobody needs a token.")
    if operation.permission is not None:
        parts.append(f"An API key needs the permission `{operation.permission}`.")
    if len(operation.paths) > 1:
        others = ", ".join(f"`{plain_path(path)}`" for path in operation.paths[1:])
        parts.append(f"Also at {others}, as older clients spell it.")
    return "\n\n".join(part for part in parts if part)


def security(operation: Operation) -> list[dict[str, list[str]]]:
    """The ways to say who calls, any of which is enough."""
    ways = []
    if operation.who - {Realm.TRACKER}:
        ways.append("token")
    if Realm.WORKSPACE in operation.who:
        ways.append("basic")
    if Realm.TRACKER in operation.who:
        ways.append("trackerKey")
    return [{way: []} for way in ways]


def _parameters(operation: Operation, schemas: Mapping[tuple[str, str], Json]) -> list[Json]:
    parameters: list[Json] = []
    for name in path_names(operation):
        # A part of a path is never empty: that would be another path.
        schema = schemas.get((operation.id, f"path {name}"), {"type": "string", "minLength": 1})
        parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
    query = schemas.get((operation.id, "query"), {})
    for name, schema in query.get("properties", {}).items():
        required = name in query.get("required", ())
        parameters.append({"name": name, "in": "query", "required": required, "schema": _sent(schema)})
    if operation.versioned:
        exact = {"type": "string", "const": VERSION}
        parameters.append({"name": "Api-Version", "in": "header", "required": True, "schema": exact})
    for parameter in parameters:
        if "description" in parameter["schema"]:
            parameter["description"] = parameter["schema"]["description"]
    return parameters


def _sent(schema: Json) -> Json:
    """A schema of what an address can hold: it has no null."""
    others = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    plain = {name: value for name, value in schema.items() if name != "anyOf" and value is not None}
    if len(others) == 1:
        return {**others[0], **plain}
    return plain | ({"anyOf": others} if others else {})


def path_names(operation: Operation) -> list[str]:
    """The names of the parts of its path."""
    return re.findall(r"\{(\w+)\}", plain_path(operation.paths[0]))


def statuses(operation: Operation) -> list[int]:
    """The failures that it can answer: its own, and those that come before it (api/endpoint.py)."""
    found = {429, 503, *operation.failures}
    if operation.who:
        found |= {401, 403}
    if operation.versioned or operation.query is not None or operation.body is not None:
        found.add(400)
    if operation.body is not None:
        found.add(415)
    if any(name in operation.params for name in path_names(operation)):
        found.add(404)
    return sorted(found)


def _responses(operation: Operation, schemas: Mapping[tuple[str, str], Json]) -> Json:
    answer = schemas.get((operation.id, "answer"))
    success: Json = {"description": WORDS.get(operation.status, HTTPStatus(operation.status).phrase)}
    if answer is not None:
        success["content"] = {operation.media: {"schema": answer}}
    signs_in = operation.paths[0].startswith("/sauth/")
    error = {"$ref": _REFERENCE.format(model="SignInError" if signs_in else "Error")}
    responses: Json = {str(operation.status): success}
    if operation.partly is not None:
        content = {"application/json": {"schema": schemas[operation.id, "partly"]}}
        responses["207"] = {"description": WORDS[207], "content": content}
    for status in statuses(operation):
        described: Json = {
            "description": WHEN.get(status, HTTPStatus(status).phrase),
            "content": {"application/json": {"schema": error}},
        }
        if status in (423, 429, 503):
            described["headers"] = {
                "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}
            }
        responses[str(status)] = described
    return responses
