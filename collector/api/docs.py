"""The API described: `/openapi.json` for tools, `/docs/api` for people.

Both are made from the operations on the first request and kept. The page needs no script and nothing
from another server.
"""

import json
import threading
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from collector.api.docs_fields import Field, example, fields, resolved, rules, type_words
from collector.api.docs_page import HEADERS, render
from collector.api.not_here import ABSENT, Absent
from collector.api.openapi import document
from collector.api.operation import Operation

ROWS = {"events": 30, "profiles": 81}
"""How many operations each contract has."""


class Row(NamedTuple):
    """One operation of the contracts: those of ours that are it, or what is not here."""

    name: str
    here: tuple[Operation, ...]
    absent: Absent | None


def contract_rows(operations: Iterable[Operation]) -> list[Row]:
    """Every row of both contracts, in their order."""
    found: dict[str, tuple[Operation, ...]] = {}
    for one in operations:
        found[one.row] = (*found.get(one.row, ()), one)
    absent = {one.row: one for one in ABSENT}
    names = [f"{part} {number}" for part, count in ROWS.items() for number in range(1, count + 1)]
    return [Row(name, found.get(name, ()), absent.get(name)) for name in names]


class Docs:
    """Serves the document and the page of these operations."""

    def __init__(self, operations: tuple[Operation, ...], base_url: str) -> None:
        self._operations = operations
        self._base_url = base_url
        # Whoever asks first makes it: two at once would make it twice.
        self._lock = threading.Lock()
        self._document = cache(lambda: document(operations))
        self._bytes = cache(lambda: msgspec.json.encode(self._document()))
        self._page = cache(self._render)

    def routes(self) -> list[BaseRoute]:
        """The two paths."""
        return [Route("/openapi.json", self._openapi), Route("/docs/api", self._read)]

    async def _openapi(self, _request: Request) -> Response:
        body = await run_in_threadpool(self._kept, self._bytes)
        # Public, so that an editor or a generator on another site may fetch it.
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
        return Response(body, media_type="application/json", headers=headers)

    async def _read(self, request: Request) -> Response:
        root = str(request.scope.get("root_path", ""))
        return HTMLResponse(await run_in_threadpool(self._kept, self._page, root), headers=HEADERS)

    def _kept(self, make: Any, *arguments: Any) -> Any:
        with self._lock:
            return make(*arguments)

    def _render(self, root: str) -> str:
        described = self._document()
        rows = contract_rows(self._operations)
        return render(
            "api",
            root,
            base_url=self._base_url,
            groups=_groups(described),
            rows=rows,
            here=sum(bool(row.here) for row in rows),
        )


class _Shown(NamedTuple):
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    deprecated: bool
    parameters: tuple[tuple[str, Field], ...]
    body_words: str
    body: tuple[Field, ...]
    answer_words: str
    answer: tuple[Field, ...]
    responses: tuple[tuple[str, str], ...]
    curl: str


def _groups(described: dict[str, Any]) -> dict[str, list[_Shown]]:
    groups: dict[str, list[_Shown]] = {tag["name"]: [] for tag in described["tags"]}
    components = described["components"]["schemas"]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]].append(_shown(path, method.upper(), operation, components))
    return groups


def _shown(path: str, method: str, operation: dict[str, Any], components: dict[str, Any]) -> _Shown:
    body = _schema(operation.get("requestBody"))
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    answer = _schema(answers[0])
    return _Shown(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        description=operation["description"],
        deprecated=operation.get("deprecated", False),
        parameters=tuple(_parameter(one, components) for one in operation["parameters"]),
        body_words=_words(body, components),
        body=tuple(fields(body, components)) if body is not None else (),
        answer_words=_words(answer, components),
        answer=tuple(fields(answer, components)) if answer is not None else (),
        responses=tuple((status, one["description"]) for status, one in operation["responses"].items()),
        curl=curl(path, method, operation, components),
    )


def _schema(holder: dict[str, Any] | None) -> Any:
    return (holder or {}).get("content", {}).get("application/json", {}).get("schema")


def _words(schema: Any, components: dict[str, Any]) -> str:
    if schema is None:
        return ""
    kept = ", ".join(rules(resolved(schema, components)))
    return type_words(schema, components) + (f" ({kept})" if kept else "")


def _parameter(one: dict[str, Any], components: dict[str, Any]) -> tuple[str, Field]:
    schema = resolved(one["schema"], components)
    words = type_words(schema, components)
    row = Field(one["name"], words, one["required"], tuple(rules(schema)), one.get("description", ""))
    return one["in"], row


def curl(path: str, method: str, operation: dict[str, Any], components: dict[str, Any]) -> str:
    """A command that asks for this operation, for a POSIX shell."""
    for one in operation["parameters"]:
        if one["in"] == "path":
            value = example(one["schema"], components, one["name"])
            path = path.replace(f"{{{one['name']}}}", str(value))
    lines = [f'curl "$TAGWELL{path}"' if method in ("GET", "POST") else f'curl -X {method} "$TAGWELL{path}"']
    if operation["security"]:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    lines += [
        f'-H "{one["name"]}: {one["schema"]["const"]}"'
        for one in operation["parameters"]
        if one["in"] == "header"
    ]
    body = _schema(operation.get("requestBody"))
    if body is not None:
        text = json.dumps(example(body, components), ensure_ascii=False)
        quoted = text.replace("'", "'\\''")
        lines += ['-H "Content-Type: application/json"', f"-d '{quoted}'"]
    elif method == "POST":
        lines[0] = lines[0].replace("curl ", "curl -X POST ", 1)
    return " \\\n  ".join(lines)
