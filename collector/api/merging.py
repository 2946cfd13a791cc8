"""Profiles merged (rows 20 and 21 of contracts/synerise-profiles-api.md), and merges undone (ours)."""

from typing import Annotated, Any

from pydantic import Field
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from collector.api.operation import ApiError, ApiRequest, Operation, U, W
from collector.api.profile_reading import ClientId, found, known
from collector.model.merge import Merge
from collector.model.moment import iso
from collector.store import CannotUndo, UnknownProfile
from collector.wire.synerise.profile_answers import ProfileAnswer, profile_answer

MOST = 20
"""Profiles that one call merges into another (contract, section 6)."""

SHOWN = 100
"""Merges in one answer, the newest."""

_IDS = Annotated[
    str,
    Field(
        max_length=20 * 100,
        pattern=r"^[1-9][0-9]{0,17}(,[1-9][0-9]{0,17})*$",
        examples=["434428,434429"],
        description=f"Ids with commas between them, {MOST} at most.",
    ),
]
_CUSTOM_IDS = Annotated[
    str, Field(min_length=1, description=f"CustomIds with commas between them, {MOST} at most.")
]
MergeId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]


class MergeAnswer(TypedDict):
    """A merge. `problem` says why it cannot be undone, "" where it can; `cause` who or what merged: an
    event's id, or as key:NAME, user:NAME, profile:ID."""

    id: str
    sourceId: int
    targetId: int
    cause: str
    time: str
    undoneTime: str | None
    problem: str


class UndoneAnswer(TypedDict):
    """The ids of the profiles that are two again."""

    sourceId: int
    targetId: int


def by_ids(asked: ApiRequest) -> Response:
    """Merge profiles by client ids; merged ids resolve."""
    ids = [int(one) for one in _few(asked.params["fromClientIds"].split(","))]
    return _merge(asked, ids, asked.params["toClientId"])


def by_custom_ids(asked: ApiRequest) -> Response:
    """Merge profiles by customIds."""
    names = _few(asked.params["sourceCustomIDs"].split(","))
    target = found(asked, "customId", asked.params["targetCustomID"]).client_id
    return _merge(asked, [found(asked, "customId", name).client_id for name in names], target)


def merges(asked: ApiRequest) -> Response:
    """What was merged into a profile; merged ids resolve."""
    store, client_id = asked.context.store, asked.params["clientId"]
    known(store.profile(client_id))
    return JSONResponse([_answer(one) for one in store.merges_of(client_id, limit=SHOWN)])


def undo(asked: ApiRequest) -> Response:
    """Make two profiles of one again."""
    try:
        source, target = asked.context.store.undo_merge(asked.params["mergeId"], actor=asked.by.name)
    except KeyError:
        raise ApiError(404, "There is no such merge.") from None
    except CannotUndo as reason:
        raise ApiError(409, str(reason)) from None
    return JSONResponse(UndoneAnswer(sourceId=source, targetId=target))


def _few(names: list[str]) -> list[str]:
    if len(names) > MOST:
        raise ApiError(400, f"Merge {MOST} profiles at once at most; these are {len(names)}.")
    return names


def _merge(asked: ApiRequest, ids: list[int], target: int) -> Response:
    try:
        profile = asked.context.store.merge_profiles(ids, target, cause=asked.by.name)
    except UnknownProfile as unknown:
        raise ApiError(404, f"There is no profile {unknown.args[0]}. Nothing was merged.") from None
    return JSONResponse(profile_answer(profile))


def _answer(one: Merge) -> MergeAnswer:
    return {
        "id": one.id,
        "sourceId": one.source_id,
        "targetId": one.target_id,
        "cause": one.cause,
        "time": iso(one.created_ms),
        "undoneTime": None if one.undone_ms is None else iso(one.undone_ms),
        "problem": one.problem,
    }


_MERGES = f"""All identifiers go over to the target, and the ids of the sources mean it from now on. Its own
values win; what it lacks comes from the sources in their order; tags are united. Unless all profiles are
there nothing is merged. {MOST} sources at most; one that is the target already is skipped."""
_COMMON: dict[str, Any] = {"group": "Profile management", "status": 200}

OPERATIONS = (
    Operation(
        id="mergeClientsByCustomId",
        row="profiles 20",
        method="POST",
        paths=(
            "/v4/clients/merge/from/custom-ids/{sourceCustomIDs:path}/to/custom-id/{targetCustomID:path}",
        ),
        summary="Merge profiles by customId",
        description=f"{_MERGES} A customId that holds a comma cannot be named here; merge by ids then.",
        who=frozenset({W}),
        permission="API_MERGEBYCUSTOMID_CLIENT_UPDATE",
        params={"sourceCustomIDs": _CUSTOM_IDS},
        answer=ProfileAnswer,
        failures=(400, 404),
        handler=by_custom_ids,
        **_COMMON,
    ),
    Operation(
        id="mergeClientsById",
        row="profiles 21",
        method="POST",
        paths=("/v4/clients/merge/from/ids/{fromClientIds}/to/id/{toClientId}",),
        summary="Merge profiles by clientId",
        description=_MERGES,
        who=frozenset({W}),
        permission="API_MERGE_BY_ID_CLIENT_UPDATE",
        params={"fromClientIds": _IDS, "toClientId": ClientId},
        answer=ProfileAnswer,
        failures=(400, 404),
        handler=by_ids,
        **_COMMON,
    ),
    Operation(
        id="getMerges",
        row="ours",
        method="GET",
        paths=("/v4/clients/{clientId}/merges",),
        summary="Get the merges of a profile",
        description=f"Of the profile and of those merged into it, the newest {SHOWN}, newest first.",
        who=frozenset({U, W}),
        permission="API_MERGE_BY_ID_CLIENT_UPDATE",
        params={"clientId": ClientId},
        answer=list[MergeAnswer],
        failures=(404,),
        handler=merges,
        **_COMMON,
    ),
    Operation(
        id="undoMerge",
        row="ours",
        method="POST",
        paths=("/v4/clients/merges/{mergeId}/undo",),
        summary="Undo a merge",
        description="The source is what it was before the merge, with its identifiers. The target loses what "
        "it had from the source, but for values that were changed since. Events that were sent meanwhile "
        "stay with the target. 409 says why a merge cannot be undone.",
        who=frozenset({U, W}),
        permission="API_MERGE_BY_ID_CLIENT_UPDATE",
        params={"mergeId": MergeId},
        answer=UndoneAnswer,
        failures=(404, 409),
        handler=undo,
        **_COMMON,
    ),
)
