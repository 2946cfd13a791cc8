"""Every one of the contracts' 111 operations is here, or is said not to be, never both."""

import re

import httpx
import pytest

from collector.api.docs import ROWS, Row, contract_rows
from collector.api.not_here import ABSENT, Absent
from collector.api.routes import OPERATIONS
from tests.receive.running import Running

SAMPLE = {
    "clientId": "12",
    "taskId": "3",
    "UUID": "07243772-008a-42e1-ba37-c3807cebde8f",
    "materializationId": "4",
    "noteId": "5",
    "identifierType": "by-uuid",
    "identifierValue": "b-1",
}


def row_name(row: Row) -> str:
    return row.name.replace(" ", "-")


@pytest.mark.parametrize("row", contract_rows(OPERATIONS), ids=row_name)
def test_a_row_of_the_contract_is_here_or_said_not_to_be(row: Row) -> None:
    assert bool(row.here) != bool(row.absent), row.name


def test_there_are_111_rows() -> None:
    assert sum(ROWS.values()) == len(contract_rows(OPERATIONS)) == 111


def test_no_row_is_outside_the_contracts() -> None:
    known = {row.name for row in contract_rows(OPERATIONS)} | {"ours"}
    assert {one.row for one in OPERATIONS} <= known
    assert {one.row for one in ABSENT} <= known
    assert len(ABSENT) == len({one.row for one in ABSENT}) == 44


def test_operations_have_names_and_paths_of_their_own() -> None:
    assert len({one.id for one in OPERATIONS}) == len(OPERATIONS)
    places = [(one.method, re.sub(r"\{[^}]*\}", "{}", path)) for one in OPERATIONS for path in one.paths]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    "absent", [one for one in ABSENT if one.path is not None], ids=lambda one: one.row.replace(" ", "-")
)
def test_what_is_not_here_says_so_to_anybody(collector: Running, absent: Absent) -> None:
    path = (absent.path or "").format(**SAMPLE)
    response: httpx.Response = collector.request(absent.method, path)
    body = response.json()
    assert response.status_code == body["status"] == 501
    assert body["error"] == "Not Implemented"
    assert absent.summary in body["message"]
    assert "not implemented" in body["message"]
    assert body["path"] == path.removeprefix("/v4")
    assert ("traceId" in body) == path.startswith("/sauth/")


@pytest.mark.parametrize("path", ["/crm/v1/nothing", "/v4/nothing", "/notes-service/", "/sauth/x"])
def test_what_nobody_knows_is_404(collector: Running, path: str) -> None:
    response = collector.request("GET", path)
    assert response.status_code == 404
    assert response.json()["message"] == "There is nothing at this path."
