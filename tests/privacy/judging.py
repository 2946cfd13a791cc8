"""What the lists of a policy make of an event, for the tables of cases."""

from typing import Any

import msgspec

from collector.model.outcome import Reason
from collector.model.policy import Policy
from collector.privacy.judge import judge
from tests.pipeline.make import make_beacon, make_event, rejection

Judgement = tuple[Reason | None, str]

PASSED: Judgement = (None, "")


def judged(told: dict[str, Any], **lists: Any) -> Judgement:
    """The reason and the rule that refuse an event of which this is told."""
    of_event = {
        name: told[name] for name in ("action", "params", "context", "address", "trusted") if name in told
    }
    of_beacon = {name: value for name, value in told.items() if name not in of_event}
    if "trusted_beacon" in of_beacon:
        of_beacon["trusted"] = of_beacon.pop("trusted_beacon")
    policy = msgspec.convert(lists, Policy)
    refused = rejection(judge, make_event(**of_event), make_beacon(**of_beacon), policy)
    return (refused.reason, refused.rule) if refused else PASSED


def page(url: str, **more: Any) -> dict[str, Any]:
    """Told by an event: its page's address."""
    return {"params": {"url": url, **more}}


def came(referrer: Any, **more: Any) -> dict[str, Any]:
    """Told by an event: where its visitor came from."""
    return {**page("https://shop.example/a", referrer=referrer), **more}
