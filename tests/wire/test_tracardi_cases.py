"""Tracardi's dialect: a folder of bodies of POST /track, and what is read from each.

`cases/tracardi/<case>.json` (or `.bin`, where it is no JSON) is a body as it was sent;
`<case>.expected.json` is what it means: `who` it is about and `events`, one item an event as fields that
differ from the defaults, or as {"rejected": reason}; or the `detail` of the 422 it is answered. A link's
profile is one of the same workspace here, and a session without an id gets "fresh".
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from collector.model.event import RawEvent
from collector.model.outcome import Rejected
from collector.wire.tracardi.checks import Unprocessable
from collector.wire.tracardi.payload import read_payload
from tests.pipeline.make import make_beacon

CASES = Path(__file__).parent / "cases" / "tracardi"
BODIES = sorted(path for path in CASES.iterdir() if not path.name.endswith(".expected.json"))


def shown(item: RawEvent | Rejected) -> dict[str, Any]:
    """An item as the file of expectations has it."""
    if isinstance(item, Rejected):
        return {"rejected": item.reason.value}
    blank = msgspec.structs.asdict(RawEvent(index=-1, named_freely=True))
    fields = msgspec.structs.asdict(item)
    del fields["alone"]
    return {name: value for name, value in fields.items() if value != blank[name]}


def read(body: bytes) -> Any:
    """What a body means."""
    try:
        payload = read_payload(body)
    except Unprocessable as fault:
        return {"rejected": fault.reason.value, "source": fault.source_id, "detail": fault.errors}
    who = payload.who("fresh", adopts=True)
    return {"who": who._asdict(), "events": [shown(item) for item in payload.decode(make_beacon(body), who)]}


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in BODIES])
def test_body_is_read_as_expected(path: Path) -> None:
    expected = msgspec.json.decode(path.with_suffix(".expected.json").read_bytes())
    assert msgspec.json.decode(msgspec.json.encode(read(path.read_bytes()))) == expected


def test_every_expectation_has_its_body() -> None:
    expected = {path.name.removesuffix(".expected.json") for path in CASES.glob("*.expected.json")}
    assert expected == {path.stem for path in BODIES}
