"""Calls everything that a Python client of another vendor has: `python drive.py CLIENT ORDER`.

A process of its own, as a site's back end is one: it ends as soon as its client says that all is sent.
ORDER is JSON: {host, key, user, anonymous, former, time (ISO 8601), zip}.
"""

import json
import sys
from datetime import datetime
from importlib import import_module
from typing import Any


def main(client: str, order: dict[str, Any]) -> None:
    """Make each call once, the anonymous one first."""
    package = import_module(f"{client}.analytics.client")
    calls = package.Client(order["key"], host=order["host"], gzip=order["zip"])
    who = {"user_id": order["user"], "anonymous_id": order["anonymous"]}
    song = {"title": "Low Tide", "seconds": 215, "tags": ["sea", "calm"], "band": {"name": "The Potters"}}
    when = datetime.fromisoformat(order["time"])
    calls.track(anonymous_id=order["anonymous"], event="Song Played", properties=song, timestamp=when)
    calls.identify(**who, traits={"firstName": "Grace", "plan": "pro"})
    page = {"url": "https://shop.example/docs?utm_source=post", "title": "Docs"}
    calls.page(**who, category="Docs", name="Home", properties=page)
    calls.screen(**who, category="Shop", name="Cart", properties={"items": 2})
    calls.group(**who, group_id="acme", traits={"name": "Acme", "employees": 12})
    calls.alias(previous_id=order["former"], user_id=order["user"])
    calls.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
