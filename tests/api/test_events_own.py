"""Whose events a token may send: a profile its own, a visitor those of its uuid, anybody else's never."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from collector.api.tokens import Tokens
from collector.auth.keys import read_or_make_secret
from collector.config import Config
from collector.model.caller import Realm
from collector.model.event import EventRecord
from collector.model.policy import Policy
from collector.model.profile import Profile
from collector.model.source import Settings, Source, TagSettings
from collector.store.catalog import Catalog
from collector.wire.synerise.events import KINDS
from tests.receive.running import FIREFOX, VISITOR, Running

ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36"
)
Send = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def tokens(collector: Running) -> Tokens:
    """Makes tokens of this collector."""
    secret = read_or_make_secret(Config(store=collector.url).secret_path)
    return Tokens(collector.store, Catalog(collector.store), secret, lambda: time.time_ns() // 1_000_000)


@pytest.fixture
def send(collector: Running) -> Send:
    """Send a body with a token, as from a visitor's browser."""

    def send(token: str, path: str, body: Any, **headers: str) -> httpx.Response:
        given = {"api-version": "4.4", "user-agent": FIREFOX} | headers
        if token.startswith("?"):
            path += token
        else:
            given["authorization"] = f"Bearer {token}"
        return collector.request("POST", f"/v4/events/{path}", headers=given, json=body)

    return send


@pytest.fixture
def ann(collector: Running, source: Source) -> Profile:
    """A profile that is known by all its identifiers."""
    return known(collector, source, "ann")


def known(collector: Running, source: Source, name: str) -> Profile:
    data = {"email": f"{name}-{source.number}@shop.example", "customId": f"{name}-{source.number}"}
    form = {
        "action": "form.submit",
        "uuid": f"browser-{name}-{source.number}",
        "params": {"formType": "contact", "formData": data},
    }
    assert collector.post(source.source_id, [form]).status_code == 204
    found = collector.store.find_profile("email", data["email"])
    assert found is not None
    return found


def token_of(tokens: Tokens, source: Source, **who: Any) -> str:
    realm = Realm.PROFILE if "client_id" in who else Realm.ANONYMOUS
    return tokens.issue(realm, workspace_id=1, source_id=source.source_id, name="visitor", **who)


def event(client: dict[str, Any], **told: Any) -> dict[str, Any]:
    return {"client": client, "label": "x"} | told


def sent(collector: Running, source: Source) -> list[EventRecord]:
    found = collector.events(source.source_id)
    return [one for one in found if not one.derived and one.action != "form.submit"]


def names(profile: Profile) -> dict[str, Any]:
    told = {"id": profile.client_id, "customId": profile.custom_id, "uuid": profile.uuid}
    return told | {"email": profile.email}


def test_a_profile_sends_its_own(
    collector: Running, source: Source, tokens: Tokens, send: Send, ann: Profile
) -> None:
    token = token_of(tokens, source, client_id=ann.client_id)
    own = names(ann)
    for client in (
        own,
        *({name: value} for name, value in own.items()),
        {"email": (ann.email or "").upper()},
    ):
        assert send(token, "shared", event(client)).status_code == 202
    assert send(token, "batch", [event({"id": str(ann.client_id)}, type="searched")]).status_code == 202
    found = sent(collector, source)
    assert {one.profile_id for one in found} == {ann.client_id}
    assert len(found) == 7
    assert {one.uuid for one in found} == {ann.uuid, None}
    assert {one.context["browser"]["name"] for one in found} == {"Firefox"}


def test_a_profile_sends_nobody_elses(
    collector: Running, source: Source, tokens: Tokens, send: Send, ann: Profile
) -> None:
    bob = known(collector, source, "bob")
    token = token_of(tokens, source, client_id=ann.client_id)
    strangers = [{name: value} for name, value in names(bob).items()]
    mixed = [{"id": ann.client_id, **one} for one in strangers[1:]]
    unknown: list[dict[str, Any]] = [
        {"id": 987_654},
        {"uuid": "nobody's"},
        {"email": "new@shop.example"},
        {"customId": "new"},
    ]
    clients: list[dict[str, Any]] = [*strangers, *mixed, *unknown]
    for client in clients:
        response = send(token, "shared", event(client))
        assert response.status_code == 403
        assert "names another" in response.json()["message"]
    batch = [event({"id": ann.client_id}, type="shared"), event({"id": bob.client_id}, type="shared")]
    assert send(token, "batch", batch).status_code == 403
    assert sent(collector, source) == []
    assert collector.sums(source.source_id)["not_authorised"] == len(clients) + 2


