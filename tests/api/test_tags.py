"""Tags by the API. Rows 75 to 81 of contracts/synerise-profiles-api.md."""

from typing import Any

import httpx
import pytest

from collector.model.policy import Policy
from collector.model.source import Source
from tests.api.callers import api_key
from tests.api.test_merging import Asking, refusal
from tests.receive.running import Running


@pytest.fixture(scope="module")
def shop(collector: Running) -> Source:
    """What keys of the workspace write through."""
    return collector.store.add_source("Shop")


@pytest.fixture
def ask(collector: Running, shop: Source) -> Asking:
    return Asking(collector, api_key(collector))


def tag_of(ask: Asking, name: str, **said: Any) -> dict[str, Any]:
    answer = ask("POST", "/v4/tags", json={"name": name, **said})
    assert answer.status_code == 200
    return answer.json()  # type: ignore[no-any-return]


def test_a_tag_is_made_once_changed_and_removed(ask: Asking, collector: Running) -> None:
    """The header Api-Version is not asked for but by the list of all."""
    headers = {"authorization": f"Bearer {ask.key}"}

    def bare(method: str, path: str, **body: Any) -> httpx.Response:
        return collector.request(method, path, headers=headers, **body)

    made = bare("POST", "/v4/tags", json={"name": "vip", "color": "#F0a"})
    tag = made.json()
    assert (made.status_code, tag) == (
        200,
        {"businessProfileId": 1, "id": tag["id"], "name": "vip", "color": "#ff00aa"},
    )
    assert bare("POST", "/v4/tags", json={"name": "vip", "color": "#000000", "more": 1}).json() == tag
    plain = bare("POST", "/v4/tags", json={"name": "plain", "color": None}).json()
    assert plain["color"] == "#808080"
    changed = bare("PUT", f"/v4/tags/{tag['id']}", json={"color": "#123456", "name": "x"})
    assert (changed.status_code, changed.json()) == (200, tag | {"color": "#123456"})
    assert refusal(bare("GET", "/v4/clients/tags"))[0] == 400
    listed = ask("GET", "/v4/clients/tags")
    assert listed.status_code == 200
    assert [one for one in listed.json() if one["name"] in ("vip", "plain")] == [
        {"id": tag["id"], "name": "vip", "color": "#123456"},
        {"id": plain["id"], "name": "plain", "color": "#808080"},
    ]
    ann = ask.make(customId="r-1", tags=["vip", "plain"])
    removed = bare("DELETE", f"/v4/tags/{tag['id']}")
    assert (removed.status_code, removed.content) == (202, b"")
    assert ask.read(ann)["tags"] == ["plain"]
    assert bare("GET", f"/v4/clients/{ann}/tags").json() == [{k: plain[k] for k in ("id", "name", "color")}]
    for method, body in (("PUT", {"json": {"color": "#123456"}}), ("DELETE", {})):
        assert refusal(bare(method, f"/v4/tags/{tag['id']}", **body)) == (404, "There is no such tag.")


def test_a_profile_is_given_a_tag_and_loses_it(ask: Asking, collector: Running) -> None:
    ann, tag = ask.make(customId="a-1"), tag_of(ask, "spring")
    path = f"/v4/clients/{ann}/tags/{tag['id']}"
    for _ in range(2):
        given = ask("POST", path)
        assert (given.status_code, given.json()) == (
            200,
            {"clientId": ann, "id": tag["id"], "tagId": tag["id"]},
        )
    assert ask.read(ann)["tags"] == ["spring"]
    for _ in range(2):
        taken = ask("DELETE", path)
        assert (taken.status_code, taken.content) == (202, b"")
    assert ask.read(ann)["tags"] == []
    told = [(e.action, e.params) for e in collector.store.events_of(ann) if "Tag" in e.action]
    assert told == [("client.removeTag", {"tag": "spring"}), ("client.addTag", {"tag": "spring"})]


def test_what_the_policy_blocks_does_not_follow(collector: Running) -> None:
    quiet = collector.store.add_source("Quiet", policy=Policy(block=("client.addTag",)))
    ask = Asking(collector, api_key(collector, source=quiet))
    ann, tag = ask.make(customId="q-1"), tag_of(ask, "quiet")
    assert ask("POST", f"/v4/clients/{ann}/tags/{tag['id']}").status_code == 200
    assert ask.read(ann)["tags"] == ["quiet"]
    assert not [event for event in collector.store.events_of(ann) if "Tag" in event.action]


@pytest.mark.parametrize("path", ["/v4/clients/99999/tags", "/v4/clients/x/tags"])
def test_the_tags_of_nobody_are_404(ask: Asking, path: str) -> None:
    assert refusal(ask("GET", path))[0] == 404


def test_whom_or_what_there_is_not_is_404(ask: Asking) -> None:
    ann, tag = ask.make(customId="n-1"), tag_of(ask, "nobodys")
    for method in ("POST", "DELETE"):
        for path in (f"99999/tags/{tag['id']}", f"{ann}/tags/99999", f"{ann}/tags/x", f"{ann}/tags/0"):
            assert refusal(ask(method, f"/v4/clients/{path}"))[0] == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x", "color": "red"}, "color"),
        ({"name": "x", "color": "#12345g"}, "color"),
        ({"name": "x", "color": "#123456\n"}, "color"),
        ({"name": "x", "color": 5}, "color"),
    ],
)
def test_what_is_no_tag_is_400_and_names_the_field(ask: Asking, body: dict[str, Any], field: str) -> None:
    answer = ask("POST", "/v4/tags", json=body)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert refusal(ask("PUT", "/v4/tags/1", json={"color": "x"}))[0] == 400
