"""The wiring: what stands beside the beacons, and what a stranger may see of it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from collector.app import settings_environment
from collector.auth.keys import hash_key, new_api_key
from collector.config import Config, load_config
from collector.model.policy import Policy
from tests.receive.running import Running


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A collector without the demo."""
    running = Running(tmp_path_factory.mktemp("data"))
    running.start()
    try:
        yield running
    finally:
        running.stop()


def test_root_leads_to_the_admin_pages(collector: Running) -> None:
    response = collector.request("GET", "/")
    assert (response.status_code, response.headers["location"]) == (307, "/admin/")
    response = collector.request("GET", "/admin")
    assert (response.status_code, response.headers["location"]) == (307, "/admin/")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_running_collector_is_well_and_ready(collector: Running, path: str) -> None:
    assert collector.request("GET", path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/nowhere", "/b", "/t/", "/demo/", "/demo", "/t/nobody.css", "/static/../x", "/healthz/"]
)
def test_wrong_path_is_told_in_json(collector: Running, path: str) -> None:
    response = collector.request("GET", path)
    assert response.status_code == 404
    assert list(response.json()) == ["detail"]


@pytest.mark.parametrize("path", ["/healthz", "/t/x.js"])
def test_wrong_method_is_told_in_json(collector: Running, path: str) -> None:
    response = collector.request("POST", path)
    assert response.status_code == 405
    assert list(response.json()) == ["detail"]


def test_tag_of_a_source_is_script(collector: Running) -> None:
    source = collector.store.add_source("Low Tide Pottery")
    response = collector.request("GET", f"/t/{source.source_id}.js")
    assert response.status_code == 200
    assert "javascript" in response.headers["content-type"]
    assert source.source_id in response.text


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        pytest.param("203.0.113.77", {}, id="a stranger"),
        pytest.param("127.0.0.1", {}, id="a proxy on this machine, which may say nothing of whom it serves"),
        pytest.param("203.0.113.77", {"authorization": "Bearer tw_wrong"}, id="with a wrong key"),
        pytest.param("203.0.113.77", {"authorization": "Bearer "}, id="with an empty key"),
    ],
)
def test_metrics_are_for_who_has_a_key(collector: Running, peer: str, headers: dict[str, str]) -> None:
    assert collector.request("GET", "/metrics", peer=peer, headers=headers).status_code == 401


def test_metrics_are_the_sums_of_the_store(collector: Running) -> None:
    source = collector.store.add_source("Counted")
    collector.post(
        source.source_id, [{"action": "a", "id": "1"}, {"action": "a", "id": "1"}, {"action": "no t"}]
    )
    key = new_api_key()
    collector.store.add_api_key("scraper", hash_key(key))
    text = collector.request("GET", "/metrics", headers={"authorization": f"Bearer {key}"}).text
    for outcome, reason in (("stored", ""), ("duplicate", ""), ("rejected", "invalid_action")):
        line = (
            f'tagwell_events_total{{outcome="{outcome}",reason="{reason}",source="{source.source_id}"}} 1.0'
        )
        alternative = f'source="{source.source_id}",outcome="{outcome}",reason="{reason}"}} 1.0'
        assert line in text or alternative in text


def test_metrics_tell_of_each_rule_and_of_rules_that_cannot_be_read(tmp_path: Path) -> None:
    running = Running(tmp_path)
    source = running.store.add_source("Ruled", policy=Policy(block=("debug.*",)))
    broken = running.store.add_source("Broken")
    key = new_api_key()
    running.store.add_api_key("scraper", hash_key(key))
    database = sqlite3.connect(tmp_path / "tagwell.db")
    with database:
        database.execute("UPDATE policies SET policy = 'x' WHERE source = ?", (broken.number,))
    database.close()
    running.start()
    try:
        running.post(source.source_id, [{"action": "debug.a"}, {"action": "debug.b"}, {"action": "a"}])
        text = running.request("GET", "/metrics", headers={"authorization": f"Bearer {key}"}).text
    finally:
        running.stop()
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    counted = ("tagwell_rejections_by_rule_total", *sorted([source.source_id, "action_blocked", "debug.*"]))
    assert samples[counted] == 2
    unreadable = [name for name in samples if name[0] == "tagwell_policy_unreadable"]
    assert unreadable == [("tagwell_policy_unreadable", broken.source_id)]
    assert samples[unreadable[0]] == 1


def test_settings_survive_the_way_to_a_worker_process() -> None:
    config = Config(
        store="sqlite:////var/tagwell.db",
        port=0,
        workers=2,
        demo=True,
        trusted_proxies="10.0.0.0/8",
        public_url="https://tags.shop.example",
    )
    assert load_config({}, settings_environment(config)) == config
    off = Config(demo=False)
    assert load_config({}, settings_environment(off)) == off


def test_stopped_collector_has_its_events_and_starts_again(tmp_path: Path) -> None:
    first = Running(tmp_path)
    source = first.store.add_source("Low Tide Pottery")
    first.start()
    try:
        assert first.post(source.source_id, [{"action": "a", "id": "e-1"}]).status_code == 204
    finally:
        first.stop()
    second = Running(tmp_path)
    second.start()
    try:
        assert second.post(source.source_id, [{"action": "a", "id": "e-1"}]).status_code == 204
        assert second.sums(source.source_id) == {"stored": 1, "duplicate": 1}
    finally:
        second.stop()
