"""What the tests of accounts ask a running collector."""

import uuid as uuids
from typing import Any

import httpx

from collector.mail.links import LIFE_MS, make_token
from collector.model.source import Source
from tests.api.callers import now_ms
from tests.receive.running import Running

SECRET = "a secret of the tests"
PASSWORD = "tide-pool-42"
REGISTER = "/sauth/clients/registered"
ACTIVATE = "/sauth/clients/activation"
LOGIN = "/sauth/v3/auth/login/client"
CONDITIONAL = "/sauth/v3/auth/login/client/conditional"
OWN = "/v4/my-account/personal-information"
DELETE = "/sauth/my-account/delete"


def new_email(name: str = "Ann") -> str:
    """An address that nobody has used."""
    return f"{name}-{uuids.uuid4().hex[:8]}@Shop.example"


def call(
    collector: Running,
    path: str,
    body: Any = None,
    token: str | None = None,
    *,
    method: str = "POST",
    **options: Any,
) -> httpx.Response:
    headers = {"api-version": "4.4"} | ({"authorization": f"Bearer {token}"} if token else {})
    if body is not None:
        options["json"] = body
    return collector.request(method, path, headers=headers, **options)


def problem(response: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """An error in the shape of sign-in's."""
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    names = {"timestamp", "status", "error", "message", "path", "errors", "traceId"}
    assert set(body) == names | ({"errorCode"} if code else set())
    assert body.get("errorCode") == code
    return body


def fields(response: httpx.Response) -> list[str]:
    """The fields at fault."""
    assert response.status_code == 400, response.text
    return [one["field"] for one in response.json()["errors"]]


def login(source: Source, uuid: str, **more: Any) -> dict[str, Any]:
    """The body of a sign-in."""
    told = {"apiKey": source.source_id, "identityProvider": "SYNERISE", "password": PASSWORD, "uuid": uuid}
    return told | more


def link_token(collector: Running, email: str, *, until_ms: int | None = None) -> str:
    """What stands in the link of the newest mail to an address, as the mail's writer makes it."""
    mail = next(one for one in collector.store.mails() if one.recipient == email)
    assert mail.kind == "account.activate"
    what = [mail.data["account"], mail.data["proof"]]
    return make_token(SECRET.encode(), "activate", what, until_ms=until_ms or now_ms() + LIFE_MS)
