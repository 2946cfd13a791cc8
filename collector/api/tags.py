"""Definitions of tags, and who has which. Rows 75 to 81 of contracts/synerise-profiles-api.md."""

from typing import Annotated

from pydantic import Field
from starlette.responses import JSONResponse, Response

from collector.api.operation import ApiError, ApiRequest, Operation, U, W
from collector.api.profile_reading import ClientId, known
from collector.model.change import ProfileChange
from collector.model.tag import Tag
from collector.profiles.change import change
from collector.store import StoreUnavailable
from collector.wire.synerise.reading import DIGITS
from collector.wire.synerise.tags import (
    AssignmentAnswer,
    NewTag,
    OwnTagAnswer,
    TagAnswer,
    TagChange,
    tag_answer,
)

TagId = Annotated[int, Field(ge=1, lt=1 << 63), DIGITS]


def all_tags(asked: ApiRequest) -> Response:
    """All definitions of the workspace."""
    return JSONResponse([tag_answer(tag) for tag in asked.context.store.tags()])


def create(asked: ApiRequest) -> Response:
    """Define a tag, or give back the one of this name."""
    body: NewTag = asked.body
    return _own(asked, asked.context.store.add_tag(body.name, body.chosen))


def set_color(asked: ApiRequest) -> Response:
    """Give a tag another color."""
    return _own(asked, _there_is(asked.context.store.set_tag_color(asked.params["tagID"], asked.body.color)))


def remove(asked: ApiRequest) -> Response:
    """Remove a definition, and take the tag from all profiles."""
    try:
        found = asked.context.store.remove_tag(asked.params["tagID"])
    except StoreUnavailable:
        # Many profiles are many commits: some may be done.
        message = "The store is busy. Some profiles may have lost the tag already; ask again to finish."
        raise ApiError(503, message) from None
    if not found:
        _there_is(None)
    return Response(status_code=202)


def of_profile(asked: ApiRequest) -> Response:
    """The tags of a profile; merged ids resolve."""
    tags = asked.context.store.tags_of(asked.params["clientId"])
    if tags is None:
        known(None)
    return JSONResponse([tag_answer(tag) for tag in tags or ()])


def assign(asked: ApiRequest) -> Response:
    """Give a profile a tag. One that it has already stays."""
    tag = _there_is(asked.context.store.tag(asked.params["tagID"]))
    client_id = _change(asked, ProfileChange(client_id=asked.params["clientId"], tags=(tag.name,)))
    return JSONResponse(AssignmentAnswer(clientId=client_id, id=tag.id, tagId=tag.id))


def take_away(asked: ApiRequest) -> Response:
    """Take a tag from a profile. One that it has not is no error: it is as was asked for."""
    tag = _there_is(asked.context.store.tag(asked.params["tagID"]))
    _change(asked, ProfileChange(client_id=asked.params["clientId"], untags=(tag.name,)))
    return Response(status_code=202)


def _own(asked: ApiRequest, tag: Tag) -> Response:
    return JSONResponse(OwnTagAnswer(businessProfileId=asked.by.workspace_id, **tag_answer(tag)))


def _there_is(tag: Tag | None) -> Tag:
    if tag is None:
        raise ApiError(404, "There is no such tag.")
    return tag


def _change(asked: ApiRequest, wanted: ProfileChange) -> int:
    context = asked.context
    [result] = change(
        context.store, asked.source_now(), [wanted], context.now_ms(), create=False, actor=asked.by.name
    )
    if result.problem:
        raise ApiError(400, f"Nothing was changed: {result.problem}.")
    if result.client_id is None:
        raise ApiError(404, "There is no such profile.")
    return result.client_id


_GROUP = "Profile tags"
_WHO = frozenset({U, W})
_OF_BOTH = {"clientId": ClientId, "tagID": TagId}

OPERATIONS = (
    Operation(
        id="getAllTags",
        row="profiles 75",
        method="GET",
        paths=("/v4/clients/tags",),
        summary="Get all tags",
        description="Oldest first. A tag that a form or a profile's data gave first is among them.",
        group=_GROUP,
        who=_WHO,
        permission="API_TAGS_CLIENT_READ",
        status=200,
        answer=list[TagAnswer],
        handler=all_tags,
    ),
    Operation(
        id="createTag",
        row="profiles 76",
        method="POST",
        paths=("/v4/tags",),
        summary="Create a tag",
        description="Where there is a tag of this name, it is given back as it is.",
        group=_GROUP,
        who=_WHO,
        permission="API_TAGS_CREATE",
        versioned=False,
        body=NewTag,
        status=200,
        answer=OwnTagAnswer,
        handler=create,
    ),
    Operation(
        id="updateTag",
        row="profiles 77",
        method="PUT",
        paths=("/v4/tags/{tagID}",),
        summary="Update a tag",
        group=_GROUP,
        who=_WHO,
        permission="API_TAGS_CREATE",
        versioned=False,
        body=TagChange,
        params={"tagID": TagId},
        status=200,
        answer=OwnTagAnswer,
        failures=(404,),
        handler=set_color,
    ),
    Operation(
        id="removeTag",
        row="profiles 78",
        method="DELETE",
        paths=("/v4/tags/{tagID}",),
        summary="Remove a tag",
        description="All profiles lose it at once; no `client.removeTag` follows. After 503 ask again: "
        "some may have lost it already.",
        group=_GROUP,
        who=_WHO,
        permission="API_TAGS_CREATE",
        versioned=False,
        params={"tagID": TagId},
        failures=(404,),
        handler=remove,
    ),
    Operation(
        id="getClientTags",
        row="profiles 79",
        method="GET",
        paths=("/v4/clients/{clientId}/tags",),
        summary="Get profile tags",
        group=_GROUP,
        who=_WHO,
        permission="API_TAGS_READ",
        versioned=False,
        params={"clientId": ClientId},
        status=200,
        answer=list[TagAnswer],
        failures=(404,),
        handler=of_profile,
    ),
    Operation(
        id="assignTag",
        row="profiles 80",
        method="POST",
        paths=("/v4/clients/{clientId}/tags/{tagID}",),
        summary="Assign tag to profile",
        group=_GROUP,
        who=_WHO,
        permission="API_ASSIGN_TAGS_EXECUTE",
        versioned=False,
        params=_OF_BOTH,
        status=200,
        answer=AssignmentAnswer,
        failures=(400, 404),
        handler=assign,
    ),
    Operation(
        id="unassignTag",
        row="profiles 81",
        method="DELETE",
        paths=("/v4/clients/{clientId}/tags/{tagID}",),
        summary="Remove tag from profile",
        description="A profile that has not got the tag stays as it is.",
        group=_GROUP,
        who=_WHO,
        permission="API_ASSIGN_TAGS_EXECUTE",
        versioned=False,
        params=_OF_BOTH,
        failures=(400, 404),
        handler=take_away,
    ),
)
