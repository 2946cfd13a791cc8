"""What the tests of the quarantine share: an event that is malformed, and what is kept of it."""

import json
from typing import Any

from collector.model.policy import Policy
from collector.privacy import kept_malformed
from tests.pipeline.make import make_beacon, make_source

UUID = "07243772-008a-42e1-ba37-c3807cebde8f"
AGENT = "Mozilla/5.0 (X11) Firefox/140.0"
EVENT: dict[str, Any] = {"id": "e1", "action": "dog bark", "uuid": UUID, "params": {"a": 1}}


def kept(sent: Any, policy: Policy | None = None, **fields: Any) -> Any:
    """The quarantine of what a browser sent: bytes, or what is written as JSON."""
    source = make_source(policy=policy, **fields.pop("source", {}))
    beacon = make_beacon(**{"address": "203.0.113.77", "user_agent": AGENT, **fields})
    return kept_malformed(sent if isinstance(sent, bytes) else json.dumps(sent).encode(), beacon, source)
