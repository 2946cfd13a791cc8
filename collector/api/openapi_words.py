"""What the OpenAPI document says of all operations: their groups, who calls, statuses, the error body."""

from typing import Any

GROUPS = (
    "Authorization",
    "Events",
    "Transactions",
    "Reading events",
    "Profile management",
    "Profile tags",
    "Profile registration",
    "Profile account management",
)
"""In the order in which somebody reads about them; others follow."""

SECURITY_SCHEMES: dict[str, Any] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token from one of the sign-in operations, or an API key itself.",
    },
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "The workspace's guid as the user, an API key as the password.",
    },
    "trackerKey": {
        "type": "apiKey",
        "in": "query",
        "name": "token",
        "description": "The public id of a source. It may send what any visitor's browser may.",
    },
}

WHEN = {
    400: "The body, the query or the header Api-Version does not fit. `errors` names each field.",
    401: "No token or key was sent, or it is unknown, revoked or past its end.",
    403: "This caller may not do that: another kind of caller is asked for, or a permission is lacking.",
    404: "There is nothing of that name.",
    409: "It cannot be done as things stand; `message` says why.",
    415: "The body is not sent as `Content-Type: application/json`.",
    423: "Too many attempts. Wait as many seconds as `Retry-After` says, then try again.",
    429: "Too many requests from one address, or too many events for the source. Wait as many seconds as "
    "`Retry-After` says, then try again.",
    503: "The store is busy. Nothing was changed: try again.",
}
"""What a status says, for whoever reads the document."""

WORDS = {
    200: "Done.",
    202: "Taken: it is on disk.",
    207: "Taken but for what is named here.",
}

_FAULT: dict[str, Any] = {
    "type": "object",
    "title": "Fault",
    "description": "One field that did not pass.",
    "required": ["code", "field", "message", "rejectedValue"],
    "properties": {
        "code": {
            "type": "integer",
            "description": (
                "The kind of fault: 1001 missing, 1002 of another type, 1003 out of range, 1004 of another"
                " form, 1005 not one of the values that are allowed."
            ),
        },
        "field": {"type": "string", "examples": ["params.sku", "[3].client.email"]},
        "message": {"type": "string"},
        "rejectedValue": {"description": "What was sent, shortened where it is long."},
    },
}

_FIELDS: dict[str, Any] = {
    "timestamp": {"type": "string", "format": "date-time", "description": "UTC."},
    "status": {"type": "integer", "description": "The status of the answer."},
    "error": {"type": "string", "description": "The name of that status."},
    "message": {"type": "string", "description": "What is wrong, and what to do."},
    "path": {"type": "string", "description": "What was asked for, without `/v4`."},
    "errors": {
        "type": "array",
        "description": "The fields that did not pass, the first hundred.",
        "items": {"$ref": "#/components/schemas/Fault"},
    },
}

_ALWAYS = ["timestamp", "status", "error", "message", "path"]

ERROR_SCHEMAS: dict[str, Any] = {
    "Fault": _FAULT,
    "Error": {
        "type": "object",
        "title": "Error",
        "required": _ALWAYS,
        "properties": _FIELDS,
        "additionalProperties": False,
    },
    "SignInError": {
        "type": "object",
        "title": "SignInError",
        "description": "The error body of everything below /sauth.",
        "required": [*_ALWAYS, "errors", "traceId"],
        "properties": _FIELDS
        | {
            "traceId": {"type": "string", "description": "Tells this answer from others."},
            "errorCode": {"type": "string", "description": "The kind of error.", "examples": ["SAU-601"]},
        },
        "additionalProperties": False,
    },
}
