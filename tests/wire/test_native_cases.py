"""The native dialect: a folder of bodies and what is read from each.

`cases/native/<case>.json` (or `.bin`, where it is no JSON) is a body as it was sent;
`<case>.expected.json` is what it means: a list with one item an event, as fields that differ from
the defaults or as {"rejected": reason}; or one {"rejected": reason} for the beacon as a whole.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from collector.model.event import RawEvent
from collector.model.outcome import Rejected
from collector.wire import native
from tests.pipeline.make import make_beacon

CASES = Path(__file__).parent / "cases" / "native"
BODIES = sorted(path for path in CASES.iterdir() if not path.name.endswith(".expected.json"))


def _shown(item: RawEvent | Rejected) -> dict[str, Any]:
    if isinstance(item, Rejected):
        return {"rejected": item.reason.value}
    blank = msgspec.structs.asdict(RawEvent(index=-1))
    fields = msgspec.structs.asdict(item)
    del fields["alone"]
    return {name: value for name, value in fields.items() if value != blank[name]}


def _read(body: bytes) -> Any:
    try:
        items = native.decode(make_beacon(body))
    except Rejected as rejected:
        return _shown(rejected)
    return [_shown(item) for item in items]


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in BODIES])
def test_body_is_read_as_expected(path: Path) -> None:
    expected = msgspec.json.decode(path.with_suffix(".expected.json").read_bytes())
    assert _read(path.read_bytes()) == expected


def test_every_expectation_has_its_body() -> None:
    expected = {path.name.removesuffix(".expected.json") for path in CASES.glob("*.expected.json")}
    assert expected == {path.stem for path in BODIES}
