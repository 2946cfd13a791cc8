"""Signing in: a workspace by its api key, a browser or app by the id of its source; and fresh tokens.

Rows 1, 4 and 10 of contracts/synerise-profiles-api.md.
"""

import uuid as uuids

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from collector.api.operation import A, ApiError, ApiRequest, Operation, P, W
from collector.api.origin import check_origin
from collector.auth.keys import hash_key
from collector.model.caller import Realm
from collector.wire.synerise.sign_in import AnonymousSignIn, KeySignIn, Refresh, Token

GROUP = "Authorization"


def as_workspace(asked: ApiRequest) -> Response:
    """An api key for a token."""
    key = asked.context.store.api_key(hash_key(asked.body.api_key))
    if key is None:
        raise ApiError(401, "This api key is not known, or it was revoked. Make one on the page API keys.")
    return _token(asked.context.tokens.for_key(key))


def refresh_workspace(asked: ApiRequest) -> Response:
    """A fresh token for one that still holds, or for an api key."""
    key = asked.context.catalog.key_by_id(asked.by.key_id or "")
    if key is None:
        raise ApiError(401, "The api key of this token was revoked.")
    return _token(asked.context.tokens.for_key(key))


def anonymously(asked: ApiRequest) -> Response:
    """A token for a browser or app. Nothing is stored: nobody has been asked for consent yet."""
    source = asked.context.catalog.source_now(asked.body.api_key)
    if source is None or not source.enabled:
        raise ApiError(401, "apiKey is not the id of a source that is switched on.")
    check_origin(asked, source)
    return _token(
        asked.context.tokens.issue(
            Realm.ANONYMOUS,
            workspace_id=source.workspace_id,
            source_id=source.source_id,
            name="visitor",
            uuid=asked.body.uuid or str(uuids.uuid4()),
        )
    )


def refresh_client(asked: ApiRequest) -> Response:
    """A fresh token for a profile's or visitor's that still holds."""
    by, context = asked.by, asked.context
    if asked.body.api_key != by.source_id:
        raise ApiError(401, "This token was made for another apiKey. Sign in again.")
    profile = context.store.profile(by.client_id) if by.client_id is not None else None
    if by.realm is Realm.PROFILE and profile is None:
        raise ApiError(401, "There is no such profile any more.")
    return _token(
        context.tokens.issue(
            by.realm,
            workspace_id=by.workspace_id,
            source_id=by.source_id,
            name=by.name,
            client_id=by.client_id,
            uuid=by.uuid,
            email=profile.email if profile is not None else None,
        )
    )


def secret_answer(answer: BaseModel) -> Response:
    """An answer that holds a token, which no cache may keep."""
    return JSONResponse(answer.model_dump(), headers={"Cache-Control": "no-store"})


def _token(token: str) -> Response:
    return secret_answer(Token(token=token))


OPERATIONS = (
    Operation(
        id="refreshClientToken",
        row="profiles 1",
        method="POST",
        paths=("/sauth/v3/auth/refresh/client", "/sauth/v2/auth/refresh/client"),
        summary="Refresh a Profile token",
        group=GROUP,
        who=frozenset({P, A}),
        versioned=False,
        body=Refresh,
        status=200,
        answer=Token,
        description="A fresh token for the one in the header, which must still hold. It lasts another hour.",
        handler=refresh_client,
    ),
    Operation(
        id="authenticateAnonymously",
        row="profiles 4",
        method="POST",
        paths=("/sauth/v3/auth/login/client/anonymous", "/sauth/v2/auth/login/client/anonymous"),
        summary="Authenticate anonymously",
        group=GROUP,
        versioned=False,
        body=AnonymousSignIn,
        status=200,
        answer=Token,
        failures=(401, 403),
        description="A token for one hour. It may add events for its own uuid and changes no profile that is "
        "known. Without a uuid a new one is made: read it from the token. No profile is made by signing in.",
        handler=anonymously,
    ),
    Operation(
        id="logInAsWorkspace",
        row="profiles 10",
        method="POST",
        paths=("/uauth/v2/auth/login/profile", "/v4/auth/login/profile"),
        summary="Log in as Workspace",
        group=GROUP,
        versioned=False,
        body=KeySignIn,
        status=200,
        answer=Token,
        failures=(401,),
        description="A token for one hour. It may do what its api key may, and ends with it.",
        handler=as_workspace,
    ),
    Operation(
        id="refreshWorkspaceToken",
        row="profiles 10",
        method="GET",
        paths=("/v4/auth/refresh/profile",),
        summary="Refresh a Workspace token",
        group=GROUP,
        who=frozenset({W}),
        versioned=False,
        status=200,
        answer=Token,
        description="As the vendor's PHP SDK asks for it.",
        handler=refresh_workspace,
    ),
)
