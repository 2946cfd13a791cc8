"""Profiles, erased by a back end. Rows 25 and 28 of contracts/synerise-profiles-api.md."""

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from collector.api.operation import ApiError, ApiRequest, Operation, U, W
from collector.model.profile import Profile
from collector.normalise.identifiers import custom_id
from collector.profiles.erase import erase
from collector.profiles.shapes import iso

ClientId = Annotated[int, Field(ge=1, lt=1 << 63)]
"""Our integer id of a profile, in a path."""


def delete(asked: ApiRequest) -> Response:
    """Erase the profile with this client id; merged ids resolve.

    Like every write of the API it answers 202 without a body; here all is done by then.
    """
    client_id, store = asked.params["clientId"], asked.context.store
    return _erase(asked, store.profile(client_id), store.tombstone("clientId", str(client_id)))


def delete_by_custom_id(asked: ApiRequest) -> Response:
    """Erase the profile with this customId."""
    text, store = custom_id(asked.params["customId"]) or "", asked.context.store
    return _erase(asked, store.find_profile("customId", text), store.tombstone("customId", text))


def _erase(asked: ApiRequest, profile: Profile | None, erased_ms: int | None) -> Response:
    context = asked.context
    if profile is None or not erase(
        context.store, profile.client_id, actor=asked.by.name, secret_key=context.secret_key
    ):
        if erased_ms is not None:
            raise ApiError(404, f"This profile was erased at {iso(erased_ms)}.")
        raise ApiError(404, "There is no such profile.")
    return Response(status_code=202)


OPERATIONS = (
    Operation(
        id="deleteClient",
        row="profiles 25",
        method="DELETE",
        paths=("/v4/clients/{clientId}",),
        summary="Delete a profile",
        group="Profile management",
        who=frozenset({U, W}),
        permission="API_BY_ID_CLIENT_DELETE",
        params={"clientId": ClientId},
        failures=(404,),
        handler=delete,
    ),
    Operation(
        id="deleteClientByCustomId",
        row="profiles 28",
        method="DELETE",
        # The seed writes both spellings (contract, section 10).
        paths=("/v4/clients/by-custom-id/{customId:path}", "/v4/clients/by-customid/{customId:path}"),
        summary="Delete a profile (identify by customId)",
        group="Profile management",
        who=frozenset({U, W}),
        permission="API_BY_ID_CLIENT_DELETE",
        failures=(404,),
        handler=delete_by_custom_id,
    ),
)
