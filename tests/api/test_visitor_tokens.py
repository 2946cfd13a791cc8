"""Browsers and profiles: how they get a token, keep it alive, and lose it for good."""

from typing import Any

import pytest

from collector.model.source import Source
from tests.api.callers import (
    ANONYMOUS,
    HOUR,
    LOG_OUT,
    REFRESH,
    api_key,
    bearer,
    is_refreshed,
    now_ms,
    post,
    problem,
    profile_of,
    profile_token,
    said,
    token_in,
    tokens_of,
    visitor_token,
)
from tests.receive.running import Running, wait_until


class TestAnonymous:
    """Rows 4 and 1: how a browser gets a token, and keeps it alive."""

    @pytest.mark.parametrize("version", ["v2", "v3"])
    def test_a_browser_gets_a_token_and_no_profile(
        self, collector: Running, source: Source, version: str
    ) -> None:
        uuid = f"browser-{version}"
        body = {"apiKey": source.source_id, "uuid": uuid, "deviceId": "d"}
        claims = said(token_in(post(collector, f"/sauth/{version}/auth/login/client/anonymous", body)))
        assert claims["rlm"] == "anonymous_client"
        assert claims["uuid"] == uuid
        assert claims["eml"] == f"{uuid}@anonymous.invalid"
        assert claims["apk"] == source.source_id
        assert "clId" not in claims
        assert collector.store.find_profile("uuid", uuid) is None
        assert collector.files_hold(uuid) == []

    @pytest.mark.parametrize("uuid", [None, "absent"])
    def test_without_a_uuid_a_new_one_is_made(
        self, collector: Running, source: Source, uuid: str | None
    ) -> None:
        body = {"apiKey": source.source_id} | ({} if uuid == "absent" else {"uuid": uuid})
        made = {said(token_in(post(collector, ANONYMOUS, body)))["uuid"] for _ in range(2)}
        assert len(made) == 2
        assert all(len(one) == 36 for one in made)

    @pytest.mark.parametrize(
        ("body", "status", "field"),
        [
            pytest.param({}, 400, "apiKey", id="no apiKey"),
            pytest.param({"apiKey": "00000000-0000-4000-8000-000000000000"}, 401, None, id="unknown"),
            pytest.param({"apiKey": "\0"}, 401, None, id="rubbish"),
            pytest.param({"apiKey": "x", "uuid": 7}, 400, "uuid", id="uuid no text"),
            pytest.param({"apiKey": "x", "uuid": "a\nb"}, 400, "uuid", id="uuid with a line break"),
            pytest.param({"apiKey": "x", "uuid": "null"}, 400, "uuid", id="uuid of nobody"),
            pytest.param({"apiKey": "x", "uuid": "u" * 200}, 400, "uuid", id="uuid too long"),
        ],
    )
    def test_what_is_refused(self, collector: Running, body: Any, status: int, field: str | None) -> None:
        error = problem(post(collector, ANONYMOUS, body), status)
        assert [one["field"] for one in error["errors"]] == ([] if field is None else [field])

    def test_a_secret_key_is_no_source(self, collector: Running, source: Source) -> None:
        problem(post(collector, ANONYMOUS, {"apiKey": api_key(collector, source=source)}), 401)

    @pytest.mark.parametrize("path", [REFRESH, "/sauth/v2/auth/refresh/client"])
    def test_a_token_is_refreshed_while_it_holds(self, collector: Running, source: Source, path: str) -> None:
        body = {"apiKey": source.source_id}
        token = visitor_token(tokens_of(collector, lambda: now_ms() - HOUR + 9_000), source, "b-1")
        fresh = token_in(post(collector, path, body, token))
        assert {name: said(fresh)[name] for name in ("rlm", "uuid", "apk", "sub")} == {
            name: said(token)[name] for name in ("rlm", "uuid", "apk", "sub")
        }
        assert said(fresh)["exp"] >= said(token)["exp"] + 3_000
        ended = visitor_token(tokens_of(collector, lambda: now_ms() - HOUR - 1_000), source, "b-1")
        problem(post(collector, path, body, ended), 401)
        problem(post(collector, path, body), 401)
        problem(post(collector, path, {}, token), 400)
        problem(post(collector, path, {"apiKey": "another"}, token), 401)
        problem(post(collector, path, body, api_key(collector)), 403)

    def test_a_source_that_is_switched_off_ends_its_tokens(self, collector: Running, source: Source) -> None:
        token = visitor_token(tokens_of(collector), source, "b-2")
        profile = profile_token(
            tokens_of(collector), source, profile_of(collector, source, "b-3", "off@shop.example")
        )
        assert is_refreshed(collector, token, source)
        assert is_refreshed(collector, profile, source)
        collector.store.save_source(source.source_id, enabled=False)
        wait_until(lambda: not is_refreshed(collector, token, source))
        assert not is_refreshed(collector, profile, source)
        problem(post(collector, ANONYMOUS, {"apiKey": source.source_id}), 401)


