"""Profiles as the vendor's own pages read them. Rows 34 and 48 of contracts/synerise-profiles-api.md."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from collector.api.operation import ApiRequest, Operation, U, W
from collector.api.profile_reading import MAX_PAGE, ClientId, Words, known
from collector.wire.synerise.profile_answers import LastActivity, ProfileList, profile_answer, second
from collector.wire.synerise.reading import DIGITS

_SORTED = r"^(firstName|lastName|lastActivityDate|email|city|phone)(:(ASC|DESC))?$"


class CrmListQuery(BaseModel):
    """Which profiles, in which order."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = 25
    offset: Annotated[int, Field(ge=0, le=1_000_000_000), DIGITS] = 0
    recognized: Literal["RECOGNIZED", "true", "ANONYMOUS", "false", "NONE"] = Field(
        "NONE", description="RECOGNIZED (true): with an email or a customId. ANONYMOUS (false): without."
    )
    search: Words = Field(
        "",
        description="Text that email, phone, customId or a name holds; or `field:text` for one of email, "
        "phone, customId, firstName, lastName, city, company.",
    )
    sort_by: Annotated[str, Field(pattern=_SORTED)] | None = Field(
        None, alias="sortBy", examples=["lastName:ASC"]
    )

    def filters(self) -> dict[str, str | bool]:
        """What `recognized` asks for."""
        if self.recognized == "NONE":
            return {}
        return {"anonymous": self.recognized in ("ANONYMOUS", "false")}


def listing(asked: ApiRequest) -> Response:
    """A page of profiles, and how many there are."""
    query: CrmListQuery = asked.query
    store = asked.context.store
    field, _, order = (query.sort_by or "").partition(":")
    page, matching = store.list_profiles(
        filters=query.filters(),
        search=query.search,
        sort_by=field,
        descending=order == "DESC",
        offset=query.offset,
        limit=query.limit,
    )
    _, all_there_are = store.list_profiles(limit=0)
    return JSONResponse(
        {
            "customers": [profile_answer(profile) for profile in page],
            "all": all_there_are,
            "limit": query.limit,
            "offset": query.offset,
            "matching": matching,
        }
    )


def last_activity(asked: ApiRequest) -> Response:
    """When a profile was active last; merged ids resolve."""
    profile = known(asked.context.store.profile(asked.params["clientId"]))
    return JSONResponse({"last_activity_date": second(profile.last_activity_ms)})


OPERATIONS = (
    Operation(
        id="crmListClients",
        row="profiles 34",
        method="GET",
        paths=("/crm/v1/list",),
        summary="List profiles (search)",
        group="Profile management",
        who=frozenset({U, W}),
        permission="CRM_LIST_CLIENT_READ",
        versioned=False,
        query=CrmListQuery,
        status=200,
        answer=ProfileList,
        handler=listing,
    ),
    Operation(
        id="crmLastActivity",
        row="profiles 48",
        method="GET",
        paths=("/crm/v1/clients/{clientId}/last-activity",),
        summary="Get a profile's last activity date",
        group="Profile management",
        who=frozenset({U, W}),
        permission="CRM_DETAILS_CLIENT_READ",
        versioned=False,
        params={"clientId": ClientId},
        status=200,
        answer=LastActivity,
        failures=(404,),
        handler=last_activity,
    ),
)
