"""What our tokens can be checked with, by whoever takes them."""

from starlette.responses import JSONResponse, PlainTextResponse, Response

from collector.api.operation import ApiRequest, Operation
from collector.api.sign_in import GROUP
from collector.auth import signing
from collector.wire.synerise.sign_in import Jwk, Jwks

PEM_PATH = "/.well-known/tagwell-public-key.pem"

_KEPT = {"Cache-Control": "public, max-age=300"}
"""A key is added when the server's secret was changed, and at no other time."""


def public_jwks(asked: ApiRequest) -> Response:
    """The public keys as JSON Web Keys."""
    keys = [
        Jwk(**signing.jwk(signing.open_public(key.public_pem), key.id))
        for key in asked.context.tokens.public_keys()
    ]
    return JSONResponse(Jwks(keys=keys).model_dump(), headers=_KEPT)


def public_pem(asked: ApiRequest) -> Response:
    """The public key in use as a PEM."""
    return PlainTextResponse(asked.context.tokens.public_keys()[0].public_pem, headers=_KEPT)


OPERATIONS = (
    Operation(
        id="getPublicKeys",
        row="ours",
        method="GET",
        paths=("/.well-known/jwks.json",),
        summary="Get the public keys of tokens",
        group=GROUP,
        versioned=False,
        status=200,
        answer=Jwks,
        description="As JSON Web Keys (RFC 7517); the `kid` of a token's header names one.",
        handler=public_jwks,
    ),
    Operation(
        id="getPublicKey",
        row="ours",
        method="GET",
        paths=(PEM_PATH,),
        summary="Get the public key as a PEM",
        group=GROUP,
        versioned=False,
        status=200,
        answer=str,
        media="text/plain",
        description="The one that tokens are signed with now.",
        handler=public_pem,
    ),
)
