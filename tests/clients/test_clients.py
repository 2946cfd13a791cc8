"""Server clients of Segment, Customer.io and RudderStack, as their registries have them, and a collector.

Each makes every call once, with a public write key and with a secret key, and loses the answer to what it
sends first: its events are stored by then, and it sends them once more. What is stored is what was meant,
once. All of them run at the same time, since most of it is waiting for their own timers.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from collector.auth.keys import hash_key, new_api_key
from collector.model.outcome import Outcome
from collector.model.profile import Profile
from e2e.clients.relay import open_relay
from e2e.harness import Collector, run_collector, serve_pages

HERE = Path(__file__).parent

VENDORS = ("segment", "customerio", "rudderstack")

CLIENTS = {
    **{f"python {vendor}": (sys.executable, str(HERE / "drive.py"), vendor) for vendor in VENDORS},
    **{f"node {vendor}": ("node", str(HERE / "npm" / "drive.cjs"), vendor) for vendor in VENDORS},
}
"""The command of each."""

ZIPPING = {f"python {vendor}" for vendor in VENDORS} | {"node rudderstack"}
"""Those that can compress what they send."""

SONG = {"title": "Low Tide", "seconds": 215, "tags": ["sea", "calm"], "band": {"name": "The Potters"}}
PAGE = {
    "url": "https://shop.example/docs?utm_source=post",
    "title": "Docs",
    "category": "Docs",
    "name": "Home",
}

MEANT: list[tuple[str, str, dict[str, Any]]] = [
    ("track", "Song Played", SONG),
    ("identify", "client.createOrUpdate", {"firstName": "Grace", "plan": "pro"}),
    ("page", "page.visit", PAGE),
    ("screen", "screen.view", {"category": "Shop", "name": "Cart", "items": 2}),
    ("group", "client.group", {"groupId": "acme", "group": {"name": "Acme", "employees": 12}}),
    ("alias", "client.alias", {}),
]
"""What the drivers call, in their order, and what is stored of it: action and params."""

AGO = timedelta(hours=2)
"""How long ago the track was, by the drivers' word. All else happens as it is called."""

CLOSE = timedelta(minutes=1)
"""How far a time may be from what was meant, on a machine that is busy with twelve clients."""


class Run:
    """One client's process with a source, a proxy and a person of its own, known already as Ada."""

    def __init__(self, client: str, secret: bool, collector: Collector, resources: ExitStack) -> None:
        self.client, self.secret = client, secret
        self.started = datetime.now(UTC)
        self.source_id = collector.add_source(client).source_id
        self.user, self.anonymous, self.former = (
            f"{who}-{self.source_id}" for who in ("user", "browser", "former")
        )
        api_key = new_api_key()
        collector.store.add_api_key("of the tests", hash_key(api_key), source_id=self.source_id)
        known = {"userId": self.user, "traits": {"firstName": "Ada"}}
        httpx.post(f"{collector.url}/v1/identify", auth=(api_key, ""), json=known).raise_for_status()
        self.events_before = len(collector.events(self.source_id))
        self.relay = resources.enter_context(open_relay(collector.url, lost=1))
        self._store = collector.store
        order = {
            "host": self.relay.url,
            "key": api_key if secret else self.source_id,
            "zip": secret,
            "user": self.user,
            "anonymous": self.anonymous,
            "former": self.former,
            "time": (self.started - AGO).isoformat(),
        }
        self._process = subprocess.Popen(
            [*CLIENTS[client], json.dumps(order)],
            env={**os.environ, "NODE_PATH": os.environ.get("E2E_CLIENTS", "")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        resources.callback(self._end)

    def _end(self) -> None:
        """For a run that no test has waited for."""
        self._process.kill()
        self._process.communicate()

    def wait(self) -> None:
        """Until the client has ended, by itself and in good order."""
        printed, _ = self._process.communicate(timeout=60)
        assert self._process.returncode == 0, printed

    def person(self) -> Profile:
        """The profile of the user."""
        profile = self._store.find_profile("customId", self.user)
        assert profile is not None
        return profile


def missing(client: str) -> str:
    """Why this client cannot run here; "" where it can."""
    if client.startswith("python") or (os.environ.get("E2E_CLIENTS") and shutil.which("node")):
        return ""
    return "no npm clients here: `make test` installs them where there is npm"


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector as an operator starts it."""
    with serve_pages() as pages, run_collector(tmp_path_factory.mktemp("clients"), pages) as running:
        yield running


@pytest.fixture(scope="module")
def runs(collector: Collector) -> Iterator[dict[tuple[str, bool], Run]]:
    """Every client that can run here, with a write key and with a secret key, all of them started."""
    with ExitStack() as resources:
        yield {
            (client, secret): Run(client, secret, collector, resources)
            for client in CLIENTS
            for secret in (False, True)
            if not missing(client)
        }


@pytest.fixture(
    params=[
        pytest.param((client, secret), id=f"{client}, {'secret' if secret else 'write'} key")
        for client in CLIENTS
        for secret in (False, True)
    ]
)
def run(request: pytest.FixtureRequest, runs: dict[tuple[str, bool], Run]) -> Run:
    """One of them, once it has ended."""
    if why := missing(request.param[0]):
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    found = runs[request.param]
    found.wait()
    return found


def test_all_that_was_called_is_stored_once_and_as_it_was_meant(run: Run, collector: Collector) -> None:
    stored = collector.events(run.source_id)[run.events_before :]
    sent = [event for event in stored if not event.derived]
    said = [(event.context["original"]["type"], event.action, event.params) for event in sent]
    assert said == MEANT
    assert [event.uuid for event in sent] == [run.anonymous] * 5 + [run.former]
    users = [event.context["original"].get("userId") for event in sent]
    assert users == [None, *[run.user] * 5]
    for event in sent:
        meant = run.started - (AGO if event.action == "Song Played" else timedelta())
        assert abs(datetime.fromtimestamp(event.time_ms / 1000, UTC) - meant) < CLOSE, event.action

    statuses = [request.status for request in run.relay.posts()]
    assert statuses[0] == 503
    assert statuses.count(200) == len(statuses) - 1
    counted = {
        outcome: sum(
            row.count
            for row in collector.store.outcomes()
            if (row.source_id, row.outcome) == (run.source_id, outcome)
        )
        for outcome in Outcome
    }
    assert counted[Outcome.REJECTED] == 0
    assert counted[Outcome.DUPLICATE] > 0


def test_a_client_that_can_compress_does(run: Run) -> None:
    zipped = {request.headers.get("content-encoding") == "gzip" for request in run.relay.posts()}
    assert zipped == {run.secret and run.client in ZIPPING}


def test_who_it_is_said_to_be_counts_by_the_key(run: Run, collector: Collector) -> None:
    """A write key is public: it may add to a known person, and neither rewrite nor take one over."""
    person = run.person()
    events = collector.events(run.source_id)[run.events_before :]
    whose = {
        event.uuid: profile.client_id
        for event in events
        if event.profile_id is not None and (profile := collector.store.profile(event.profile_id))
    }
    assert (person.attributes["plan"], person.attributes["groupId"]) == ("pro", "acme")
    if run.secret:
        assert person.fields == {"firstName": "Grace"}
        assert set(person.uuids) == {run.anonymous, run.former}
        assert person.claims == []
        assert set(whose.values()) == {person.client_id}
    else:
        assert person.fields == {"firstName": "Ada"}
        assert person.uuids == []
        assert {claim.uuid for claim in person.claims} == {run.anonymous, run.former}
        assert person.client_id not in whose.values()
