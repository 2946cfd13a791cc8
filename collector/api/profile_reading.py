"""Profiles, read by a back end. Rows 16, 23 and 29 of contracts/synerise-profiles-api.md."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import JSONResponse, Response

from collector.api.operation import ApiError, ApiRequest, Operation, U, W
from collector.model.profile import IdentifierKind, Profile
from collector.wire.synerise.profile_answers import ProfileAnswer, profile_answer
from collector.wire.synerise.reading import DIGITS

_UNFIT = re.compile("[\x00\ud800-\udfff]")

MAX_IDENTIFIER = 320
"""Longer than every identifier that is kept; SQLite refuses to look for what is very long."""

MAX_PAGE = 1000
"""Profiles on one page."""

MAX_PAGES = 1_000_000
"""The last page there may be."""

ClientId = Annotated[int, Field(ge=1, lt=1 << 63), DIGITS]
"""Our integer id of a profile, in a path."""


BY_EMAIL = "404 where the workspace takes no email for an identifier."
"""Said of every operation that means a profile by its email."""


def _fit(text: str) -> str:
    if _UNFIT.search(text):
        raise ValueError("must not hold the character U+0000")
    return text


Words = Annotated[str, Field(max_length=MAX_IDENTIFIER), AfterValidator(_fit)]
"""What somebody looks for."""


class ListQuery(BaseModel):
    """Which profiles, in which order. Filters ask for the same text; A and a are one in both."""

    sort_by: Literal["firstName", "lastName", "lastActivityDate", "email", "city", "phone"] | None = Field(
        None, alias="sortBy", description="Profiles without it come last. By default the oldest come first."
    )
    sort_order: Literal["ASC", "DESC"] = Field("ASC", alias="sortOrder")
    page_index: Annotated[
        int, Field(ge=1, le=MAX_PAGES, alias="pageIndex", description="From 1."), DIGITS
    ] = 1
    page_size: Annotated[int, Field(ge=1, le=MAX_PAGE, alias="pageSize"), DIGITS] = 25
    anonymous: bool | None = Field(None, alias="filters[anonymous]")
    first_name: Words | None = Field(None, alias="filters[firstName]")
    last_name: Words | None = Field(None, alias="filters[lastName]")
    email: Words | None = Field(None, alias="filters[email]")
    phone: Words | None = Field(None, alias="filters[phone]", description="However it is written.")

    def filters(self) -> dict[str, str | bool]:
        """What was asked for, by field."""
        asked = {
            "anonymous": self.anonymous,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "email": self.email,
            "phone": self.phone,
        }
        return {name: value for name, value in asked.items() if value is not None}


def listing(asked: ApiRequest) -> Response:
    """A page of profiles."""
    query: ListQuery = asked.query
    profiles, _ = asked.context.store.list_profiles(
        filters=query.filters(),
        sort_by=query.sort_by or "",
        descending=query.sort_order == "DESC",
        offset=(query.page_index - 1) * query.page_size,
        limit=query.page_size,
    )
    return JSONResponse([profile_answer(profile) for profile in profiles])


def read(asked: ApiRequest) -> Response:
    """The profile of a client id; merged ids resolve."""
    return JSONResponse(profile_answer(known(asked.context.store.profile(asked.params["clientId"]))))


def _read_by(kind: IdentifierKind) -> Any:
    def read_by(asked: ApiRequest) -> Response:
        return JSONResponse(profile_answer(found(asked, kind, asked.params["identifierValue"])))

    return read_by


def found(asked: ApiRequest, kind: IdentifierKind, text: str) -> Profile:
    """The profile of an identifier in a path. Raises ApiError 404."""
    store = asked.context.store
    if not fits(text):
        return known(None)
    if kind == "email" and not store.workspace().unique_emails:
        return known(None)
    if kind == "phone":
        return known(store.profile_by_phone(text))
    return known(store.find_profile(kind, text))


def fits(text: str) -> bool:
    """Whether an identifier in a path can be looked for."""
    return len(text) <= MAX_IDENTIFIER and not _UNFIT.search(text)


def known(profile: Profile | None) -> Profile:
    """The profile. Raises ApiError 404 where there is none."""
    if profile is None:
        raise ApiError(404, "There is no such profile.")
    return profile


_BY: tuple[tuple[str, IdentifierKind, tuple[str, ...], str], ...] = (
    ("CustomId", "customId", ("by-custom-id", "by-customid"), ""),
    (
        "Phone",
        "phone",
        ("by-phone",),
        "Spaces, hyphens and brackets do not count; of several profiles the one "
        "that a back end gave the phone to, and that was active last.",
    ),
    ("Uuid", "uuid", ("by-uuid",), ""),
    ("Email", "email", ("by-email",), f"Compared without case. {BY_EMAIL}"),
)

OPERATIONS = (
    Operation(
        id="listClients",
        row="profiles 16",
        method="GET",
        paths=("/v4/clients",),
        summary="List profiles",
        group="Profile management",
        who=frozenset({U, W}),
        permission="API_LIST_CLIENT_READ",
        query=ListQuery,
        status=200,
        answer=list[ProfileAnswer],
        handler=listing,
    ),
    Operation(
        id="getClient",
        row="profiles 23",
        method="GET",
        paths=("/v4/clients/{clientId}",),
        summary="Get profile data",
        group="Profile management",
        who=frozenset({U, W}),
        permission="API_BY_ID_CLIENT_READ",
        params={"clientId": ClientId},
        status=200,
        answer=ProfileAnswer,
        failures=(404,),
        handler=read,
    ),
    *(
        Operation(
            id=f"getClientBy{name}",
            row="profiles 29",
            method="GET",
            paths=tuple(f"/v4/clients/{word}/{{identifierValue:path}}" for word in words),
            summary=f"Fetch profile data ({words[0].replace('-', ' ')})",
            description=description,
            group="Profile management",
            who=frozenset({U, W}),
            permission="API_BY_IDENTIFIER_CLIENT_READ",
            status=200,
            answer=ProfileAnswer,
            failures=(404,),
            handler=_read_by(kind),
        )
        for name, kind, words, description in _BY
    ),
)
