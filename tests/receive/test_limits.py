"""Limits per address and per source: 429 in each dialect's own words, the body unread, and counted."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from collector.auth.keys import hash_key, new_api_key
from collector.limits import Limits, OverLimit
from collector.model.outcome import Outcome
from collector.model.source import Settings, Source
from collector.store import Store, StoreUnavailable, connect
from tests.receive.running import FIREFOX, Running, actions, wait_until
from tests.receive.test_segment import TRACK, basic
from tests.receive.test_tracardi import PAGE, payload, view

_numbers = count()

BEACON = [{"action": "page.visit"}]
ADDRESS_LIMIT = 3
V4 = {"api-version": "4.4", "content-type": "application/json"}
V4_EVENT = {"action": "order.paid", "label": "paid", "client": {"customId": "c-1"}, "params": {}}


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A collector that takes three requests a minute from one address."""
    folder = tmp_path_factory.mktemp("data")
    running = Running(folder, trusted_proxies="10.0.0.0/8", address_limit=ADDRESS_LIMIT)
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def unlimited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A collector as it is without any setting."""
    running = Running(tmp_path_factory.mktemp("unlimited"))
    running.start()
    try:
        yield running
    finally:
        running.stop()


def add_source(collector: Running, quota: int = 0) -> Source:
    return collector.store.add_source("Low Tide Pottery", Settings(quota=quota))


def add_key(collector: Running, source: Source) -> str:
    key = new_api_key()
    collector.store.add_api_key("of the tests", hash_key(key), source_id=source.source_id)
    return key


def ask(collector: Running, way: str, source: Source, peer: str = "198.51.100.1") -> httpx.Response:
    """One event of a source, in one of the ways that there are."""
    id = source.source_id
    options: dict[str, Any] = {"peer": peer, "headers": {"user-agent": FIREFOX, "origin": PAGE}}
    match way:
        case "native":
            return collector.request("POST", f"/b/{id}", json=BEACON, **options)
        case "pixel":
            return collector.request("GET", f"/b/{id}.gif?action=page.visit", **options)
        case "segment, key in the header":
            options["headers"] |= basic(f"{id}:")
            return collector.request("POST", "/v1/track", json=TRACK, **options)
        case "segment, key in the body":
            batch = {"writeKey": id, "batch": [{"type": "track", **TRACK}]}
            return collector.request("POST", "/v1/batch", json=batch, **options)
        case "tracardi":
            return collector.request(
                "POST", "/track", json=payload(id, view(properties={"n": next(_numbers)})), **options
            )
        case "webhook":
            return collector.request("POST", f"/collect/page-view/{id}", json={"a": 1}, **options)
        case "v4":
            options["headers"] |= V4 | {"authorization": f"Bearer {add_key(collector, source)}"}
            return collector.request("POST", "/v4/events/custom", json=V4_EVENT, **options)
    raise ValueError(way)


WAYS = [
    pytest.param("native", {"detail"}, True, id="native"),
    pytest.param("pixel", {"detail"}, True, id="pixel"),
    pytest.param("segment, key in the header", {"code", "message"}, True, id="segment"),
    pytest.param("segment, key in the body", {"code", "message"}, False, id="segment, key in the body"),
    pytest.param("tracardi", {"detail"}, False, id="tracardi"),
    pytest.param("webhook", {"detail"}, True, id="webhook"),
    pytest.param("v4", {"timestamp", "status", "error", "message", "path"}, False, id="v4"),
]
"""A way, the fields of its fault, and whether its head tells whose it is before anyone has signed in."""


def check_refusal(answer: httpx.Response, way: str, fields: set[str], most_s: int) -> None:
    assert answer.status_code == 429
    assert set(answer.json()) == fields
    assert 1 <= int(answer.headers["retry-after"]) <= most_s
    if way.startswith("segment"):
        assert answer.headers["x-ratelimit-reset"] == answer.headers["retry-after"]
    # A browser shows a script the answer, and how long to wait; where one would take it as success, none.
    if way == "segment, key in the body":
        assert "access-control-allow-origin" not in answer.headers
    else:
        assert answer.headers["access-control-allow-origin"] in ("*", PAGE)
        assert "retry-after" in answer.headers["access-control-expose-headers"].lower()


@pytest.mark.parametrize(("way", "fields", "is_named"), WAYS)
def test_an_address_may_ask_so_often_a_minute(
    collector: Running, way: str, fields: set[str], is_named: bool
) -> None:
    source = add_source(collector)
    peer = f"198.51.100.{10 + [param.values[0] for param in WAYS].index(way)}"
    unknown = collector.sums(None).get("too_many_requests", 0)
    for _ in range(ADDRESS_LIMIT):
        assert ask(collector, way, source, peer).status_code < 300
    check_refusal(ask(collector, way, source, peer), way, fields, 60 // ADDRESS_LIMIT)
    # Counted by the time of the answer, as one event, for its source where the head tells it.
    where = source.source_id if is_named else None
    assert collector.sums(where)["too_many_requests"] == 1 + (0 if is_named else unknown)
    assert ask(collector, way, source, peer.replace("198.51.100", "203.0.113")).status_code < 300
    assert len(actions(collector.events(source.source_id))) == ADDRESS_LIMIT + 1


@pytest.mark.parametrize(("way", "fields", "_is_named"), WAYS)
def test_a_source_takes_so_many_events_a_minute(
    unlimited: Running, way: str, fields: set[str], _is_named: bool
) -> None:
    source, other = add_source(unlimited, quota=2), add_source(unlimited)
    for number in range(2):
        # From anywhere: the quota is the source's own.
        assert ask(unlimited, way, source, f"198.51.100.{number}").status_code < 300
    check_refusal(ask(unlimited, way, source), way, fields, 30)
    assert len(actions(unlimited.events(source.source_id))) == 2
    sums = unlimited.sums(source.source_id)
    assert (sums["stored"], sums["over_quota"]) == (2, 1)
    assert ask(unlimited, way, other).status_code < 300


@pytest.mark.parametrize(
    ("first", "second", "is_refused"),
    [
        pytest.param("192.0.2.1", "192.0.2.1", True, id="the same"),
        pytest.param("192.0.2.2", "192.0.2.3", False, id="another"),
        pytest.param("2001:db8::1", "2001:db8::ffff:2", True, id="IPv6, the same customer"),
        pytest.param("2001:db8:0:1::1", "2001:db8:0:2::1", False, id="IPv6, another customer"),
        pytest.param("192.0.2.4", "::ffff:192.0.2.4", True, id="IPv4 on a socket of both"),
        pytest.param("10.0.0.1 for 192.0.2.5", "10.0.0.2 for 192.0.2.5", True, id="behind our proxies"),
        pytest.param("10.0.0.1 for 192.0.2.6", "10.0.0.1 for 192.0.2.7", False, id="others behind our proxy"),
        pytest.param("10.0.0.1 for 192.0.2.8", "10.0.0.1 for ::ffff:192.0.2.8", True, id="written as IPv6"),
        pytest.param("192.0.2.9", "192.0.2.9 for 192.0.2.10", True, id="what a stranger says of itself"),
    ],
)
def test_what_is_one_address(collector: Running, first: str, second: str, is_refused: bool) -> None:
    source_id = add_source(collector).source_id

    def send(told: str) -> int:
        peer, _, visitor = told.partition(" for ")
        headers = {"x-forwarded-for": visitor} if visitor else {}
        return collector.post(source_id, BEACON, peer=peer, headers=headers).status_code

    for _ in range(ADDRESS_LIMIT):
        assert send(first) == 204
    assert send(second) == (429 if is_refused else 204)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param("/b/{id}", {}, id="native"),
        pytest.param("/v1/batch", {"authorization": "Basic {key}"}, id="segment"),
        pytest.param("/collect/view/{id}", {}, id="webhook"),
        pytest.param("/v4/events/custom", V4 | {"authorization": "Bearer {secret}"}, id="v4"),
    ],
)
def test_what_is_over_the_quota_is_not_read(unlimited: Running, path: str, headers: dict[str, str]) -> None:
    source = add_source(unlimited, quota=1)
    secret = add_key(unlimited, source)
    key = basic(f"{source.source_id}:")["authorization"].removeprefix("Basic ")
    assert unlimited.post(source.source_id, BEACON).status_code == 204

    was_read = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal was_read
        was_read = True
        yield b"[]"

    told = {name: value.format(key=key, secret=secret) for name, value in headers.items()}
    answer = unlimited.request("POST", path.format(id=source.source_id), content=body(), headers=told)
    assert answer.status_code == 429
    assert not was_read


def test_an_address_over_its_limit_is_not_even_asked_whose_it_is(collector: Running) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    peer = "192.0.2.50"
    assert [collector.post(unknown, BEACON, peer=peer).status_code for _ in range(4)] == [401, 401, 401, 429]


def test_a_large_beacon_is_taken_and_paid_for_later(unlimited: Running) -> None:
    source = add_source(unlimited, quota=60)
    assert unlimited.post(source.source_id, BEACON * 100).status_code == 204
    refused = unlimited.post(source.source_id, BEACON)
    assert refused.status_code == 429
    # Forty events too many at one a second; the time that this took is saved.
    assert 30 <= int(refused.headers["retry-after"]) <= 41
    assert len(unlimited.events(source.source_id)) == 100


def test_a_batch_for_several_sources_is_tried_again_for_the_one_over_its_quota(unlimited: Running) -> None:
    full, other = add_source(unlimited, quota=1), add_source(unlimited)
    assert unlimited.post(full.source_id, BEACON).status_code == 204
    batch = [
        {"type": "track", **TRACK, "messageId": each.name + each.source_id, "writeKey": each.source_id}
        for each in (full, other)
    ]
    answer = unlimited.request("POST", "/v1/batch", json={"batch": batch})
    assert (answer.status_code, answer.json()["code"]) == (429, "over_quota")
    assert answer.headers["retry-after"]
    assert actions(unlimited.events(other.source_id)) == ["Article Read"]
    assert unlimited.sums(full.source_id) == {"stored": 1, "over_quota": 1}


def test_a_quota_is_in_force_and_gone_without_a_restart(unlimited: Running) -> None:
    source = add_source(unlimited)

    def status() -> int:
        return unlimited.post(source.source_id, BEACON).status_code

    assert status() == 204
    unlimited.store.save_source(source.source_id, settings=Settings(quota=1))
    wait_until(lambda: status() == 429)
    unlimited.store.save_source(source.source_id, settings=Settings())
    wait_until(lambda: status() == 204)


def test_links_between_domains_are_limited_by_address(collector: Running) -> None:
    source = add_source(collector)
    answers = [
        collector.request("POST", f"/b/{source.source_id}?link", content="x", peer="192.0.2.60")
        for _ in range(4)
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 429]
    assert answers[-1].headers["retry-after"]


def test_the_tag_and_the_pages_are_not_limited(collector: Running) -> None:
    source = add_source(collector)
    for path in (f"/t/{source.source_id}.js", "/healthz", "/admin/sign-in", "/docs/api"):
        answers = {collector.request("GET", path, peer="192.0.2.61").status_code for _ in range(6)}
        assert answers == {200}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store."""
    store = connect(f"sqlite:///{tmp_path / 'tagwell.db'}")
    store.migrate()
    store.open()
    try:
        yield store
    finally:
        store.close()


