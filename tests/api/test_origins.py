"""A source that lists its origins: pages of others sign nobody in, register nobody and send nothing."""

from typing import Any

import pytest

from collector.model.source import Settings, Source
from tests.api.accounts import (
    CONDITIONAL,
    DELETE,
    LOGIN,
    OWN,
    PASSWORD,
    REGISTER,
    login,
    new_email,
    problem,
)
from tests.api.callers import ANONYMOUS, REFRESH, api_key, token_in
from tests.receive.running import Running

pytestmark = pytest.mark.usefixtures("quick_hashes")

SHOP, FOREIGN = "https://shop.example", "https://evil.example"


def ask(collector: Running, path: str, body: Any, origin: str | None, token: str | None = None) -> Any:
    headers = {"origin": origin} if origin else {}
    if token:
        headers["authorization"] = f"Bearer {token}"
    return collector.request("POST", path, headers=headers, json=body)


def test_only_pages_of_listed_origins_and_apps_sign_in(collector: Running) -> None:
    source: Source = collector.store.add_source("listed", Settings(origins=(SHOP,)))
    ann, bob = new_email(), new_email("Bob")
    back_end = api_key(collector, source=source)
    told = {"email": ann, "password": PASSWORD}
    assert ask(collector, REGISTER, told, FOREIGN, back_end).status_code == 202
    anonymous = {"apiKey": source.source_id, "uuid": "visitor-1"}
    visitor = token_in(ask(collector, ANONYMOUS, anonymous, SHOP))
    asked: dict[str, tuple[Any, str | None]] = {
        ANONYMOUS: (anonymous, None),
        LOGIN: (login(source, "visitor-1", email=ann), None),
        CONDITIONAL: (login(source, "visitor-1", email=ann), visitor),
        REGISTER: ({"email": bob, "password": PASSWORD}, visitor),
    }
    for path, (body, token) in asked.items():
        problem(ask(collector, path, body, FOREIGN, token), 403, "ORIGIN_NOT_ALLOWED")
    assert [mail for mail in collector.store.mails() if mail.recipient == bob] == []
    for path, (body, token) in asked.items():
        for origin in (SHOP, None):
            assert ask(collector, path, body, origin, token).status_code in (200, 202)


@pytest.mark.parametrize("origin", [SHOP, None, FOREIGN])
def test_a_persons_token_is_good_on_their_sources_pages_alone(collector: Running, origin: str | None) -> None:
    source: Source = collector.store.add_source("listed", Settings(origins=(SHOP,)))
    ann = new_email()
    told = {"email": ann, "password": PASSWORD}
    assert ask(collector, REGISTER, told, None, api_key(collector, source=source)).status_code == 202
    token = token_in(ask(collector, LOGIN, login(source, "b-1", email=ann), None))
    headers = {"authorization": f"Bearer {token}", "api-version": "4.4"}
    headers |= {"origin": origin} if origin else {}
    asked: dict[tuple[str, str], Any] = {
        ("GET", OWN): None,
        ("POST", OWN): {"city": "Gdynia"},
        ("GET", "/v4/events"): None,
        ("POST", "/v4/events/batch"): [{"action": "a.b", "label": "x", "client": {}, "params": {}}] * 7,
        ("POST", REFRESH): {"apiKey": source.source_id},
        ("POST", DELETE): {"password": PASSWORD, "identityProvider": "SYNERISE"},
    }
    for (method, path), body in asked.items():
        told_by = {"json": body} if body is not None else {}
        response = collector.request(method, path, headers=headers, **told_by)
        assert (response.status_code == 403) is (origin == FOREIGN), response.text
    refused = collector.sums(source.source_id).get("origin_not_allowed", 0)
    assert refused == (7 if origin == FOREIGN else 0)
