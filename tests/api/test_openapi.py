"""The document that describes the API: valid, whole, true to the operations; and the page made from it."""

import json
import re
from html.parser import HTMLParser
from importlib.metadata import version
from typing import Any

import jsonschema_rs
import pytest
from pydantic import TypeAdapter
from schemathesis.openapi import from_dict

from collector.api.docs import curl
from collector.api.docs_fields import example, fields
from collector.api.docs_page import prose
from collector.api.openapi import document, plain_path
from collector.api.operation import Operation
from collector.api.routes import OPERATIONS
from collector.auth.permissions import PERMISSIONS
from tests.receive.running import Running

WITH_BODY = [one for one in OPERATIONS if one.body is not None]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The document as a client reads it."""
    found: dict[str, Any] = json.loads(json.dumps(document(OPERATIONS)))
    return found


def operation_of(described: dict[str, Any], one: Operation) -> dict[str, Any]:
    found: dict[str, Any] = described["paths"][plain_path(one.paths[0])][one.method.lower()]
    return found


def test_it_is_valid_openapi_3_1(described: dict[str, Any]) -> None:
    """schemathesis carries the meta-schema of the OpenAPI Initiative."""
    assert described["openapi"].startswith("3.1.")
    from_dict(described).validate()


def test_every_schema_is_a_json_schema(described: dict[str, Any]) -> None:
    for name, schema in described["components"]["schemas"].items():
        jsonschema_rs.meta.validate(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
        assert re.fullmatch(r"[a-zA-Z0-9._-]+", name)


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(described)):
        assert reference.removeprefix("#/components/schemas/") in described["components"]["schemas"]


def test_it_is_served_to_anybody(collector: Running, described: dict[str, Any]) -> None:
    response = collector.request("GET", "/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.json() == described
    assert described["info"]["version"] == version("tagwell")
    assert described["servers"] == [{"url": "/"}]


def ids(one: Operation) -> str:
    return one.id


@pytest.mark.parametrize("one", OPERATIONS, ids=ids)
def test_an_operation_is_described_as_it_is(described: dict[str, Any], one: Operation) -> None:
    found = operation_of(described, one)
    assert (found["operationId"], found["tags"]) == (one.id, [one.group])
    statuses = set(found["responses"])
    assert {str(one.status), "503", *map(str, one.failures)} <= statuses
    assert {"401", "403"} <= statuses or not one.who
    assert (found["security"] == []) == (not one.who)
    if one.permission is not None:
        assert one.permission in PERMISSIONS
        assert found["x-permission"] == one.permission
        assert one.permission in found["description"]
    names = {(part["in"], part["name"]) for part in found["parameters"]}
    assert {name for place, name in names if place == "path"} == set(
        re.findall(r"\{(\w+)\}", plain_path(one.paths[0]))
    )
    assert (("header", "Api-Version") in names) == one.versioned
    assert ("requestBody" in found) == (one.body is not None)
    assert ("content" in found["responses"][str(one.status)]) == (one.answer is not None)


@pytest.mark.parametrize("one", WITH_BODY, ids=ids)
def test_the_example_of_a_body_is_taken(described: dict[str, Any], one: Operation) -> None:
    """What the page tells people to send is what the operation itself takes."""
    components = described["components"]["schemas"]
    schema = operation_of(described, one)["requestBody"]["content"]["application/json"]["schema"]
    TypeAdapter(one.body).validate_python(example(schema, components))
    assert list(fields(schema, components)), "the page would show no field"


def test_a_command_survives_a_quote() -> None:
    schema = {"type": "object", "properties": {"a": {"const": "it's"}}, "required": ["a"]}
    operation = {
        "parameters": [],
        "security": [],
        "requestBody": {"content": {"application/json": {"schema": schema}}},
    }
    assert curl("/x", "POST", operation, {}).endswith("""-d '{"a": "it'\\''s"}'""")


class Page(HTMLParser):
    """What a page links to, what can be linked to, and what it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if given.get("id"):
            assert given["id"] not in self.anchors, f"two elements are #{given['id']}"
            self.anchors.add(str(given["id"]))
        if tag == "a":
            self.links.append(given.get("href") or "")
        elif "src" in given or "href" in given:
            self.loads.append(given.get("src") or given.get("href") or "")


def test_the_page_shows_everything_and_loads_nothing_foreign(collector: Running) -> None:
    response = collector.request("GET", "/docs/api")
    assert response.status_code == 200
    page = Page(response.text)
    assert {one.id for one in OPERATIONS} <= page.anchors
    assert {link[1:] for link in page.links if link.startswith("#")} <= page.anchors
    assert "script" not in page.tags
    assert "default-src 'none'" in response.headers["content-security-policy"]
    for address in page.loads:
        assert address.startswith("/static/")
        assert collector.request("GET", address).status_code == 200
    assert response.text.count("not implemented") == 44
    for one in OPERATIONS:
        assert one.permission is None or one.permission in response.text


def test_prose_is_escaped() -> None:
    assert prose("a `<b>` & c\n\nd") == "<p>a <code>&lt;b&gt;</code> &amp; c</p><p>d</p>"
