"""People of the admin pages sign in to the API: as themselves, and not by guessing."""

import pytest

from collector.auth.passwords import hash_password
from collector.auth.permissions import PERMISSIONS
from tests.api.callers import (
    USER,
    api_key,
    bearer,
    is_let_in,
    post,
    problem,
)
from tests.receive.running import Running


@pytest.fixture(scope="module")
def name(collector: Running) -> str:
    """A person of the admin pages."""
    return collector.store.add_user("grace", hash_password("correct horse battery")).name


class TestUser:
    """Rows 5 and 7 to 9: people of the admin pages."""

    def sign_in(self, collector: Running, name: str, password: str = "correct horse battery") -> str:
        token: str = post(collector, USER, {"username": name, "password": password}).json()["token"]
        return token

    def test_a_person_signs_in_and_sees_the_workspace(self, collector: Running, name: str) -> None:
        body = {"username": name, "password": "correct horse battery", "externalProviderToken": None}
        response = post(collector, USER, body)
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        found, workspace = response.json(), collector.store.workspace()
        user = collector.store.user(name)
        assert user is not None
        assert found["consumer"] == {
            "type": "USER",
            "businessProfileId": 1,
            "name": name,
            "id": user.id,
            "authorities": list(PERMISSIONS),
            "roles": ["ADMIN"],
        }
        shown = {
            "businessProfileGuid": workspace.guid,
            "logo": None,
            "name": workspace.name,
            "id": 1,
            "created": None,
            "subdomain": None,
            "ipRestricted": False,
            "mfaRequired": False,
        }
        headers = bearer(found["token"])
        for path, expected in (
            ("/uauth/business-profile/", [shown]),
            ("/uauth/business-profile", [shown]),
            ("/uauth/business-profile/current", shown),
        ):
            answer = collector.request("GET", path, headers=headers)
            assert (answer.status_code, answer.json()) == (200, expected)
            problem(collector.request("GET", path), 401)
            problem(collector.request("GET", path, headers=bearer(api_key(collector))), 403)
        select = "/uauth/auth/login/user/profile/"
        again = collector.request("POST", select + workspace.guid, headers=headers)
        assert again.json()["consumer"] == found["consumer"]
        problem(collector.request("POST", select + "another", headers=headers), 404)
        assert is_let_in(collector, again.json()["token"])

    def test_wrong_names_and_passwords_read_the_same(self, collector: Running, name: str) -> None:
        wrong = [(name, "wrong"), ("nobody", "wrong"), ("a\0b", "wrong"), ("nobody", "correct horse battery")]
        errors = [
            problem(post(collector, USER, {"username": user, "password": password}), 401)
            for user, password in wrong
        ]
        assert {error["message"] for error in errors} == {"Name and password do not match."}
        error = problem(post(collector, USER, {}), 400)
        assert [one["field"] for one in error["errors"]] == ["username", "password"]
        problem(post(collector, USER, {"username": name, "password": "x" * 2000}), 400)

    def test_a_guesser_is_stopped_and_others_are_not(
        self, collector: Running, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("collector.api.users.verify_password", lambda *_: False)  # argon2 takes a while
        body = {"username": name, "password": "guess"}
        for _ in range(10):
            problem(post(collector, USER, body, peer="203.0.113.200"), 401)
        monkeypatch.undo()
        body["password"] = "correct horse battery"
        stopped = post(collector, USER, body, peer="203.0.113.200")
        assert "Wait 15 minutes" in problem(stopped, 423)["message"]
        assert stopped.headers["retry-after"] == "900"
        problem(post(collector, USER, body | {"username": "ada"}, peer="203.0.113.200"), 423)
        assert post(collector, USER, body, peer="203.0.113.201").status_code == 200

    def test_a_changed_password_ends_the_tokens(self, collector: Running) -> None:
        password_hash = hash_password("correct horse battery")
        collector.store.add_user("linus", password_hash)
        token = self.sign_in(collector, "linus")
        assert is_let_in(collector, token)
        collector.store.set_password("linus", password_hash)
        assert not is_let_in(collector, token)
        assert is_let_in(collector, self.sign_in(collector, "linus"))
