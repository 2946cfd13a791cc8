"""All operations, and where they are."""

from starlette.routing import BaseRoute, Route

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


def api_routes(context: ApiContext) -> list[BaseRoute]:
    """Return the routes of the API. A path with more fixed words goes before one with fewer."""
    routes = [(path, operation) for operation in OPERATIONS for path in operation.paths]
    routes.sort(key=lambda route: _places(route[0]))
    return [
        *(Route(path, Endpoint(context, one), methods=[one.method]) for path, one in routes),
        *absent_routes(),
        *Docs(OPERATIONS, context.base_url).routes(),
    ]


def _places(path: str) -> tuple[bool, ...]:
    """Sorts `/a/b` before `/a/{b}`."""
    return tuple("{" in part for part in path.split("/"))
