"""People of the admin pages, signed in to the API. Rows 5, 7, 8, 9 of contracts/synerise-profiles-api.md."""

import logging
from typing import Any

from starlette.responses import JSONResponse, Response

from collector.api.attempts import USERS, Attempt
from collector.api.operation import ApiError, ApiRequest, Operation, U
from collector.api.sign_in import GROUP, secret_answer
from collector.auth.passwords import nobodys_hash, verify_password
from collector.auth.permissions import PERMISSIONS
from collector.model.workspace import User
from collector.wire.synerise.sign_in import Consumer, UserSignIn, UserToken, WorkspaceShown

log = logging.getLogger(__name__)

ROLES = ["ADMIN"]
"""Whoever signs in to the admin pages may do everything there."""


def as_user(asked: ApiRequest) -> Response:
    """A name and a password of the admin pages for a token."""
    attempt = Attempt(asked, USERS, asked.body.username)
    nobody, user = nobodys_hash(), asked.context.store.user(asked.body.username)
    fits = verify_password(user.password_hash if user else nobody, asked.body.password)
    if user is None or not fits:
        log.warning(
            "an attempt to sign in to the API failed, from %s", asked.context.client_address(asked.request)
        )
        raise ApiError(401, "Name and password do not match.")
    attempt.succeed()
    asked.context.store.add_audit(user.name, "user.sign_in", user.name, "API")
    return _user(asked, user)


def select_workspace(asked: ApiRequest) -> Response:
    """A token for the workspace with this guid: there is one."""
    if asked.params["businessProfileUUID"] != asked.context.store.workspace().guid:
        raise ApiError(404, "There is no such workspace.")
    user = asked.context.store.user(asked.by.name.removeprefix("user:"))
    if user is None:
        raise ApiError(401, "There is no such user any more.")
    return _user(asked, user)


def workspaces(asked: ApiRequest) -> Response:
    """All workspaces of this person."""
    return JSONResponse([_workspace(asked)])


def current_workspace(asked: ApiRequest) -> Response:
    """The workspace that the token is for."""
    return JSONResponse(_workspace(asked))


def _user(asked: ApiRequest, user: User) -> Response:
    consumer = Consumer(
        business_profile_id=asked.context.store.workspace().id,
        name=user.name,
        id=user.id,
        authorities=list(PERMISSIONS),
        roles=ROLES,
    )
    return secret_answer(UserToken(consumer=consumer, token=asked.context.tokens.for_user(user)))


def _workspace(asked: ApiRequest) -> dict[str, Any]:
    workspace = asked.context.store.workspace()
    shown = WorkspaceShown(business_profile_guid=workspace.guid, name=workspace.name, id=workspace.id)
    return shown.model_dump()


OPERATIONS = (
    Operation(
        id="logInAsUser",
        row="profiles 5",
        method="POST",
        paths=("/uauth/auth/login/user",),
        summary="Log in as User",
        group=GROUP,
        versioned=False,
        body=UserSignIn,
        status=200,
        answer=UserToken,
        failures=(401, 423),
        description="A person who may sign in to the admin pages, by the same name and password. The token "
        "lasts one hour and ends when the password is changed. Attempts are counted together with those on "
        "the page; after too many the answer is 423.",
        handler=as_user,
    ),
    Operation(
        id="selectWorkspace",
        row="profiles 7",
        method="POST",
        paths=("/uauth/auth/login/user/profile/{businessProfileUUID}",),
        summary="Select Workspace",
        group=GROUP,
        who=frozenset({U}),
        versioned=False,
        status=200,
        answer=UserToken,
        failures=(404,),
        description="A token for the workspace with this guid. There is one.",
        handler=select_workspace,
    ),
    Operation(
        id="listWorkspaces",
        row="profiles 8",
        method="GET",
        paths=("/uauth/business-profile/", "/uauth/business-profile"),
        summary="Get Workspaces",
        group=GROUP,
        who=frozenset({U}),
        versioned=False,
        status=200,
        answer=list[WorkspaceShown],
        handler=workspaces,
    ),
    Operation(
        id="getCurrentWorkspace",
        row="profiles 9",
        method="GET",
        paths=("/uauth/business-profile/current",),
        summary="Get current Workspace",
        group=GROUP,
        who=frozenset({U}),
        versioned=False,
        status=200,
        answer=WorkspaceShown,
        handler=current_workspace,
    ),
)
