"""GET /v4/events...: a profile's events, and the catalogue of actions, in the contract's words."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from collector.api import Tokens
from collector.model.moment import iso
from collector.model.policy import Policy
from collector.model.source import Source
from tests.api.callers import api_key, bearer, now_ms, profile_of, profile_token, tokens_of, visitor_token
from tests.receive.running import Running

Get = Callable[..., httpx.Response]

BY_CLIENT, OWN, DEFINITIONS = "/v4/events/by-client/", "/v4/events", "/v4/events/definitions"
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def tokens(collector: Running) -> Tokens:
    """What makes tokens of every kind."""
    collector.store.add_source("First")
    return tokens_of(collector)


@pytest.fixture(scope="module")
def key(collector: Running) -> str:
    """A key of the workspace."""
    return api_key(collector)


@pytest.fixture
def get(collector: Running, key: str) -> Get:
    """Ask with the key of the workspace, or as somebody else."""

    def get(path: str, secret: str | None = None, **query: Any) -> httpx.Response:
        spelled = {"time_from": "time[from]", "time_to": "time[to]"}
        params = {spelled.get(name, name): value for name, value in query.items()}
        return collector.request("GET", path, headers=bearer(secret or key), params=params)

    return get


def visits(collector: Running, source: Source, uuid: str, *hours_ago: float, **told: Any) -> list[int]:
    """Visits of a browser, oldest first; returns their times."""
    now = now_ms()
    times = [now - int(hours * HOUR_MS) for hours in sorted(hours_ago, reverse=True)]
    for time_ms in times:
        visit: dict[str, Any] = {"action": "page.visit", "uuid": uuid, "time": iso(time_ms)} | told
        assert collector.post(source.source_id, [visit]).status_code == 204
    return times


def test_an_event_reads_as_the_contract_has_it(
    collector: Running, source: Source, get: Get, key: str
) -> None:
    collector.store.save_policy(source.source_id, Policy(address="full"), author="ada", comment="")
    ann = profile_of(collector, source, "r-1", "r1@shop.example")
    sent = "2020-11-22T10:30:00.125+01:00"
    visit: dict[str, Any] = {"id": "v-1", "action": "page.visit", "uuid": "r-1", "time": sent}
    visit |= {"params": {"url": "https://shop.example/", "snr-original-time": "mine"}}
    assert collector.post(source.source_id, [visit]).status_code == 204
    [stored] = [one for one in collector.events(source.source_id) if one.id == "v-1"]
    response = get(f"{BY_CLIENT}{ann.client_id}", action="page.visit")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    address = {"ip": stored.context["address"]} if "address" in stored.context else {}
    assert response.json() == [
        {
            "uuid": "v-1",
            "time": "2020-11-22T09:30:00.125Z",
            "action": "page.visit",
            "label": "",
            "client": {"id": ann.client_id, "uuid": "r-1", "email": "r1@shop.example", "customId": None},
            "params": {
                "url": "https://shop.example/",
                **address,
                "snr-original-time": stored.context.get("sent_time", "2020-11-22T09:30:00.125Z"),
            },
        }
    ]
    headers = bearer(key) | {"content-type": "application/json"}
    body = {"client": {"id": ann.client_id}, "label": "x", "action": "dog.bark", "time": sent}
    own = api_key(collector, source=source)
    collector.request("POST", "/v4/events/custom", headers=headers | bearer(own), json=body)
    [bark] = get(f"{BY_CLIENT}{ann.client_id}", action="dog.bark").json()
    assert bark["params"] == {"snr-original-time": sent}
    assert bark["client"] == {
        "id": ann.client_id,
        "uuid": "r-1",
        "email": "r1@shop.example",
        "customId": None,
    }


@pytest.mark.parametrize(
    ("policy", "shown"),
    [("full", "203.0.113.77"), ("shortened", "203.0.113.0"), ("dropped", None)],
)
def test_an_address_is_shown_as_the_policy_keeps_it(
    collector: Running, get: Get, policy: Any, shown: str | None
) -> None:
    source = collector.store.add_source(policy, policy=Policy(address=policy))
    visits(collector, source, f"ip-{policy}", 0)
    found = collector.store.find_profile("uuid", f"ip-{policy}")
    assert found is not None
    [visit] = get(f"{BY_CLIENT}{found.client_id}", action="page.visit").json()
    assert visit["params"].get("ip") == shown
    assert visit["client"]["email"] is None


def test_a_range_an_action_and_a_limit_choose(collector: Running, source: Source, get: Get) -> None:
    times = visits(collector, source, "c-1", 0, 1, 2, 3)
    found = collector.store.find_profile("uuid", "c-1")
    assert found is not None

    def read(**query: Any) -> list[str]:
        response = get(f"{BY_CLIENT}{found.client_id}", action="page.visit", **query)
        assert response.status_code == 200
        return [one["time"] for one in response.json()]

    newest = [iso(time_ms) for time_ms in reversed(times)]
    assert read() == newest
    assert read(limit=2) == newest[:2]
    assert read(time_from=newest[2], time_to=newest[1]) == newest[1:3]
    assert read(time_from=newest[0]) == newest[:1]
    assert read(time_to=newest[3]) == newest[3:]
    assert read(time_from=newest[1], time_to=newest[1]) == [newest[1]]
    assert read(time_from="0001-01-01T00:00:00+14:00", time_to="9999-12-31T23:59:59-14:00") == newest
    assert read(time_to="1969-12-31T23:59:59Z") == []
    assert get(f"{BY_CLIENT}{found.client_id}", action="nothing.such").json() == []


def test_a_hundred_are_read_where_nobody_says(collector: Running, source: Source, get: Get) -> None:
    batch = [{"action": "tick", "uuid": "h-1"} for _ in range(120)]
    assert collector.post(source.source_id, batch).status_code == 204
    found = collector.store.find_profile("uuid", "h-1")
    assert found is not None
    for query, number in (({}, 100), ({"limit": 500}, 120), ({"limit": 1}, 1)):
        assert len(get(f"{BY_CLIENT}{found.client_id}", action="tick", **query).json()) == number


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(({"limit": limit}, "limit") for limit in ("0", "501", "-1", "x", "", "1.5", "9" * 40)),
        *(({"limit": limit}, "limit") for limit in ("01", "+1", "1_0", "9.0", " 1", "\u0661", ["1", "2"])),
        ({"time_from": "yesterday"}, "time[from]"),
        ({"time_to": "2022-10-14T15:00:000+01:00"}, "time[to]"),
        ({"time_from": "2022-10-14T15:00:00Z" + " " * 21}, "time[from]"),
        ({"time_to": " " * 21 + "2022-10-14T15:00:00Z"}, "time[to]"),
        ({"time_from": "2022-10-14T15:00:00Z", "time_to": "2022-10-14T15:00:00+01:00"}, "time[from]"),
        ({"action": ""}, "action"),
        ({"action": "a\0b"}, "action"),
        ({"action": "a" * 256}, "action"),
    ],
)
def test_a_query_that_breaks_a_rule_is_400(get: Get, query: dict[str, Any], field: str) -> None:
    response = get(f"{BY_CLIENT}1", **query)
    assert response.status_code == 400
    assert [one["field"] for one in response.json()["errors"]] == [field]


def test_nobody_has_no_events(get: Get) -> None:
    for client_id in (99_999_999, 2**62):
        response = get(f"{BY_CLIENT}{client_id}")
        assert (response.status_code, response.json()) == (200, [])
    assert get(f"{BY_CLIENT}abc").status_code == 404


def test_a_key_of_one_source_reads_that_source_alone(collector: Running, source: Source, get: Get) -> None:
    other = collector.store.add_source("Blog")
    visits(collector, source, "s-1", 1)
    visits(collector, other, "s-1", 2)
    found = collector.store.find_profile("uuid", "s-1")
    assert found is not None
    path = f"{BY_CLIENT}{found.client_id}"
    assert len(get(path, action="page.visit").json()) == 2
    for bound, hours in ((source, 1), (other, 2)):
        [visit] = get(path, api_key(collector, source=bound), action="page.visit").json()
        assert visit["time"] < iso(now_ms() - (hours * HOUR_MS - 60_000))
        assert visit["time"] > iso(now_ms() - (hours * HOUR_MS + 60_000))


def test_a_profile_reads_its_own_of_every_source(
    collector: Running, source: Source, get: Get, tokens: Tokens
) -> None:
    other = collector.store.add_source("Blog")
    ann = profile_of(collector, source, "o-1", "o1@shop.example")
    bob = profile_of(collector, source, "o-2", "o2@shop.example")
    visits(collector, other, "o-1", 1)
    visits(collector, source, "o-2", 1)
    token = profile_token(tokens, source, ann)
    mine = get(OWN, token).json()
    assert {"page.visit", "form.submit"} <= {one["action"] for one in mine}
    assert {one["client"]["id"] for one in mine} == {ann.client_id}
    assert mine == get(f"{BY_CLIENT}{ann.client_id}").json()
    assert len(get(OWN, token, limit=1).json()) == 1
    assert get(OWN, token, limit=0).status_code == 400
    assert (
        get(OWN, token, time_from="2022-10-14T15:00:00Z", time_to="2022-10-14T14:00:00Z").status_code == 400
    )
    for client_id in (ann.client_id, bob.client_id):
        assert get(f"{BY_CLIENT}{client_id}", token).status_code == 403


def test_who_claims_to_be_somebody_is_not_shown(
    collector: Running, source: Source, get: Get, tokens: Tokens
) -> None:
    ann = profile_of(collector, source, "k-1", "k1@shop.example")
    profile_of(collector, source, "k-2", "k1@shop.example")
    claiming = collector.store.find_profile("uuid", "k-2")
    assert claiming is not None
    assert claiming.client_id != ann.client_id
    mine = get(OWN, profile_token(tokens, source, ann)).json()
    assert {one["client"]["uuid"] for one in mine} == {"k-1"}


def test_what_was_merged_is_read_by_every_id(collector: Running, source: Source, get: Get) -> None:
    visits(collector, source, "m-2", 1)
    old = collector.store.find_profile("uuid", "m-2")
    ann = profile_of(collector, source, "m-1", "m1@shop.example")
    assert old is not None
    form = {"formType": "contact", "formData": {"email": "m1@shop.example"}}
    trusted = {"authorization": f"Bearer {api_key(collector, source=source)}"}
    submit = {"action": "form.submit", "uuid": "m-2", "params": form}
    assert collector.post(source.source_id, [submit], headers=trusted).status_code == 204
    by_old, by_new = (get(f"{BY_CLIENT}{one.client_id}").json() for one in (old, ann))
    assert by_old == by_new
    assert [one["action"] for one in by_new].count("form.submit") == 2
    assert [one["action"] for one in by_new].count("page.visit") == 1
    assert {one["client"]["id"] for one in by_new} == {ann.client_id}


def test_who_may_read(collector: Running, source: Source, get: Get, tokens: Tokens) -> None:
    ann = profile_of(collector, source, "w-1", "w1@shop.example")
    collector.store.add_user("ada", "no password")
    user = collector.store.user("ada")
    assert user is not None
    profile, visitor = profile_token(tokens, source, ann), visitor_token(tokens, source, "w-9")
    narrow = api_key(collector, "API_LISTING_BY_CLIENT_EVENTS_READ")
    other = api_key(collector, "API_LISTING_CLIENT_OWN_EVENTS_READ")
    client = f"{BY_CLIENT}{ann.client_id}"
    for secret, statuses in (
        (tokens.for_user(user), (200, 403, 200)),
        (profile, (403, 200, 403)),
        (visitor, (403, 403, 403)),
        (narrow, (200, 403, 200)),
        (other, (403, 403, 403)),
        ("tw_wrong", (401, 401, 401)),
    ):
        found = tuple(get(path, secret).status_code for path in (client, OWN, DEFINITIONS))
        assert found == statuses
    for path in (client, DEFINITIONS):
        response = collector.request("GET", path, headers={"authorization": f"Bearer {narrow}"})
        assert response.status_code == 400


class TestTheCatalogue:
    def test_it_is_exact_at_once(self, collector: Running, source: Source, get: Get) -> None:
        for params in ({"sku": "mug", "price": {"amount": 1}}, {"sku": 7}):
            event = {"action": "cup.lifted", "uuid": "d-1", "params": params}
            assert collector.post(source.source_id, [event]).status_code == 204
        body = get(DEFINITIONS).json()
        assert set(body) == {"definitions", "otherEvents", "complete"}
        assert body["complete"] is True
        [one] = [each for each in body["definitions"] if each["action"] == "cup.lifted"]
        assert set(one) == {"action", "count", "firstTime", "lastTime"}
        assert one["count"] == 2
        assert one["firstTime"] <= one["lastTime"] <= iso(now_ms())
        assert "session.start" in {each["action"] for each in body["definitions"]}
        detail = get(f"{DEFINITIONS}/cup.lifted").json()
        assert {(p["name"], p["type"], p["count"]) for p in detail.pop("params")} == {
            ("sku", "string", 1),
            ("sku", "number", 1),
            ("price", "object", 1),
            ("price.amount", "number", 1),
        }
        assert detail == one | {"otherParams": 0}

    @pytest.mark.parametrize("action", ["nothing.such", "a/b/c", "%3Cscript%3E", "%00", "x" * 300])
    def test_what_there_is_not_is_404(self, get: Get, action: str) -> None:
        response = get(f"{DEFINITIONS}/{action}")
        assert response.status_code == 404
        assert response.json()["message"]

    def test_a_key_of_one_source_does_not_read_it(self, collector: Running, source: Source, get: Get) -> None:
        bound = api_key(collector, source=source)
        for path in (DEFINITIONS, f"{DEFINITIONS}/page.visit"):
            response = get(path, bound)
            assert response.status_code == 403
            assert "bound to a source" in response.json()["message"]
