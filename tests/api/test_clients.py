"""DELETE /v4/clients/...: the person is erased, or the answer says why not."""

import threading
from typing import Any

import httpx
import pytest

from collector.auth.keys import hash_key, new_api_key
from collector.model.profile import Profile
from collector.model.source import Source
from collector.store import StoreUnavailable
from tests.api.conftest import Ask
from tests.receive.running import Running


def form(uuid: str, email: str, **data: Any) -> dict[str, Any]:
    return {
        "action": "form.submit",
        "uuid": uuid,
        "params": {"formType": "contact", "formData": {"email": email, **data}},
    }


def known(collector: Running, source: Source, uuid: str, email: str, custom_id: str) -> Profile:
    assert collector.post(source.source_id, [form(uuid, email, customId=custom_id)]).status_code == 204
    found = collector.store.find_profile("email", email)
    assert found is not None
    assert found.custom_id == custom_id
    return found


def problem(response: httpx.Response) -> str:
    """The message of an error in the contract's shape."""
    body = response.json()
    assert set(body) == {"timestamp", "status", "error", "message", "path"}
    assert body["status"] == response.status_code
    assert body["path"].startswith("/clients/")
    return str(body["message"])


@pytest.mark.parametrize(
    "path",
    [
        "/clients/{client_id}",
        "/clients/by-custom-id/{custom_id}",
        "/clients/by-customid/{custom_id}",
    ],
)
def test_a_person_is_erased_by_any_of_the_paths(
    collector: Running, source: Source, ask: Ask, path: str
) -> None:
    name = path.strip("/").replace("/", "-").replace("{", "").replace("}", "").replace("_", "-")
    email = f"planted-{name}@shop.example"
    ann = known(collector, source, f"browser-{name}", email, f"c/{name} ü")
    target = path.format(client_id=ann.client_id, custom_id=f"c%2F{name}%20%C3%BC")
    response = ask("DELETE", target)
    assert (response.status_code, response.content) == (202, b"")
    assert collector.store.profile(ann.client_id) is None
    assert collector.files_hold(email) == []
    assert collector.files_hold(f"browser-{name}") == []
    [line] = [one for one in collector.store.audit() if one.subject == str(ann.client_id)]
    assert (line.actor, line.action) == ("key:shop back end", "profile.erase")
    again = ask("DELETE", target)
    assert again.status_code == 404
    assert "was erased at 20" in problem(again)
    assert collector.post(source.source_id, [form(f"browser-{name}", email)]).status_code == 204
    assert collector.sums(source.source_id)["erased"] == 1
    assert collector.events(source.source_id) == []


def test_a_merged_id_erases_the_living_profile(collector: Running, source: Source, ask: Ask) -> None:
    key = new_api_key()
    collector.store.add_api_key("of this source", hash_key(key), source_id=source.source_id)
    ann = known(collector, source, "m-1", "merged@shop.example", "m-c")
    collector.post(source.source_id, [{"action": "page.visit", "uuid": "m-2"}])
    old = collector.store.find_profile("uuid", "m-2")
    assert old is not None
    headers = {"authorization": f"Bearer {key}"}
    collector.post(source.source_id, [form("m-2", "merged@shop.example")], headers=headers)
    assert collector.store.profile(old.client_id) == collector.store.profile(ann.client_id)
    assert ask("DELETE", f"/clients/{old.client_id}").status_code == 202
    assert collector.store.profile(ann.client_id) is None


@pytest.mark.parametrize(
    "path",
    [
        *("/clients/999999", "/clients/abc", "/clients/-1", f"/clients/{'9' * 40}"),
        *("/clients/by-custom-id/x", "/clients/by-customid/%00", "/clients/by-customid/null"),
    ],
)
def test_nobody_is_404(ask: Ask, path: str) -> None:
    response = ask("DELETE", path)
    assert response.status_code == 404
    assert problem(response).startswith("There is no")


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer tw_wrong", "Basic dGFnd2VsbDp4", "tw_bare"],
)
def test_without_a_key_is_401(ask: Ask, authorization: str | None) -> None:
    response = ask("DELETE", "/clients/1", authorization=authorization)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer" in problem(response)


def test_a_key_without_the_permission_is_403(collector: Running, source: Source, ask: Ask) -> None:
    ann = known(collector, source, "f-1", "kept@shop.example", "kept")
    for number, permissions in enumerate([("API_CLIENT_CREATE",), ()]):
        key = new_api_key()
        collector.store.add_api_key(f"key {number}", hash_key(key), permissions=permissions)
        response = ask("DELETE", f"/clients/{ann.client_id}", authorization=f"Bearer {key}")
        assert response.status_code == 403
        assert "API_BY_ID_CLIENT_DELETE" in problem(response)
    assert collector.store.profile(ann.client_id) == ann