class TestSignOut:
    """Rows 54 and 64: refused at once, on every collector, for good."""

    @pytest.mark.parametrize("body", [{"action": "LOGOUT"}, {}, {"action": None}])
    def test_one_token_ends(
        self, collector: Running, second: Running, source: Source, body: dict[str, Any]
    ) -> None:
        ann = profile_of(collector, source, "o-1", "out@shop.example")
        tokens = tokens_of(collector)
        token, other = (profile_token(tokens, source, ann) for _ in range(2))
        assert is_refreshed(second, token, source)
        response = post(collector, LOG_OUT, body, token)
        assert (response.status_code, response.content) == (202, b"")
        for each in (collector, second):
            problem(post(each, LOG_OUT, body, token), 401)
            assert not is_refreshed(each, token, source)
            assert is_refreshed(each, other, source)

    def test_all_tokens_of_a_profile_end(self, collector: Running, second: Running, source: Source) -> None:
        ann = profile_of(collector, source, "o-2", "all@shop.example")
        bob = profile_of(collector, source, "o-3", "bob@shop.example")
        earlier = tokens_of(collector, lambda: now_ms() - 60_000)
        token, other = (profile_token(earlier, source, ann) for _ in range(2))
        bobs = profile_token(earlier, source, bob)
        response = post(collector, LOG_OUT, {"action": "LOGOUT_WITH_SESSION_CLEARING"}, token)
        assert response.status_code == 202
        for each in (collector, second):
            assert not is_refreshed(each, token, source)
            assert not is_refreshed(each, other, source)
            assert is_refreshed(each, bobs, source)
        later = tokens_of(collector, lambda: now_ms() + 1_000)
        assert is_refreshed(collector, profile_token(later, source, ann), source)

    @pytest.mark.parametrize("action", ["LOGOUT", "LOGOUT_WITH_SESSION_CLEARING"])
    def test_a_back_end_ends_them_by_a_merged_id_too(
        self, collector: Running, source: Source, action: str
    ) -> None:
        tokens, uuid = tokens_of(collector, lambda: now_ms() - 60_000), f"o-old-{action}"
        collector.post(source.source_id, [{"action": "page.visit", "uuid": uuid}])
        old = collector.store.find_profile("uuid", uuid)
        ann = profile_of(collector, source, f"o-4-{action}", f"merged-{action}@shop.example")
        assert old is not None
        of_old, of_new = (profile_token(tokens, source, one) for one in (old, ann))
        form = {"formType": "contact", "formData": {"email": ann.email}}
        headers = {"authorization": f"Bearer {api_key(collector, source=source)}"}
        event = {"action": "form.submit", "uuid": uuid, "params": form}
        collector.post(source.source_id, [event], headers=headers)
        found = collector.store.profile(old.client_id)
        assert found is not None
        assert found.client_id == ann.client_id
        fresh = token_in(post(collector, REFRESH, {"apiKey": source.source_id}, of_old))
        assert said(fresh)["clId"] == ann.client_id
        assert said(fresh)["eml"] == ann.email
        path = f"/sauth/management/client/{old.client_id}/logout"
        response = post(collector, path, {"action": action}, api_key(collector, "SAUTH_LOGOUT_CLIENT_CREATE"))
        assert (response.status_code, response.content) == (202, b"")
        assert not is_refreshed(collector, of_old, source)
        assert not is_refreshed(collector, of_new, source)
        for one in (old.client_id, ann.client_id):  # so that undoing the merge brings no token back
            assert collector.store.is_revoked("any", [f"client:{one}"], now_ms() - 30_000)

    def test_what_is_refused(self, collector: Running, source: Source) -> None:
        path, key = "/sauth/management/client/999999/logout", api_key(collector)
        ann = profile_of(collector, source, "o-5", "kept@shop.example")
        token = profile_token(tokens_of(collector), source, ann)
        problem(post(collector, path, {"action": "LOGOUT"}, key), 404)
        problem(post(collector, path.replace("999999", "abc"), {"action": "LOGOUT"}, key), 404)
        problem(post(collector, path, {"action": "LOGOUT"}), 401)
        problem(post(collector, path, {"action": "LOGOUT"}, token), 403)
        problem(post(collector, path, {"action": "LOGOUT"}, api_key(collector, "API_TAGS_READ")), 403)
        error = problem(post(collector, LOG_OUT, {"action": "LEAVE"}, token), 400)
        assert [one["field"] for one in error["errors"]] == ["action"]
        problem(post(collector, LOG_OUT, {"action": "LOGOUT"}, key), 403)
        visitor = visitor_token(tokens_of(collector), source, "o-6")
        problem(post(collector, LOG_OUT, {"action": "LOGOUT"}, visitor), 403)
        assert is_refreshed(collector, token, source)

    def test_an_erased_person_is_signed_out_and_leaves_nothing(
        self, collector: Running, source: Source
    ) -> None:
        ann = profile_of(collector, source, "o-7-planted", "gone@shop.example")
        token = profile_token(tokens_of(collector), source, ann)
        collector.store.revoke_tokens_of("uuid:o-7-planted", now_ms() - 90_000)
        collector.store.revoke_tokens_of(f"client:{ann.client_id}", now_ms() - 90_000)
        assert is_refreshed(collector, token, source)
        assert collector.request("DELETE", f"/v4/clients/{ann.client_id}", headers=bearer(api_key(collector)))
        assert not is_refreshed(collector, token, source)
        assert collector.files_hold("o-7-planted") == []
