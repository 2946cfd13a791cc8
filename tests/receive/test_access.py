"""Who may send: origins, keys, sources; and that what the owner changes is soon in force."""

import pytest

from collector.auth.keys import hash_key, new_api_key
from collector.model.policy import Policy
from collector.model.source import Settings, Source
from tests.receive.running import Running, detail_of, wait_until

SHOP = "https://shop.example"


def _with_origins(collector: Running) -> Source:
    return collector.store.add_source("Listed", Settings(origins=(SHOP,)))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"origin": SHOP}, 204, id="listed"),
        pytest.param({"origin": "https://evil.example"}, 403, id="foreign"),
        pytest.param({"origin": "null"}, 403, id="a file"),
        pytest.param({}, 403, id="none, without a key"),
        pytest.param({"referer": f"{SHOP}/"}, 403, id="a referer is no origin"),
    ],
)
def test_listed_origins(collector: Running, headers: dict[str, str], status: int) -> None:
    source = _with_origins(collector)
    response = collector.post(source.source_id, [{"action": "a"}], headers=headers)
    assert response.status_code == status
    assert len(collector.events(source.source_id)) == (status == 204)
    if status == 403:
        assert response.headers["x-tagwell"] == "origin_not_allowed"
        assert "origin" in detail_of(response).lower()


def test_key_stands_for_a_missing_origin(collector: Running) -> None:
    source = _with_origins(collector)
    key = new_api_key()
    collector.store.add_api_key("back end", hash_key(key), source_id=source.source_id)
    response = collector.post(source.source_id, [{"action": "a"}], headers={"authorization": f"Bearer {key}"})
    assert response.status_code == 204


def test_key_of_the_workspace_fits_every_source(collector: Running, source: Source) -> None:
    key = new_api_key()
    collector.store.add_api_key("back end", hash_key(key))
    response = collector.post(source.source_id, [{"action": "a"}], headers={"authorization": f"bearer {key}"})
    assert response.status_code == 204


@pytest.mark.parametrize(
    "authorization", ["Bearer tw_wrong", "Bearer ", "Bearer", "Basic {key}", "{key}", "\xff"]
)
def test_bad_key_is_refused_even_where_none_is_needed(
    collector: Running, source: Source, api_key: str, authorization: str
) -> None:
    headers = {"authorization": authorization.format(key=api_key).encode("latin-1")}
    response = collector.request(
        "POST", f"/b/{source.source_id}", content=b'[{"action":"a"}]', headers=headers
    )
    assert response.status_code == 401
    assert api_key not in detail_of(response)
    assert collector.sums(source.source_id) == {"not_authorised": 1}


def test_key_of_another_source_is_refused(collector: Running, source: Source, api_key: str) -> None:
    other = collector.store.add_source("Another")
    response = collector.post(
        other.source_id, [{"action": "a"}], headers={"authorization": f"Bearer {api_key}"}
    )
    assert response.status_code == 401
    assert collector.events(other.source_id) == []


def test_form_on_a_strict_source_needs_a_key(collector: Running) -> None:
    source = collector.store.add_source("Strict", Settings(), Policy(trust="strict"))
    key = new_api_key()
    collector.store.add_api_key("back end", hash_key(key), source_id=source.source_id)
    form = [{"action": "form.submit", "params": {"formData": {"email": "a@b.co"}}}]
    assert collector.post(source.source_id, form).status_code == 401
    headers = {"authorization": f"Bearer {key}"}
    assert collector.post(source.source_id, form, headers=headers).status_code == 204
    assert len(collector.events(source.source_id)) == 1


def test_new_source_is_found_at_once(collector: Running) -> None:
    source = collector.store.add_source("Just made")
    assert collector.post(source.source_id, [{"action": "a"}]).status_code == 204


def test_id_that_was_unknown_is_found_soon_after_its_source_is_made(collector: Running) -> None:
    source_id = "11111111-2222-4333-8444-555555555555"
    assert collector.post(source_id, [{"action": "a"}]).status_code == 401
    collector.store.add_source("Made late", source_id=source_id)
    wait_until(lambda: collector.post(source_id, [{"action": "a"}]).status_code == 204)


def test_source_that_is_switched_off_soon_takes_nothing(collector: Running, source: Source) -> None:
    assert collector.post(source.source_id, [{"action": "a"}]).status_code == 204
    collector.store.save_source(source.source_id, enabled=False)
    wait_until(lambda: collector.post(source.source_id, [{"action": "a"}]).status_code == 401)


def test_policy_is_soon_in_force_on_a_running_server(collector: Running, source: Source) -> None:
    assert collector.post(source.source_id, [{"action": "debug.x"}]).status_code == 204
    collector.store.save_policy(source.source_id, Policy(block=("debug.*",)), author="ada", comment="")

    def refused() -> bool:
        collector.post(source.source_id, [{"action": "debug.x"}])
        return "action_blocked" in collector.sums(source.source_id)

    wait_until(refused)
