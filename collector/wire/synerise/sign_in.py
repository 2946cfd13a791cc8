"""Bodies and answers of sign-in and sign-out (contracts/synerise-profiles-api.md, rows 1 to 10, 54, 64)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from collector.wire.synerise.common import Uuid


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Answer(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=False, serialize_by_alias=True
    )


Secret = Annotated[str, Field(min_length=1, max_length=256)]


class KeySignIn(_Body):
    """Sign in as the workspace."""

    api_key: Annotated[Secret, Field(description="An api key of the workspace. It is shown once, when made.")]


class AnonymousSignIn(_Body):
    """Sign in as a browser or app whose visitor is not known."""

    api_key: Annotated[Secret, Field(description="The id of the source (the tracker key), which is public.")]
    uuid: Uuid | None = None
    device_id: Annotated[str | None, Field(max_length=256, description="Not used.")] = None


class Refresh(_Body):
    """Ask for a fresh token while the present one holds."""

    api_key: Annotated[Secret, Field(description="The id of the source that the token was made for.")]


class UserSignIn(_Body):
    """Sign in as a person of the admin pages."""

    username: Annotated[str, Field(min_length=1, max_length=128)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]
    device_id: Annotated[str | None, Field(max_length=256, description="Not used.")] = None
    external_provider_token: Annotated[str | None, Field(max_length=4096, description="Not used.")] = None
    external_provider_type: Annotated[
        str | None, Field(max_length=64, description="Not used: there is no sign-in by others.")
    ] = None


class SignOut(_Body):
    """Sign a profile out."""

    action: Annotated[
        Literal["LOGOUT", "LOGOUT_WITH_SESSION_CLEARING"] | None,
        Field(description="LOGOUT, where absent. The other ends all sign-ins of the profile."),
    ] = None


class Token(_Answer):
    """A signed token (JWT, RS256). Send it as Authorization: Bearer TOKEN."""

    token: str


class Consumer(_Answer):
    """Who has signed in."""

    type: Literal["USER"] = "USER"
    business_profile_id: int
    name: str
    id: int
    authorities: list[str]
    roles: list[str]


class UserToken(_Answer):
    """A person's token."""

    consumer: Consumer
    token: str


class WorkspaceShown(_Answer):
    """A workspace."""

    business_profile_guid: str
    logo: str | None = None
    name: str
    id: int
    created: str | None = None
    subdomain: str | None = None
    ip_restricted: bool = False
    mfa_required: bool = False


class Jwk(_Answer):
    """A public key of RSA (RFC 7517)."""

    kty: Literal["RSA"] = "RSA"
    use: Literal["sig"] = "sig"
    alg: Literal["RS256"] = "RS256"
    kid: str
    n: str
    e: str


class Jwks(_Answer):
    """The keys that our tokens are signed with, the one in use first."""

    keys: list[Jwk]
