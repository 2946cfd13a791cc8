"""Every operation lets in whom it names, with the permission it names, and nobody else."""

import re

import pytest

from collector.api import Tokens
from collector.api.operation import Operation
from collector.api.routes import OPERATIONS
from collector.auth.keys import hash_key
from collector.auth.passwords import hash_password
from collector.auth.permissions import PERMISSIONS
from collector.model.caller import Realm
from collector.model.source import Source
from tests.api.callers import api_key, bearer, profile_of, profile_token, tokens_of, visitor_token
from tests.receive.running import Running

CLOSED = [one for one in OPERATIONS if one.who]


@pytest.fixture(scope="module")
def shop(collector: Running) -> Source:
    """What keys of the workspace write through."""
    return collector.store.add_source("Shop")


@pytest.fixture(scope="module")
def tokens(collector: Running) -> Tokens:
    """Made once, since it takes a while to open the signing key."""
    return tokens_of(collector)


@pytest.fixture(scope="module")
def secrets(collector: Running, shop: Source, tokens: Tokens) -> dict[Realm, str]:
    """One caller of each kind but the tracker. A profile's tokens may be ended by what is asked."""
    user = collector.store.add_user("grace", hash_password("correct horse battery"))
    return {
        Realm.WORKSPACE: api_key(collector),
        Realm.USER: tokens.for_user(user),
        Realm.ANONYMOUS: visitor_token(tokens, shop, "p-1"),
    }


def asked(collector: Running, operation: Operation, secret: str | None, query: str = "") -> tuple[int, str]:
    """Status and message of a request with nothing in it, about somebody who does not exist."""
    path = re.sub(r"\{[^}]*\}", "999999", operation.paths[0]) + query
    headers = {"api-version": "4.4"} if secret is None else bearer(secret)
    if operation.body is not None:
        headers["content-type"] = "application/json"
    response = collector.request(operation.method, path, headers=headers, content=b"{}")
    message = response.json().get("message", "") if response.status_code >= 400 else ""
    return response.status_code, message


@pytest.mark.parametrize("operation", CLOSED, ids=lambda one: one.id)
def test_an_operation_lets_in_whom_it_names(
    collector: Running, shop: Source, secrets: dict[Realm, str], tokens: Tokens, operation: Operation
) -> None:
    ann = profile_of(collector, shop, "p-2", "ann@shop.example")
    callers = {**secrets, Realm.PROFILE: profile_token(tokens, shop, ann)}
    for realm, secret in callers.items():
        status, message = asked(collector, operation, secret)
        if realm in operation.who:
            assert status not in (401, 403), (realm, message)
            assert status < 500
        else:
            assert (status, message) == (403, f"This is not for a caller of the kind {realm}.")
    status, _ = asked(collector, operation, None, f"?token={shop.source_id}")
    assert (status == 401) == (Realm.TRACKER not in operation.who)
    assert asked(collector, operation, None)[0] == 401
    for rubbish in ("?token=", "?token=x", "?token=%00", f"?token={secrets[Realm.WORKSPACE]}"):
        assert asked(collector, operation, None, rubbish)[0] == 401
    # A header decides alone: a tracker key does not help one that is refused.
    assert asked(collector, operation, "tw_wrong", f"?token={shop.source_id}")[0] == 401


NAMED = [one for one in CLOSED if one.permission is not None and Realm.WORKSPACE in one.who]


@pytest.mark.parametrize("operation", NAMED, ids=lambda one: one.id)
@pytest.mark.usefixtures("shop")
def test_a_key_needs_the_permission_and_no_other(
    collector: Running, tokens: Tokens, operation: Operation
) -> None:
    needed = operation.permission or ""
    assert needed in PERMISSIONS, "the page could not tick it"
    others = api_key(collector, *(name for name in PERMISSIONS if name != needed))
    assert asked(collector, operation, others) == (403, f"This api key lacks the permission {needed}.")
    status, message = asked(collector, operation, api_key(collector, needed))
    assert status not in (401, 403), message
    assert status < 500
    for permission, refused in ((needed, False), ("NOTHING", True)):
        secret = api_key(collector, permission)
        key = collector.store.api_key(hash_key(secret))
        assert key is not None
        assert (asked(collector, operation, tokens.for_key(key))[0] == 403) is refused
