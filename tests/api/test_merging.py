"""Merging profiles by the API, what is answered, and undoing it. Rows 20 and 21 of the profiles contract."""

from typing import Any

import httpx
import pytest

from collector.model.source import Source
from tests.api.callers import api_key, bearer
from tests.receive.running import Running

MERGE = "/v4/clients/merge/from/ids"


@pytest.fixture(scope="module")
def shop(collector: Running) -> Source:
    """What keys of the workspace write through."""
    return collector.store.add_source("Shop")


@pytest.fixture(scope="module")
def key(collector: Running, shop: Source) -> str:
    """A key that may do everything."""
    return api_key(collector)


class Asking:
    """A back end with a key."""

    def __init__(self, collector: Running, key: str) -> None:
        self.collector, self.key = collector, key

    def __call__(self, method: str, path: str, **body: Any) -> httpx.Response:
        return self.collector.request(method, path, headers=bearer(self.key), **body)

    def make(self, **said: Any) -> int:
        assert self("POST", "/v4/clients", json=said).status_code == 202
        kind, value = next((one, said[one]) for one in ("customId", "email", "uuid") if one in said)
        found = self.collector.store.find_profile(kind, value)
        assert found is not None
        return found.client_id

    def read(self, client_id: int) -> dict[str, Any]:
        answer = self("GET", f"/v4/clients/{client_id}")
        assert answer.status_code == 200
        return answer.json()  # type: ignore[no-any-return]


@pytest.fixture
def ask(collector: Running, key: str) -> Asking:
    return Asking(collector, key)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and message of an error in the contract's shape."""
    body = answer.json()
    assert set(body) - {"errors"} == {"timestamp", "status", "error", "message", "path"}
    assert body["status"] == answer.status_code
    return answer.status_code, body["message"]


def test_ids_with_commas_are_merged_and_the_profile_is_answered(ask: Asking) -> None:
    a, b = ask.make(customId="m-1", uuid="m-b1", firstName="A"), ask.make(email="m@shop.example", city="C")
    target = ask.make(customId="m-2", firstName="T", tags=["vip"])
    answer = ask("POST", f"{MERGE}/{a},{b}/to/id/{target}")
    assert answer.status_code == 200
    profile = answer.json()
    assert profile == ask.read(target) == ask.read(a)
    assert {name: profile[name] for name in ("clientId", "customId", "email", "firstName", "city")} == {
        "clientId": target,
        "customId": "m-2",
        "email": "m@shop.example",
        "firstName": "T",
        "city": "C",
    }
    assert (profile["uuid"], profile["previousClients"]) == ("m-b1", [str(a), str(b)])
    again = ask("POST", f"{MERGE}/{a},{target},{b},{b}/to/id/{a}")
    assert (again.status_code, again.json()) == (200, profile)


def test_custom_ids_are_merged_by_any_characters_but_commas(ask: Asking) -> None:
    a, b, target = (ask.make(customId=name) for name in ("c/1 ü", "c?2", "c/t"))
    path = "/v4/clients/merge/from/custom-ids/c%2F1%20%C3%BC%2Cc%3F2/to/custom-id/c%2Ft"
    answer = ask("POST", path)
    assert answer.status_code == 200
    assert answer.json()["previousClients"] == [str(a), str(b)]
    assert answer.json()["clientId"] == target


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        pytest.param("ids/99999/to/id/{known}", 404, "There is no profile 99999", id="unknown source"),
        pytest.param("ids/{known}/to/id/99999", 404, "There is no profile 99999", id="unknown target"),
        pytest.param("ids/{known},99999/to/id/{other}", 404, "Nothing was merged", id="one is unknown"),
        pytest.param("ids/a/to/id/{known}", 404, "There is no such fromClientIds", id="no number"),
        pytest.param("ids/{known},/to/id/{other}", 404, "There is no such fromClientIds", id="an empty one"),
        pytest.param("ids/{known}/to/id/-1", 404, "There is no such toClientId", id="no id"),
        pytest.param("ids/{known}/to/id/" + "9" * 40, 404, "There is no such toClientId", id="a long one"),
        pytest.param("ids/" + "1," * 20 + "1/to/id/{other}", 400, "20 profiles at once", id="21 sources"),
        pytest.param("custom-ids/nobody/to/custom-id/f-1", 404, "no such profile", id="unknown customId"),
        pytest.param("custom-ids/f-1/to/custom-id/nobody", 404, "no such profile", id="unknown target's"),
        pytest.param("custom-ids/f-1,/to/custom-id/f-2", 404, "no such profile", id="an empty customId"),
        pytest.param("custom-ids/%00/to/custom-id/f-2", 404, "no such profile", id="NUL"),
        pytest.param("custom-ids/" + "x," * 20 + "x/to/custom-id/f-2", 400, "20 profiles", id="21 customIds"),
    ],
)
def test_what_cannot_be_merged_changes_nothing(ask: Asking, path: str, status: int, says: str) -> None:
    known, other = ask.make(customId="f-1"), ask.make(customId="f-2")
    before = ask.read(known), ask.read(other)
    answer = refusal(ask("POST", "/v4/clients/merge/from/" + path.format(known=known, other=other)))
    assert answer[0] == status
    assert says in answer[1]
    assert (ask.read(known), ask.read(other)) == before


def test_twenty_are_merged_at_once(ask: Asking) -> None:
    ids = [ask.make(customId=f"t-{number}") for number in range(21)]
    answer = ask("POST", f"{MERGE}/{','.join(map(str, ids[1:]))}/to/id/{ids[0]}")
    assert answer.json()["previousClients"] == [str(one) for one in ids[1:]]


def test_a_merge_is_listed_and_undone(ask: Asking, collector: Running) -> None:
    a, target = ask.make(customId="u-1", city="C"), ask.make(customId="u-2")
    before = ask.read(a), ask.read(target)
    ask("POST", f"{MERGE}/{a}/to/id/{target}")
    [merge] = ask("GET", f"/v4/clients/{a}/merges").json()
    assert set(merge) == {"id", "sourceId", "targetId", "cause", "time", "undoneTime", "problem"}
    assert (merge["sourceId"], merge["targetId"], merge["problem"]) == (a, target, "")
    assert (merge["cause"], merge["undoneTime"]) == ("key:shop back end", None)
    undo = f"/v4/clients/merges/{merge['id']}/undo"
    answer = ask("POST", undo)
    assert (answer.status_code, answer.json()) == (200, {"sourceId": a, "targetId": target})
    assert (ask.read(a), ask.read(target)) == before
    assert refusal(ask("POST", undo)) == (409, "This merge is undone already.")
    [merge] = ask("GET", f"/v4/clients/{target}/merges").json()
    assert merge["undoneTime"] is not None
    assert ask("GET", f"/v4/clients/{a}/merges").json() == []
    done = [(one.actor, one.action) for one in collector.store.audit() if one.subject == str(target)]
    assert done == [
        ("key:shop back end", "profile.undo_merge"),
        ("key:shop back end", "profile.merge"),
    ]


@pytest.mark.parametrize("merge_id", ["x", "00000000-0000-0000-0000-000000000000", "%00" * 36, "a%0A" * 18])
def test_no_such_merge_is_404(ask: Asking, merge_id: str) -> None:
    assert refusal(ask("POST", f"/v4/clients/merges/{merge_id}/undo"))[0] == 404


def test_merges_of_nobody_are_404(ask: Asking) -> None:
    assert refusal(ask("GET", "/v4/clients/99999/merges")) == (404, "There is no such profile.")
