"""Honest bodies, from which the hostile ones are made."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import msgspec

from collector.wire.segment.actions import KINDS

CASES = Path(__file__).parent.parent / "wire" / "cases"


def golden(name: str) -> tuple[bytes, ...]:
    """The bodies of a dialect's golden files."""
    paths = sorted(path for path in (CASES / name).iterdir() if not path.name.endswith(".expected.json"))
    return tuple(path.read_bytes() for path in paths)


def segment_calls() -> tuple[bytes, ...]:
    """The bodies of the golden calls, each behind the kind of its path."""
    seeds = []
    for content in golden("segment"):
        call = msgspec.json.decode(content)
        word = call["path"].removeprefix("/v1/")
        kind = next((kind for kind in KINDS if word in (kind, kind[0])), "batch")
        seeds.append(kind.encode() + b"\n" + json.dumps(call["body"]).encode())
    return tuple(seeds)


_CLIENT = {"id": 7, "email": "a@b.co", "customId": "c", "uuid": "07243772-008a-42e1-ba37-c3807cebde8f"}
_NATIVE = b'[{"action":"a.b","id":"1"}]'
PACKED = (
    b"gzip\n" + gzip.compress(_NATIVE, mtime=0),
    b"deflate\n" + zlib.compress(_NATIVE),
    b"identity\n" + _NATIVE,
)
EVENT = {"time": "2026-01-01T11:00:00Z", "label": "x", "client": _CLIENT, "eventSalt": "s"}
_MONEY = {"amount": 1.5, "currency": "EUR"}
PARAMS: dict[str, Any] = {
    "source": "WEB_DESKTOP",
    "sku": "s",
    "quantity": 2,
    "finalUnitPrice": _MONEY,
    "companyId": 1,
    "item": "i",
    "email": "a@b.co",
    "formData": {"email": "b@b.co", "phone": "1"},
    "tags": ["a"],
    "items": ["a", "b"],
    "lat": 50.1,
    "lon": 19.9,
    "applicationName": "a",
    "version": "1",
    "correlationId": "c",
    "position": 1,
}
TRANSACTION = {
    "client": _CLIENT,
    "orderId": "o-1",
    "source": "POS",
    "revenue": _MONEY,
    "value": _MONEY,
    "paymentInfo": {"method": "CARD"},
    "metadata": {"a": {"b": [1]}},
    "recordedAt": "2026-01-01T11:00:00Z",
    "products": [{"sku": "s", "name": "n", "finalUnitPrice": _MONEY, "quantity": 1, "categories": ["a"]}],
}
PROFILE = {
    "clientId": 7,
    "email": "a@b.co",
    "customId": "c",
    "firstName": "A",
    "birthDate": "1990-02-03",
    "phone": "+48600700800",
    "agreements": {"email": True},
    "attributes": {"a": 1, "b": ["c"]},
    "tags": ["t"],
    "sex": "FEMALE",
    "password": "Aa1!aaaaaaaa",
    "apiKey": "k",
    "uuid": "u",
    "name": "n",
    "color": "#123456",
    "token": "t",
    "username": "ada",
    "oldPassword": "x",
    "key": "k",
    "deviceId": "d",
    "identityProvider": "SYNERISE",
}


def line(first: str, value: Any) -> bytes:
    """A body behind a line that tells what stands elsewhere in a request."""
    return first.encode() + b"\n" + json.dumps(value).encode()