def test_a_profile_gives_itself_no_identifier(
    collector: Running, source: Source, tokens: Tokens, send: Send, ann: Profile
) -> None:
    """Whoever took a free customId would get its owner's events from then on."""
    collector.post(source.source_id, [{"action": "page.visit", "uuid": f"bare-{source.number}"}])
    bare = collector.store.find_profile("uuid", f"bare-{source.number}")
    assert bare is not None
    for profile, data in (
        (bare, {"customId": "not yet known"}),
        (bare, {"email": "not.yet@shop.example"}),
        (ann, {"customId": "other"}),
    ):
        token = token_of(tokens, source, client_id=profile.client_id)
        form = {"formType": "contact", "formData": data}
        body = event({"id": profile.client_id}, action="form.submit", params=form)
        assert send(token, "custom", body).status_code == 403
    assert collector.store.find_profile("customId", "not yet known") is None
    assert collector.store.find_profile("email", "not.yet@shop.example") is None
    form = {"formType": "contact", "formData": {"email": ann.email, "firstName": "Ann"}}
    body = event({"id": ann.client_id}, action="form.submit", params=form)
    assert send(token_of(tokens, source, client_id=ann.client_id), "custom", body).status_code == 202
    after = collector.store.profile(ann.client_id)
    assert after is not None
    assert after.fields["firstName"] == "Ann"


def test_a_visitor_sends_those_of_its_uuid(
    collector: Running, source: Source, tokens: Tokens, send: Send, ann: Profile
) -> None:
    mine = {"uuid": "mine"}
    token = token_of(tokens, source, uuid="mine")
    assert send(token, "shared", event(mine)).status_code == 202
    [one] = sent(collector, source)
    assert (one.uuid, one.context["browser"]["name"]) == ("mine", "Firefox")
    assert send(token, "shared", event({"id": one.profile_id})).status_code == 202
    others: list[dict[str, Any]] = [
        {"uuid": ann.uuid},
        {"id": ann.client_id},
        mine | {"email": ann.email},
        {"customId": ann.custom_id},
        mine | {"email": "new@shop.example"},
    ]
    for client in others:
        assert send(token, "shared", event(client)).status_code == 403
    assert [one.uuid for one in sent(collector, source)] == ["mine", "mine"]
    theirs = token_of(tokens, source, uuid=ann.uuid)
    assert send(theirs, "shared", event(names(ann), params={"email": ann.email})).status_code == 202
    assert sent(collector, source)[-1].profile_id == ann.client_id


def test_a_visitor_rewrites_nobody(
    collector: Running, source: Source, tokens: Tokens, send: Send, ann: Profile
) -> None:
    """An anonymous token is anybody's: the data of a form claims, as in a beacon."""
    token = token_of(tokens, source, uuid=f"stranger-{source.number}")
    form = {"formType": "contact", "formData": {"email": ann.email, "firstName": "Mallory", "city": "X"}}
    before = msgspec.structs.replace(ann, last_activity_ms=0)
    body = event({"uuid": f"stranger-{source.number}"}, action="form.submit", params=form)
    assert send(token, "custom", body).status_code == 202
    after = collector.store.profile(ann.client_id)
    assert after is not None
    assert (after.uuids, after.email) == (before.uuids, before.email)
    stranger = collector.store.find_profile("uuid", f"stranger-{source.number}")
    assert stranger is not None
    assert stranger.client_id != ann.client_id
    assert stranger.email is None


def test_a_tracker_key_names_a_uuid_alone(
    collector: Running, source: Source, send: Send, ann: Profile
) -> None:
    query = f"?token={source.source_id}"
    params = {"correlationId": "c", "item": "mug", "email": "anything@shop.example"}
    assert send(query, "item-search-click", event({"uuid": "mine"}, params=params)).status_code == 202
    for client in ({"id": ann.client_id}, {"email": ann.email}, {"uuid": "mine", "customId": "c"}):
        assert send(query, "recommendation-seen", event(client)).status_code == 403
    assert send(query, "shared", event({"uuid": "mine"})).status_code == 401
    assert send("?token=nonsense", "recommendation-seen", event({"uuid": "mine"})).status_code == 401
    assert [one.uuid for one in sent(collector, source)] == ["mine"]


