"""Batches of the server API: a folder of bodies and what is read from each.

`cases/synerise/<case>.json` (or `.bin`, where it is no JSON) is a body as it was sent. Its
`<case>.expected.json` lists the events that are read, as fields that differ from the defaults; or it
is {"message", "errors": [[field, code, message], ...]}. An endpoint of its own reads an event as a
batch does, which the last tests hold to.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import TypeAdapter, ValidationError

from collector.model.event import RawEvent
from collector.normalise.event_time import parse_time
from collector.wire.synerise.batch import Batch, read_batch
from collector.wire.synerise.events import BY_TYPE, KINDS
from collector.wire.synerise.faults import BadBody, checked

CASES = Path(__file__).parent / "cases" / "synerise"
BODIES = sorted(path for path in CASES.iterdir() if not path.name.endswith(".expected.json"))


def _shown(raw: RawEvent) -> dict[str, Any]:
    blank = msgspec.structs.asdict(RawEvent(index=-1))
    fields = msgspec.structs.asdict(raw)
    del fields["alone"]
    shown = {name: value for name, value in fields.items() if value != blank[name]}
    server = msgspec.to_builtins(shown.pop("server"))
    told = {name: value for name, value in server.pop("client").items() if value is not None}
    return {**shown, "client": told, **{name: value for name, value in server.items() if value}}


def _refused(bad: BadBody) -> dict[str, Any]:
    return {"message": bad.message, "errors": [[f.field, f.code, f.message] for f in bad.faults]}


def _read(body: bytes) -> Any:
    try:
        items = read_batch(body)
    except BadBody as bad:
        return _refused(bad)
    return [_shown(item.kind.raw(item.event, index)) for index, item in enumerate(items)]


def _expected(path: Path) -> Any:
    return msgspec.json.decode(path.with_suffix(".expected.json").read_bytes())


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in BODIES])
def test_body_is_read_as_expected(path: Path) -> None:
    assert msgspec.to_builtins(_read(path.read_bytes())) == _expected(path)


def test_every_expectation_has_its_body() -> None:
    expected = {path.name.removesuffix(".expected.json") for path in CASES.glob("*.expected.json")}
    assert expected == {path.stem for path in BODIES}


@pytest.mark.parametrize(
    "name", ["params_that_do_not_fit", "every_type", "every_field", "labels_that_are_none"]
)
def test_an_endpoint_of_its_own_reads_the_same(name: str) -> None:
    """The batch tells the place of an item besides."""
    faults = []
    for index, item in enumerate(msgspec.json.decode((CASES / f"{name}.json").read_bytes())):
        try:
            checked(BY_TYPE[item["type"]].reader, item)
        except BadBody as bad:
            faults += [[f"[{index}].{f.field}", f.code, f.message] for f in bad.faults]
    expected = _expected(CASES / f"{name}.json")
    assert faults == (expected["errors"] if isinstance(expected, dict) else [])


def test_the_documented_batch_takes_what_is_taken() -> None:
    documented = TypeAdapter(Batch)
    for path in BODIES:
        if path.suffix == ".json" and isinstance(_expected(path), list):
            documented.validate_python(msgspec.json.decode(path.read_bytes()))


def test_the_documented_batch_refuses_what_is_refused() -> None:
    documented = TypeAdapter(Batch)
    for path in BODIES:
        if path.suffix == ".json" and isinstance(_expected(path), dict) and path.stem != "other_identifiers":
            with pytest.raises(ValidationError):
                documented.validate_json(path.read_bytes())


def test_the_vectors_of_time_are_one_moment() -> None:
    """contracts/synerise-events-api.md section 3."""
    first = [parse_time(raw["time"]) for raw in _expected(CASES / "times.json")]
    assert first[:2] == [parse_time("2022-10-14T14:00:00.000Z"), parse_time("2022-10-15T06:00:00.000Z")]
    assert len(set(first[2:7])) == 1


def test_the_table_has_every_row_once() -> None:
    """Rows 5 to 30 of section 5 but the batch (27) and the clock (28)."""
    assert [kind.row for kind in KINDS] == [*range(5, 27), 29, 30]
    assert len({kind.action for kind in KINDS}) == len({kind.path for kind in KINDS}) == len(KINDS)
