"""The operations of the vendor's API that this server does not have.

Each is named, so that nobody has to guess: where its path is known it answers 501, to anybody, before
any question of keys, since no key would help. Two thirds of them belong to the vendor's own screens (CRM,
notes, exports), the rest to mobile push and to changing an account's e-mail, phone and password.
"""

import functools
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.api.endpoint import failure
from collector.api.operation import ApiError


class Absent(NamedTuple):
    """One operation that is not here.

    row           as in Operation: "profiles 6"
    path          None where no public source tells it
    permission    "" where none is asked
    """

    row: str
    summary: str
    group: str
    method: str
    path: str | None
    permission: str


def _table(group: str, text: str) -> tuple[Absent, ...]:
    """Lines of `row | method path | permission | summary`; a path of `-` is unknown."""
    rows = []
    for line in text.strip().splitlines():
        number, address, permission, summary = (part.strip() for part in line.split("|"))
        method, _, path = address.partition(" ")
        rows.append(
            Absent(f"profiles {number}", summary, group, method, None if path == "-" else path, permission)
        )
    return tuple(rows)


ABSENT: tuple[Absent, ...] = (
    *_table(
        "Authorization",
        """
        6 | POST /uauth/auth/login/user/mfa/verification | | Verify User multi-factor authentication
        """,
    ),
    *_table(
        "Profile registration",
        """
        12 | POST - | SAUTH_PIN_CODE_CONFIRMATION_CLIENT_CREATE | Confirm registration with PIN code
        13 | POST - | SAUTH_PIN_CODE_RESEND_CLIENT_CREATE | Re-send PIN code
        15 | POST - | SAUTH_CONFIRMATION_CLIENT_CREATE | Re-send email confirmation
        """,
    ),
    *_table(
        "Profile management",
        """
        18 | POST /v4/company-clients | API_CLIENT_CREATE | Create a company profile in CRM
        19 | DELETE /v4/company-clients/{clientId} | API_BY_ID_CLIENT_DELETE | Delete a company profile
        30 | POST /client-exporter/v2/export/clients/segmentation | CLIENT_EXPORTER_REPORT_CREATE | Create profile export task for segmentation
        31 | GET /client-exporter/v2/export/clients/task/{taskId} | CLIENT_EXPORTER_REPORT_CREATE | Retrieve export data
        32 | GET /crm/v1/clients/{clientId}/contacts | CRM_DETAILS_CLIENT_READ | Get Profile details
        33 | PUT /crm/v1/contacts/{clientId} | CRM_CLIENT_UPDATE | Update Profile
        35 | GET /crm/v1/autocomplete | CRM_LIST_AUTOCOMPLETE_CLIENT_READ | Get autocomplete suggestions
        36 | PUT /crm/v1/company-clients/{clientId} | CRM_CLIENT_UPDATE | Update Profile identified as company
        37 | POST /crm/v1/company-clients/{clientId} | CRM_CLIENT_UPDATE | Identify Profile as a company
        38 | GET /crm/v1/company-clients/{clientId}/contacts | CRM_DETAILS_CLIENT_READ | Get details of Profile identified as company
        39 | GET /crm/v1/company-clients | CRM_LIST_CLIENT_READ | List Profiles identified as companies
        40 | GET /crm/v1/company-clients/{clientId}/relations | CRM_LIST_CLIENT_READ, CRM_DETAILS_CLIENT_READ | List Profiles from company
        41 | GET /crm/v1/clients/{clientId}/company | CRM_DETAILS_CLIENT_READ | Get Profile's company
        42 | GET /crm/v1/company-clients-identifier | CRM_LIST_CLIENT_READ | Get company identifier attribute
        43 | GET /crm/v1/segmentations/local/{UUID}/clients | CRM_LIST_FROM_LOCAL_SEGMENTATION_CLIENT_READ | Get Profiles from local segmentation
        44 | GET /crm/v1/segmentations/{UUID}/clients | CRM_LIST_FROM_SEGMENTATION_CLIENT_READ | Get Profiles from segmentation
        45 | POST /crm/v1/segmentations | CRM_LIST_FROM_LOCAL_SEGMENTATION_CLIENT_CREATE | Create local segmentation
        46 | POST /crm/v1/clients/list | CRM_LIST_FROM_MATERIALIZATION_CLIENT_CREATE | Create materialization (deprecated)
        47 | GET /crm/v1/clients/list/{materializationId} | CRM_LIST_FROM_MATERIALIZATION_CLIENT_READ | List Profiles from a materialization (deprecated)
        49 | GET /notes-service/by-id/{clientId} | NOTES_SERVICE_ALL_NOTES_READ | Get all Profile notes
        50 | POST /notes-service/by-id/{clientId} | NOTES_SERVICE_NOTE_CREATE | Create a note
        51 | GET /notes-service/by-id/{clientId}/{noteId} | NOTES_SERVICE_NOTE_READ | Get note
        52 | PUT /notes-service/by-id/{clientId}/{noteId} | NOTES_SERVICE_NOTE_UPDATE | Update note
        53 | DELETE /notes-service/by-id/{clientId}/{noteId} | NOTES_SERVICE_NOTE_DELETE | Delete note
        """,  # noqa: E501
    ),
    *_table(
        "Profile account management",
        """
        57 | POST - | API_PERSONAL_PHONE_CLIENT_UPDATE | Request profile phone number change
        58 | POST - | API_PERSONAL_PHONE_CLIENT_CREATE | Confirm profile phone number change
        59 | POST - | SAUTH_PASSWORD_RESET_CLIENT_CREATE | Request Profile password reset
        60 | POST - | SAUTH_PASSWORD_RESET_CLIENT_CREATE | Confirm Profile password reset
        61 | POST /sauth/my-account/change-password | SAUTH_CHANGE_PASSWORD_CLIENT_UPDATE | Change Profile password
        63 | POST /sauth/my-account/email-change/request | SAUTH_EMAIL_CHANGE_CLIENT_UPDATE | Request Profile email change
        65 | POST - | SAUTH_CHANGE_EMAIL_CLIENT_UPDATE | Confirm Profile email change
        66 | POST - | SAUTH_EMAIL_CHANGE_CLIENT_UPDATE | Change Facebook Profile email
        67 | POST - | SAUTH_OAUTH_CLIENT_DELETE | Delete Client Account (OAuth) (deprecated)
        68 | POST - | SAUTH_APPLE_CLIENT_DELETE | Delete Profile account (Sign in with Apple) (deprecated)
        69 | POST - | SAUTH_FACEBOOK_CLIENT_DELETE | Delete Facebook Profile Account (deprecated)
        70 | POST - | SAUTH_CLIENT_DELETE | Delete account (deprecated)
        71 | POST - | SAUTH_CHANGE_EMAIL_CLIENT_UPDATE | Request Profile email change (deprecated)
        """,  # noqa: E501
    ),
    *_table(
        "Profile devices",
        """
        72 | POST /v4/clients/{clientId}/linked-devices | API_DEVICE_CLIENT_UPDATE | Link a device by profile ID
        73 | POST /v4/clients/{identifierType}/{identifierValue}/linked-devices | API_BY_IDENTIFY_DEVICE_CLIENT_UPDATE | Link a device by other parameters
        74 | POST - | API_PERSONAL_DEVICE_CLIENT_UPDATE | Link a device to currently logged in profile
        """,  # noqa: E501
    ),
)
"""The rows that contracts/synerise-profiles-api.md marks `out`, in its order."""


def absent_routes() -> list[BaseRoute]:
    """Routes that answer 501. They go behind all others: a path of ours is never hidden by one of these."""
    paths: dict[str, dict[str, Absent]] = {}
    for one in ABSENT:
        if one.path is not None:
            paths.setdefault(one.path, {})[one.method] = one
    return [
        Route(path, functools.partial(_refuse, absents), methods=[*absents])
        for path, absents in paths.items()
    ]


async def _refuse(absents: dict[str, Absent], request: Request) -> Response:
    absent = absents["GET" if request.method == "HEAD" else request.method]
    return failure(request, ApiError(501, f"{absent.summary}: not implemented. What is: /docs/api"))
