"""Whatever is asked of whichever endpoint: an answer that is no fault of the server's, and it serves on.

Requests go as bytes over sockets to a collector in a process of its own. `make test` sends some to each
endpoint, always the same; `make test-long` many more, other ones each time.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from e2e.harness import Pages, run_collector
from tests.fuzz.dialects import DIALECTS
from tests.fuzz.distort import WRONG_BODIES, distorted, one_in
from tests.fuzz.endpoints import SOURCE, Endpoint, endpoints
from tests.fuzz.hostile import mutated
from tests.fuzz.requests import Header, Request
from tests.fuzz.server import FORM, Server

BY_NAME = {dialect.name: dialect for dialect in DIALECTS}
SPOKEN = (
    *(("/b/", "native"), ("/v1/", "segment"), ("/beacon/", "segment"), ("/track", "tracardi")),
    *(("/collect/", "webhook"), ("/v4/events", "synerise"), ("/v4/transactions", "synerise")),
)
"""Which dialect is spoken below a path; that of the API's operations where it is none of these."""

HEADED = ("segment", "webhook", "synerise", "operations")
"""Dialects whose seeds begin with a line of what stands elsewhere in a request."""


LONG = (pytest.mark.long, pytest.mark.timeout(1800))

MAX_GROWTH_BYTES = 16_000_000
"""By which the memory of a collector that is warm may grow under the same requests, sent again and again."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A collector with the demo, of one test: after thousands of sign-ins nobody may try another."""
    with run_collector(tmp_path, Pages(""), demo=True) as collector:
        server = Server(collector)
        yield server
        server.check()


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> list[Endpoint]:
    """All its endpoints."""
    return endpoints(tmp_path_factory.mktemp("unused"))


def fuzz(server: Server, known: list[Endpoint], *, examples: int, derandomize: bool) -> None:
    """Send so many hostile requests to each of these endpoints."""
    cookie = server.signed_in()
    found: dict[str, str] = {}

    def one(random: Random) -> None:
        endpoint = random.choice(known)
        request = distorted(random, honest(random, endpoint, server, cookie))
        try:
            server.ask(request)
        except (AssertionError, TimeoutError) as fault:
            # Kept rather than raised: hypothesis would look for a smaller case for minutes.
            found.setdefault(endpoint.path, f"{fault}\n{request}")

    settings(
        max_examples=examples * len(known),
        derandomize=derandomize,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )(given(st.randoms(use_true_random=True))(one))()
    assert not found, "\n\n".join(found.values())
    server.check()


def honest(random: Random, endpoint: Endpoint, server: Server, cookie: tuple[Header, ...]) -> Request:
    """A request to an endpoint by somebody who may make it; its body may be hostile all the same."""
    method = random.choice(endpoint.methods)
    if endpoint.path.startswith("/admin"):
        path = endpoint.path.replace(SOURCE, server.own.source_id)
        if method == b"GET":
            return Request(method, path.encode(), cookie)
        return Request(method, path.encode(), (*cookie, FORM), server.form(random, path, cookie))
    path = endpoint.path.replace(SOURCE, server.source.source_id)
    if method == b"GET":
        return Request(method, path.encode(), server.key)
    dialect = next((name for prefix, name in SPOKEN if path.startswith(prefix)), "operations")
    last = path.rpartition("/")[2].encode() + b"\n"
    seeds = BY_NAME[dialect].seeds
    seed = random.choice([seed for seed in seeds if seed.startswith(last)] or seeds)
    head, _, rest = seed.partition(b"\n")
    body = rest if dialect in HEADED else seed
    if one_in(random, 2):
        body = mutated(random, body)
    kind = head if dialect == "webhook" else b"application/json"
    public = (b"Authorization", b"Bearer " + server.source.source_id.encode())
    headers = (public,) if path.startswith(("/v1/", "/beacon/")) and one_in(random, 2) else server.key
    return Request(method, path.encode(), (*headers, (b"Content-Type", kind)), body)


def test_every_endpoint_is_known(known: list[Endpoint]) -> None:
    paths = {endpoint.path for endpoint in known}
    assert len(paths) > 150
    assert {"/admin/keys", "/healthz", "/track", "/v1/batch", f"/b/{SOURCE}", "/v4/events/batch"} <= paths


def test_honest_requests_are_mostly_taken(server: Server, known: list[Endpoint]) -> None:
    """Else the hostile ones would all be refused for the same fault, ahead of what they try."""
    cookie, random = server.signed_in(), Random(1)
    answers = [server.ask(honest(random, endpoint, server, cookie)).status for endpoint in known]
    assert len([status for status in answers if status in (200, 202, 204, 303)]) > len(answers) / 3


@pytest.mark.parametrize(
    ("examples", "derandomize"),
    [
        pytest.param(4, True, id="a few, always the same"),
        pytest.param(200, False, id="thousands", marks=LONG),
    ],
)
def test_no_request_is_a_fault_of_the_server(
    server: Server, known: list[Endpoint], examples: int, derandomize: bool
) -> None:
    fuzz(server, known, examples=examples, derandomize=derandomize)


@pytest.mark.parametrize(
    "rounds", [pytest.param(4, id="a few rounds"), pytest.param(100, id="many rounds", marks=LONG)]
)
def test_memory_does_not_grow(server: Server, rounds: int) -> None:
    heavy = heaviest(server)

    def ask_all(rounds: int) -> None:
        for request in heavy * rounds:
            server.ask(request)

    ask_all(2)
    before = server.memory_bytes("VmRSS")
    ask_all(rounds)
    assert server.memory_bytes("VmRSS") - before < MAX_GROWTH_BYTES


def heaviest(server: Server) -> list[Request]:
    """What takes the most memory to refuse, for everything that reads a body."""
    source = server.source.source_id
    readers = (
        "/b/{}",
        "/b/{}?link",
        "/v1/batch",
        "/track",
        "/collect/hook/{}",
        "/v4/events/batch",
        "/v4/clients/batch",
    )
    told = (*server.key, (b"Content-Type", b"application/json"))
    forms = (*server.signed_in(), FORM)
    requests = [
        Request(b"POST", path.format(source).encode(), told, body)
        for path in readers
        for body in WRONG_BODIES
    ]
    requests += [Request(b"POST", b"/admin/keys", forms, body) for body in WRONG_BODIES]
    flood = tuple((b"X-Flood-%d" % n, b"x" * 100) for n in range(300))
    large = (
        (b"Cookie", b"a=" + b"x" * 50_000),
        (b"User-Agent", b"x" * 8_000),
        (b"Referer", b"https://a/" + b"x" * 8_000),
    )
    return requests + [
        Request(b"GET", path, (*flood, *large)) for path in (b"/admin/", b"/v4/tags", b"/nowhere", b"/t/a.js")
    ]