def test_a_key_with_the_permission_alone_is_enough(collector: Running, source: Source, ask: Ask) -> None:
    ann = known(collector, source, "p-1", "permitted@shop.example", "permitted")
    key = new_api_key()
    collector.store.add_api_key("narrow", hash_key(key), permissions=("API_BY_ID_CLIENT_DELETE",))
    assert ask("DELETE", f"/clients/{ann.client_id}", authorization=f"Bearer {key}").status_code == 202


@pytest.mark.parametrize("version", [None, "4.3", ""])
def test_another_version_is_400(ask: Ask, version: str | None) -> None:
    response = ask("DELETE", "/clients/1", api_version=version)
    assert response.status_code == 400
    assert problem(response).startswith("Version header content is invalid")


def test_other_methods_are_405(ask: Ask) -> None:
    for path, methods in {
        "/clients/1": {"GET", "HEAD", "POST", "DELETE"},
        "/clients/by-custom-id/a": {"GET", "HEAD", "POST", "DELETE"},
        "/clients": {"GET", "HEAD", "POST"},
        "/events/custom": {"POST"},
    }.items():
        response = ask("PATCH", path)
        assert response.status_code == 405
        assert set(response.headers["allow"].split(", ")) == methods


def test_a_custom_id_is_looked_for_as_it_is_in_the_path(collector: Running, source: Source, ask: Ask) -> None:
    bob = known(collector, source, "edges", "edges@shop.example", "edges")
    for path in ("%20edges%20", "edges%20", "%09edges"):
        assert problem(ask("DELETE", f"/clients/by-custom-id/{path}")) == "There is no such profile."
    assert collector.store.profile(bob.client_id) is not None
    assert ask("DELETE", "/clients/by-custom-id/edges").status_code == 202
    again = ask("DELETE", "/clients/by-custom-id/edges")
    assert again.status_code == 404
    assert problem(again).startswith("This profile was erased at ")


@pytest.mark.parametrize("kind", ["clients", "tags"])
def test_an_id_has_one_spelling(collector: Running, source: Source, ask: Ask, kind: str) -> None:
    ann = known(collector, source, "spelt", "spelt@shop.example", "spelt").client_id
    tag = collector.store.add_tag("spelt", "#ff0000").id
    path, number = ("/clients/{}", ann) if kind == "clients" else ("/tags/{}", tag)
    wrong = [f"0{number}", f"+{number}", f"{number}.0", f"%20{number}", f"{number}%20", f"0_{number}"]
    wrong.append("".join(chr(0x660 + int(digit)) for digit in str(number)))
    assert {ask("DELETE", path.format(one)).status_code for one in wrong} == {404}
    assert tag in [one.id for one in collector.store.tags()]
    assert collector.store.profile(ann) is not None


def test_a_busy_store_is_503(collector: Running, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store in the application is another object than the tests' own: both are of one class."""

    def busy(*_arguments: object, **_named: object) -> None:
        raise StoreUnavailable("busy")

    monkeypatch.setattr(type(collector.store), "profile", busy)
    response = ask("DELETE", "/clients/1")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"
    assert "Nothing was changed" in problem(response)


def test_beacons_that_arrive_meanwhile_leave_nothing(collector: Running, source: Source, ask: Ask) -> None:
    ann = known(collector, source, "racing-77f1", "racing@shop.example", "racing-id")
    erased = threading.Event()
    late: list[int] = []

    def send(worker: int) -> None:
        number = after = 0
        while after < 5:
            after += erased.is_set()
            number += 1
            visit = {"action": "page.visit", "uuid": "racing-77f1", "params": {"n": number, "by": worker}}
            late.append(collector.post(source.source_id, [visit]).status_code)

    workers = [threading.Thread(target=send, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    try:
        assert ask("DELETE", f"/clients/{ann.client_id}").status_code == 202
    finally:
        erased.set()
        for worker in workers:
            worker.join()
    assert set(late) == {204}
    collector.store.scrub()
    assert collector.files_hold("racing-77f1") == []
    assert collector.files_hold("racing@shop.example") == []
    sums = collector.sums(source.source_id)
    assert sums["stored"] + sums["erased"] == len(late) + 1
    assert sums["erased"] >= 15
    assert collector.events(source.source_id) == []
