"""Events of a profile, read back. Rows 3 and 4 of contracts/synerise-events-api.md."""

import msgspec
from starlette.responses import Response

from collector.api.operation import ApiRequest, Operation, P, U, W
from collector.api.profile_reading import ClientId
from collector.model.moment import any_iso_ms
from collector.wire.synerise.faults import OUT_OF_RANGE, fault, refused
from collector.wire.synerise.reading import EventsQuery, ReadEvent, read_event


def by_client(asked: ApiRequest) -> Response:
    """The events of a profile. A key that is bound to a source reads of that source alone."""
    caller = asked.by
    return _events(asked, asked.params["clientId"], None if caller.reads_all else caller.source_id or "")


def own(asked: ApiRequest) -> Response:
    """The events of whoever calls, of all sources."""
    return _events(asked, asked.by.client_id, None)


def _events(asked: ApiRequest, client_id: int | None, source_id: str | None) -> Response:
    store, query = asked.context.store, asked.query
    from_ms = None if query.time_from is None else any_iso_ms(query.time_from)
    to_ms = None if query.time_to is None else any_iso_ms(query.time_to)
    if from_ms is not None and to_ms is not None and from_ms > to_ms:
        raise refused([fault(OUT_OF_RANGE, "time[from]", "must not be after time[to]", query.time_from)])
    profile = None if client_id is None else store.profile(client_id)
    if client_id is None or profile is None or profile.workspace_id != asked.by.workspace_id:
        return _json([])
    events = store.events_of(
        client_id,
        source_id=source_id,
        from_ms=from_ms,
        to_ms=to_ms,
        action=query.action,
        limit=query.limit,
    )
    return _json([read_event(event, profile) for event in events])


def _json(events: list[ReadEvent]) -> Response:
    # No cache on the way may keep what is somebody's own.
    return Response(
        msgspec.json.encode(events), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


_WHICH = """Newest first, by the time of the events. The events of all profiles that were merged into it
belong to it, those of browsers that only claim to be the same person do not."""

OPERATIONS = (
    Operation(
        id="getEventsByClient",
        row="events 3",
        method="GET",
        paths=("/v4/events/by-client/{clientId}",),
        summary="Get profile events as Workspace",
        group="Reading events",
        who=frozenset({W, U}),
        permission="API_LISTING_BY_CLIENT_EVENTS_READ",
        query=EventsQuery,
        params={"clientId": ClientId},
        status=200,
        answer=list[ReadEvent],
        description=f"{_WHICH} Nobody of this id: an empty list.",
        handler=by_client,
    ),
    Operation(
        id="getOwnEvents",
        row="events 4",
        method="GET",
        paths=("/v4/events",),
        summary="Get profile's own events",
        group="Reading events",
        who=frozenset({P}),
        permission="API_LISTING_CLIENT_OWN_EVENTS_READ",
        query=EventsQuery,
        status=200,
        answer=list[ReadEvent],
        description=_WHICH,
        handler=own,
    ),
)