def test_many_refusals_share_a_commit(store: Store) -> None:
    source = store.add_source("Low Tide Pottery", Settings(quota=1))
    limits = Limits(store, address_limit=0, workers=1)

    async def ask_often() -> None:
        await limits.check_quota(source)
        refused = await asyncio.gather(
            *(limits.check_quota(source) for _ in range(500)), return_exceptions=True
        )
        assert [type(each) for each in refused] == [OverLimit] * 500

    asyncio.run(ask_often())
    assert [each.detail for each in store.rejections(source.source_id)] == ["500 requests, refused unread"]
    [counted] = store.outcomes(source.source_id)
    assert (counted.outcome, counted.reason, counted.count) == (Outcome.REJECTED, "over_quota", 500)


def test_what_cannot_be_counted_is_not_refused_for_its_rate(store: Store) -> None:
    source = store.add_source("Low Tide Pottery", Settings(quota=1))
    limits = Limits(store, address_limit=0, workers=1)

    async def ask_twice() -> None:
        await limits.check_quota(source)
        store.close()
        with pytest.raises(StoreUnavailable):
            await limits.check_quota(source)

    asyncio.run(ask_twice())


@pytest.mark.parametrize(("workers", "let_in"), [(1, 12), (2, 6), (5, 2), (12, 1), (64, 1)])
def test_workers_share_a_limit(store: Store, workers: int, let_in: int) -> None:
    limits = Limits(store, address_limit=12, workers=workers, clock_s=lambda: 7.0)

    async def count() -> int:
        for taken in range(100):
            try:
                await limits.check_address("192.0.2.1", None, is_event=False)
            except OverLimit:
                return taken
        return 100

    assert asyncio.run(count()) == let_in