def test_who_may_call_what(source: Source, tokens: Tokens, send: Send, ann: Profile) -> None:
    """A kind that is not for a caller's realm is refused, in a batch as well."""
    callers: tuple[tuple[str, dict[str, Any]], ...] = (
        (token_of(tokens, source, uuid=ann.uuid), {"uuid": ann.uuid}),
        (token_of(tokens, source, client_id=ann.client_id), {"id": ann.client_id}),
    )
    for token, client in callers:
        for kind in KINDS:
            allowed = Realm.PROFILE in kind.who
            # An empty client is 400 once the caller may call.
            assert send(token, kind.path, event({})).status_code == (400 if allowed else 403)
        assert send(token, "batch", [event(client, type="cancelled-transaction")]).status_code == 403
        assert send(token, "batch", [event(client, type="shared")]).status_code == 202


@pytest.mark.parametrize(
    ("agent", "told"),
    [(FIREFOX, "WEB_DESKTOP"), (ANDROID, "WEB_MOBILE"), ("okhttp/4.9", None), ("Googlebot/2.1", None)],
)
def test_the_source_of_a_view_is_told_by_the_browser(
    collector: Running, source: Source, tokens: Tokens, send: Send, agent: str, told: str | None
) -> None:
    token, client = token_of(tokens, source, uuid="mine"), {"uuid": "mine"}
    headers = {"user-agent": agent}
    for params in (None, {"source": None}, {"source": "POS"}):
        assert send(token, "product-view", event(client, params=params), **headers).status_code == 202
    assert send(token, "shared", event(client), **headers).status_code == 202
    assert [one.params.get("source") for one in sent(collector, source)] == [told, told, "POS", None]


class TestPrivacy:
    """A visitor's token obeys the source's rules as a beacon does."""

    def test_who_opted_out_is_counted_and_answered(
        self, collector: Running, source: Source, tokens: Tokens, send: Send
    ) -> None:
        token = token_of(tokens, source, uuid="planted-uuid-77")
        body = event({"uuid": "planted-uuid-77"})
        assert send(token, "shared", body, **{"sec-gpc": "1"}).status_code == 202
        assert send(token, "shared", body, dnt="1").status_code == 202
        assert collector.sums(source.source_id)["opted_out"] == 1
        assert len(sent(collector, source)) == 1

    def test_a_cookieless_source_keeps_no_uuid(self, collector: Running, tokens: Tokens, send: Send) -> None:
        settings = Settings(tag=TagSettings(device_storage=False))
        source = collector.store.add_source("cookieless", settings)
        token = token_of(tokens, source, uuid="planted-uuid-78")
        for agent in (FIREFOX, FIREFOX, ANDROID):
            body = event({"uuid": "planted-uuid-78"})
            assert send(token, "shared", body, **{"user-agent": agent}).status_code == 202
        first, again, other = (one.uuid for one in sent(collector, source))
        assert first == again != other
        assert collector.files_hold("planted-uuid-78") == []
        assert collector.files_hold(VISITOR) == []

    def test_an_app_needs_no_origin_and_a_page_the_right_one(
        self, collector: Running, tokens: Tokens, send: Send
    ) -> None:
        source = collector.store.add_source("shop", Settings(origins=("https://shop.example",)))
        token, body = token_of(tokens, source, uuid="mine"), event({"uuid": "mine"})
        assert send(token, "shared", body).status_code == 202
        assert send(token, "shared", body, origin="https://shop.example").status_code == 202
        assert send(token, "shared", body, origin="https://evil.example").status_code == 403
        query = f"?token={source.source_id}"
        assert send(query, "recommendation-seen", body).status_code == 403
        assert send(query, "recommendation-seen", body, origin="https://shop.example").status_code == 202
        assert len(sent(collector, source)) == 3

    def test_an_action_that_needs_proof(
        self, collector: Running, tokens: Tokens, send: Send, ann: Profile
    ) -> None:
        fresh = collector.store.add_source("strict", policy=Policy(token_actions=("client.shared",)))
        visitor = token_of(tokens, fresh, uuid="mine")
        assert send(visitor, "shared", event({"uuid": "mine"})).status_code == 403
        profile = token_of(tokens, fresh, client_id=ann.client_id)
        assert send(profile, "shared", event({"id": ann.client_id})).status_code == 202
        assert len(sent(collector, fresh)) == 1
