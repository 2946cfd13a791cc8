"""Profiles, made, changed and erased by a back end.

Rows 17 and 24 to 28 of contracts/synerise-profiles-api.md.
"""

from starlette.responses import Response

from collector.api.operation import ApiError, ApiRequest, Operation, U, W
from collector.api.profile_reading import BY_EMAIL, ClientId, fits, found, known
from collector.model.change import ChangeResult, ProfileChange
from collector.model.profile import Profile
from collector.profiles.change import change
from collector.profiles.erase import erase
from collector.profiles.shapes import iso
from collector.wire.synerise.profiles import NewProfile, ProfileBody, names_somebody


def create(asked: ApiRequest) -> Response:
    """Make a profile, or update the one that has an identifier of it."""
    body: NewProfile = asked.body
    wanted = body.change(clears=False, by_back_end=True)
    unique_emails = asked.context.store.workspace().unique_emails
    if not names_somebody(wanted, unique_emails=unique_emails, update=False):
        raise ApiError(400, NOBODY if unique_emails else NOBODY_BY_EMAIL)
    _change(asked, wanted, create=True)
    return Response(status_code=202)


def update(asked: ApiRequest) -> Response:
    """Change the profile of a client id; merged ids resolve."""
    return _update(asked, asked.params["clientId"])


def update_by_email(asked: ApiRequest) -> Response:
    """Change the profile of an email."""
    return _update(asked, found(asked, "email", asked.params["clientEmail"]).client_id)


def update_by_custom_id(asked: ApiRequest) -> Response:
    """Change the profile of a customId."""
    return _update(asked, found(asked, "customId", asked.params["customId"]).client_id)


def _update(asked: ApiRequest, client_id: int) -> Response:
    body: ProfileBody = asked.body
    result = _change(asked, body.change(clears=True, by_back_end=True, client_id=client_id), create=False)
    if result.client_id is None:
        known(None)
    return Response(status_code=202)


def _change(asked: ApiRequest, wanted: ProfileChange, *, create: bool) -> ChangeResult:
    context = asked.context
    [result] = change(
        context.store, asked.source_now(), [wanted], context.now_ms(), create=create, actor=asked.by.name
    )
    if result.problem:
        raise ApiError(400, f"Nothing was changed: {result.problem}.")
    return result


def delete(asked: ApiRequest) -> Response:
    """Erase the profile with this client id; merged ids resolve.

    Like every write of the API it answers 202 without a body; here all is done by then.
    """
    client_id, store = asked.params["clientId"], asked.context.store
    return _erase(asked, store.profile(client_id), store.tombstone("clientId", str(client_id)))


def delete_by_custom_id(asked: ApiRequest) -> Response:
    """Erase the profile with this customId."""
    text, store = asked.params["customId"], asked.context.store
    if not fits(text):
        known(None)
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


NOBODY = "Send at least one identifier: email, phone, customId or uuid"
NOBODY_BY_EMAIL = "Send a customId or a uuid: this workspace takes no email for an identifier"

_UPDATES = (
    "What is absent stays as it is; a null deletes an attribute and empties a field; tags are added. An "
    "email or customId that another profile has stays with that one."
)

OPERATIONS = (
    Operation(
        id="createClient",
        row="profiles 17",
        method="POST",
        paths=("/v4/clients",),
        summary="Create a profile",
        description="A profile that has one of the identifiers already is updated: of several the first "
        "that is known decides, in the order customId, email, uuid. An email does not decide where its "
        "profile has another customId than the one in the body, nor a uuid where it has another customId or "
        "email: then a profile is made, and what the other has stays there. A phone counts only where it is "
        "the only identifier, and means a profile that a back end gave it to, not one that has it by "
        "a form or by the person's own word. Nulls say nothing.",
        group="Profile management",
        who=frozenset({U, W}),
        permission="API_CLIENT_CREATE",
        body=NewProfile,
        handler=create,
    ),
    Operation(
        id="updateClient",
        row="profiles 24",
        method="POST",
        paths=("/v4/clients/{clientId}",),
        summary="Update a profile (identify by ID)",
        description=_UPDATES,
        group="Profile management",
        who=frozenset({U, W}),
        permission="API_BY_ID_CLIENT_UPDATE",
        body=ProfileBody,
        params={"clientId": ClientId},
        failures=(404,),
        handler=update,
    ),
    Operation(
        id="updateClientByEmail",
        row="profiles 26",
        method="POST",
        paths=("/v4/clients/by-email/{clientEmail:path}",),
        summary="Update a profile (identify by email)",
        description=f"{_UPDATES} {BY_EMAIL}",
        group="Profile management",
        who=frozenset({U, W}),
        permission="API_BY_EMAIL_CLIENT_UPDATE",
        body=ProfileBody,
        failures=(404,),
        handler=update_by_email,
    ),
    Operation(
        id="updateClientByCustomId",
        row="profiles 27",
        method="POST",
        # The seed writes both spellings (contract, section 10).
        paths=("/v4/clients/by-customid/{customId:path}", "/v4/clients/by-custom-id/{customId:path}"),
        summary="Update a profile (identify by customId)",
        description=_UPDATES,
        group="Profile management",
        who=frozenset({U, W}),
        permission="API_BY_CUSTOM_ID_CLIENT_UPDATE",
        body=ProfileBody,
        failures=(404,),
        handler=update_by_custom_id,
    ),
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
