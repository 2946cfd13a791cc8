"""Whatever is sent to whichever operation: 202, or an error in the contract's shape; all are counted."""

import json
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.auth.keys import hash_key, new_api_key
from collector.model.source import Source
from collector.wire.synerise.events import BY_TYPE, KINDS
from collector.wire.synerise.faults import BadBody, read_json
from tests.receive.running import Running

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["a@b.co", "2022-05-23T13:00:00Z", "POS", "9" * 30, "\ud800", "\x00", 10**400, 1e308])
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6) | st.sampled_from(["ip", "email", "source"]), inner, max_size=3)
    ),
    max_leaves=8,
)
CLIENTS = st.sampled_from([{"uuid": "b"}, {"id": 1}, {"customId": "c", "email": "a@b.co"}])
PARAMS = st.fixed_dictionaries(
    {
        "sku": st.text(max_size=3),
        "quantity": st.integers() | st.floats(allow_nan=False),
        "finalUnitPrice": st.just({"amount": 1, "currency": "EUR"}),
        "companyId": st.integers(),
        "lat": st.floats(allow_nan=False),
        "lon": st.integers(),
        "correlationId": st.text(max_size=3),
        "items": st.lists(st.text(max_size=3)),
        "item": st.text(max_size=3),
        "applicationName": st.text(max_size=3),
        "version": st.text(max_size=3),
    },
    optional=dict.fromkeys(
        "source position email formData mapping products attributes tags".split(), ANYTHING
    ),
)
ACTIONS = ["dog.bark", "form.submit", "client.createOrUpdate", "session.end", "transaction.charge"]
GOOD = st.fixed_dictionaries(
    {
        "client": CLIENTS,
        "label": st.just("x"),
        "params": PARAMS,
        "action": st.sampled_from(ACTIONS),
        "type": st.sampled_from(sorted(BY_TYPE)),
    },
    optional={
        "time": st.datetimes(datetime(1969, 1, 1)).map(datetime.isoformat),
        "eventSalt": st.text(min_size=1, max_size=2),
    },
)
"""Mostly taken, whatever the path."""

ODD = st.dictionaries(
    st.sampled_from(["client", "label", "params", "action", "type", "time", "eventSalt"]),
    ANYTHING,
    max_size=2,
)
ODD_CLIENTS = st.dictionaries(st.sampled_from(["id", "customId", "uuid", "email"]), ANYTHING)
EVENTS = (
    GOOD
    | st.builds(dict.__or__, GOOD, ODD)
    | st.builds(lambda event, client: event | {"client": client}, GOOD, ODD_CLIENTS)
)
BODIES = EVENTS | st.lists(EVENTS, max_size=3) | st.lists(GOOD | ANYTHING, max_size=3) | ANYTHING
PATHS = st.sampled_from([*(kind.path for kind in KINDS), *["batch"] * 16])


def received(path: str, content: bytes) -> int:
    """How many events a body has; one where it cannot be read."""
    try:
        body = read_json(content)
    except BadBody:
        return 1
    # Where one event is taken, a hundred kilobytes of [1,1,...] are one too.
    return len(body) if isinstance(body, list) and path == "batch" else 1


def test_any_body_has_a_clear_answer(collector: Running, source: Source) -> None:
    key = new_api_key()
    collector.store.add_api_key("of this source", hash_key(key), source_id=source.source_id)
    headers = {"authorization": f"Bearer {key}", "api-version": "4.4", "content-type": "application/json"}
    events = 0

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(PATHS, BODIES)
    def ask(path: str, body: Any) -> None:
        nonlocal events
        content = json.dumps(body).encode()
        events += received(path, content)
        response = collector.request("POST", f"/v4/events/{path}", headers=headers, content=content)
        if response.status_code == 202:
            assert response.content == b""
            return
        answer = response.json()
        assert response.status_code == 400, answer
        assert set(answer) - {"errors"} == {"timestamp", "status", "error", "message", "path"}
        assert answer["path"] == f"/events/{path}"
        for fault in answer.get("errors", []):
            assert set(fault) == {"code", "field", "message", "rejectedValue"}

    ask()
    sums = collector.sums(source.source_id)
    sums.pop("derived", 0)
    assert sum(sums.values()) == events
    assert min(sums["stored"], sums["malformed_event"]) > 1
