"""The dialect of Segment, Customer.io and RudderStack: a folder of calls and what is read from each.

`cases/segment/<case>.json` is a call: its path, its body as it was sent, whether it came with a secret key
and the User-Agent of its request. `<case>.expected.json` is what it means: a list with one item a message,
as fields that differ from the defaults or as {"rejected": reason}; or one {"rejected": reason} for all.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from collector.model.event import RawEvent
from collector.model.outcome import Rejected
from collector.wire.segment.actions import KINDS
from collector.wire.segment.call import read_call
from collector.wire.segment.faults import Unusable
from tests.pipeline.make import make_beacon

CASES = Path(__file__).parent / "cases" / "segment"
CALLS = sorted(path for path in CASES.iterdir() if not path.name.endswith(".expected.json"))


class Sent(msgspec.Struct):
    """A call as its file has it."""

    path: str
    body: msgspec.Raw
    trusted: bool = False
    user_agent: str = ""


def shown(item: RawEvent | Rejected) -> dict[str, Any]:
    """An item as the file of expectations has it."""
    if isinstance(item, Unusable):
        return {"rejected": item.reason.value, "code": item.code}
    if isinstance(item, Rejected):
        return {"rejected": item.reason.value}
    blank = msgspec.structs.asdict(RawEvent(index=-1, named_freely=True))
    fields = msgspec.structs.asdict(item)
    del fields["alone"]
    told = {name: value for name, value in fields.items() if value != blank[name]}
    built: dict[str, Any] = msgspec.to_builtins(told)
    return built


def read(sent: Sent) -> Any:
    """What a call means."""
    word = sent.path.removeprefix("/v1/")
    kind = next((kind for kind in KINDS if word in (kind, kind[0])), None)
    try:
        call = read_call(bytes(sent.body), kind)
        beacon = make_beacon(bytes(sent.body), trusted=sent.trusted, user_agent=sent.user_agent)
        return [shown(item) for item in call.decode(beacon)]
    except Rejected as rejected:
        return shown(rejected)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CALLS])
def test_call_is_read_as_expected(path: Path) -> None:
    expected = msgspec.json.decode(path.with_suffix(".expected.json").read_bytes())
    assert read(msgspec.json.decode(path.read_bytes(), type=Sent)) == expected


def test_every_expectation_has_its_call() -> None:
    expected = {path.name.removesuffix(".expected.json") for path in CASES.glob("*.expected.json")}
    assert expected == {path.stem for path in CALLS}
