"""The catalogue of events, read by back ends: our own operations."""

from starlette.responses import JSONResponse, Response

from collector.api.operation import ApiError, ApiRequest, Operation, U, W
from collector.store import Store
from collector.wire.synerise.reading import (
    ActionName,
    ReadCatalogue,
    ReadDefinitionWithParams,
    read_catalogue,
    read_definition,
)


def catalogue(asked: ApiRequest) -> Response:
    """All actions, counted to this moment."""
    store = _counted(asked)
    return JSONResponse(read_catalogue(store.catalogue()))


def definition(asked: ApiRequest) -> Response:
    """An action and its params, counted to this moment."""
    found = _counted(asked).definition(asked.params["action"])
    if found is None:
        raise ApiError(
            404, "No event with this action was stored so far. GET /v4/events/definitions has all."
        )
    return JSONResponse(read_definition(found))


def _counted(asked: ApiRequest) -> Store:
    """The store with all its events counted. Raises ApiError for a key of one source."""
    if not asked.by.reads_all:
        raise ApiError(403, "This api key is bound to a source, and the catalogue is of all of them.")
    asked.context.store.define_all_events()
    return asked.context.store


_READ = "API_LISTING_BY_CLIENT_EVENTS_READ"

_COUNTS = """Counted are all events that were ever stored, those that we derive among them; what was deleted,
erased or written over since takes nothing back."""

OPERATIONS = (
    Operation(
        id="getEventDefinitions",
        row="ours",
        method="GET",
        paths=("/v4/events/definitions",),
        summary="List the actions that events had",
        group="Reading events",
        who=frozenset({W, U}),
        permission=_READ,
        status=200,
        answer=ReadCatalogue,
        description=f"An action defines itself with its first event. {_COUNTS}",
        handler=catalogue,
    ),
    Operation(
        id="getEventDefinition",
        row="ours",
        method="GET",
        paths=("/v4/events/definitions/{action:path}",),
        summary="Get an action and its params",
        group="Reading events",
        who=frozenset({W, U}),
        permission=_READ,
        params={"action": ActionName},
        status=200,
        answer=ReadDefinitionWithParams,
        failures=(404,),
        description=f"Its params by the JSON types of their values; `a.b` is `b` within `a`. {_COUNTS}",
        handler=definition,
    ),
)
