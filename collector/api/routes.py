"""All operations, and where they are."""

import itertools
import re

from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from collector.api import (
    accounts,
    clients,
    crm,
    definitions,
    event_reading,
    events,
    merging,
    own_account,
    profile_batch,
    profile_reading,
    public_keys,
    registration,
    sign_in,
    sign_out,
    tags,
    transactions,
    users,
)
from collector.api.context import ApiContext
from collector.api.docs import Docs
from collector.api.endpoint import Endpoint
from collector.api.migration import Migration
from collector.api.not_here import absent_routes
from collector.api.operation import Operation

API_PREFIXES = ("/v4/", "/uauth/", "/sauth/", "/crm/", "/client-exporter/", "/notes-service/")
"""Whatever lies below these answers in the API's words."""

OPERATIONS: tuple[Operation, ...] = (
    *clients.OPERATIONS,
    *profile_batch.OPERATIONS,
    *profile_reading.OPERATIONS,
    *crm.OPERATIONS,
    *merging.OPERATIONS,
    *tags.OPERATIONS,
    *events.OPERATIONS,
    *transactions.OPERATIONS,
    *event_reading.OPERATIONS,
    *definitions.OPERATIONS,
    *sign_in.OPERATIONS,
    *users.OPERATIONS,
    *sign_out.OPERATIONS,
    *registration.OPERATIONS,
    *accounts.OPERATIONS,
    *own_account.OPERATIONS,
    *public_keys.OPERATIONS,
)


_NAME = re.compile(r"\{([^:}]+)")


def api_routes(context: ApiContext) -> list[BaseRoute]:
    """Return the routes of the API. A path with more fixed words goes before one with fewer."""
    paths: dict[str, PathEndpoint] = {}
    for operation in OPERATIONS:
        endpoint = Endpoint(context, operation)
        for path in operation.paths:
            paths.setdefault(shape(path), PathEndpoint()).add(path, endpoint)
    return [
        *(Route(path, paths[path], methods=paths[path].methods) for path in sorted(paths, key=_places)),
        *absent_routes(),
        *Docs(OPERATIONS, context.base_url).routes(),
        *Migration(context.public_url).routes(),
    ]


class PathEndpoint:
    """An ASGI application for one path with all its methods, so that 405 can name them in `Allow`."""

    def __init__(self) -> None:
        self._endpoints: dict[str, tuple[list[str], Endpoint]] = {}

    @property
    def methods(self) -> list[str]:
        """Those of its operations."""
        return list(self._endpoints)

    def add(self, path: str, endpoint: Endpoint) -> None:
        """Answer the method of an operation, which calls the parts of the path by names of its own."""
        self._endpoints[endpoint.operation.method] = (_NAME.findall(path), endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        names, endpoint = self._endpoints[method]
        scope["path_params"] = dict(zip(names, scope["path_params"].values(), strict=True))
        scope["endpoint"] = endpoint
        await endpoint(scope, receive, send)


def shape(path: str) -> str:
    """A path with names of its parts that are the same however an operation calls them."""
    numbers = itertools.count()
    return _NAME.sub(lambda _: f"{{part{next(numbers)}", path)


def _places(path: str) -> tuple[bool, ...]:
    """Sorts `/a/b` before `/a/{b}`."""
    return tuple("{" in part for part in path.split("/"))
