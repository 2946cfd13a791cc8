"""Where Tracardi's script and its webhooks send: read, find whose it is, process, answer.

    POST /track                                            a payload
    PUT  /track                                            looked through, and no more
    GET, POST /collect/{event_type}/{source_id}            one event that is nobody's
    GET, POST /collect/{event_type}/{source_id}/{session}  one event of that session's visitor

A source's public id in the payload or the path says whose it is; an api key as Bearer makes the sender
trusted. Programs are taken as browsers are (DESIGN.md, Bots).

Source: contracts/tracardi.md sections 5 to 8.
"""

import asyncio
import time
import uuid as uuids
from collections.abc import Callable
from urllib.parse import unquote

import msgspec

from collector.admit import admit_beacon
from collector.limits import OverLimit
from collector.model.beacon import Beacon
from collector.model.event import Params, RawEvent
from collector.model.outcome import Reason, Rejected
from collector.model.source import Source
from collector.receive.collected import collected, read_fields
from collector.receive.endpoint import RETRY_AFTER_S, UNREADABLE_RETRY_AFTER_S, credentials
from collector.receive.exchange import EMBEDDABLE, Headers, Receive, Scope, Send, read_body, read_headers
from collector.receive.intake import LARGE, Intake, with_body
from collector.store import StoreUnavailable
from collector.wire import body
from collector.wire.tracardi.answer import INVALID_SOURCE, NOTHING, UNAVAILABLE, Answer, answer, refusal
from collector.wire.tracardi.checks import Unprocessable
from collector.wire.tracardi.payload import Payload, Who, read_payload

_TRACK = "/track"
_COLLECT = "/collect/"
_TRUE = frozenset({"true", "1", "on", "yes"})
_PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST, PUT"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding, x-timestamp"),
    (b"access-control-max-age", b"86400"),
)


def is_tracardi(path: str) -> bool:
    """Whether a path is one of these."""
    return path.rstrip("/") == _TRACK or path.startswith(_COLLECT)


class TracardiEndpoint:
    """The paths above, and what a browser asks before it sends, as an ASGI application."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        headers = read_headers(scope)
        methods = "POST, PUT" if scope["path"].rstrip("/") == _TRACK else "GET, POST"
        if scope["method"] == "OPTIONS":
            await _send(send, headers, 204, b"", _PREFLIGHT)
            return
        told: tuple[tuple[bytes, bytes], ...] = ()
        if scope["method"] in methods.split(", "):
            try:
                given = await self._answer(scope, headers, receive)
            except StoreUnavailable:
                given = UNAVAILABLE
            except OverLimit as over:
                given = Answer(429, {"detail": over.detail})
                told = (over.header,)
        else:
            given = Answer(405, {"detail": "Method Not Allowed"})
            told = ((b"allow", f"{methods}, OPTIONS".encode()),)
        if given.status == 503:
            wait_s = RETRY_AFTER_S if given is UNAVAILABLE else UNREADABLE_RETRY_AFTER_S
            told = ((b"retry-after", str(wait_s).encode()),)
        content = msgspec.json.encode(given.content)
        told = (
            *told,
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
            (b"x-process-time", f"{time.perf_counter() - started:.6f}".encode()),
        )
        await _send(send, headers, given.status, content, told)

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive) -> Answer:
        self._intake.check_load()
        content, payload = b"", None
        # A webhook's address tells whose it is; of a payload that is known once it is read.
        is_named = scope["path"].startswith(_COLLECT)
        source: Source | None = None
        if is_named:
            source = await self._intake.enter(scope, headers, _parts(scope)[1])
        else:
            await self._intake.check_address(scope, headers)
        try:
            encoding = headers.get(b"content-encoding", b"").decode("latin-1")
            content = body.decompress(await read_body(receive, headers), encoding)
            payload = await _read(scope, headers, content)
        except Rejected as rejected:
            fault = rejected
        if scope["method"] == "PUT":
            return NOTHING if payload is not None else refusal(fault)
        if not is_named:
            source_id = payload.source_id if payload is not None else _source_id(fault)
            source = await self._intake.source_within_quota(source_id)
        if source is None:
            await self._intake.count_unknown()
            return INVALID_SOURCE if payload is not None else refusal(fault)
        beacon = await self._intake.beacon(scope, headers, source, "tracardi")
        try:
            # Basic is a staging site's own password, which a browser adds to the script's beacon.
            basic = headers.get(b"authorization", b"").lower().startswith(b"basic ")
            key, token = (None, "") if basic else credentials(headers)
            if key is not None and not await self._intake.fits(key, source):
                raise Rejected(Reason.NOT_AUTHORISED, "this api key is not one of this source's")
            if payload is None:
                raise fault
        except Rejected as refused:
            return await self._refuse(refused, with_body(beacon, content), source)
        beacon = with_body(beacon, content, token=token, trusted=key is not None)
        return await self._take(payload, beacon, source)

    async def _take(self, payload: Payload, beacon: Beacon, source: Source) -> Answer:
        if not payload.events:
            try:
                admit_beacon(beacon, source)
            except Rejected as refused:
                return await self._refuse(refused, beacon, source)
            return NOTHING
        who = await self._who(payload, source)

        def decode(beacon: Beacon) -> list[RawEvent | Rejected]:
            return payload.decode(beacon, who)

        results = await self._intake.take(decode, beacon, source)
        return answer(
            results,
            who,
            shows_profile=_may_be_known(beacon, source),
            shows_events=payload.debugs and beacon.trusted,
        )

    async def _who(self, payload: Payload, source: Source) -> Who:
        passed, giver = payload.passed, None
        if passed is not None and payload.profile_id is None:
            giver = await self._intake.find_source(passed.source)
        adopts = giver is not None and giver.workspace_id == source.workspace_id
        return payload.who(str(uuids.uuid4()), adopts=adopts)

    async def _refuse(self, fault: Rejected, beacon: Beacon, source: Source) -> Answer:
        """Count a request that is at fault as a whole, and answer what it is told."""
        results = await self._intake.take(_raising(fault), beacon, source)
        return refusal(next(each for each in results if isinstance(each, Rejected)))


def _raising(fault: Rejected) -> Callable[[Beacon], list[RawEvent | Rejected]]:
    def decode(_beacon: Beacon) -> list[RawEvent | Rejected]:
        raise fault

    return decode


async def _read(scope: Scope, headers: Headers, content: bytes) -> Payload:
    """What a request sends. Raises Rejected."""
    query = scope["query_string"].decode("latin-1")
    if scope["path"].rstrip("/") == _TRACK:
        large = len(content) > LARGE
        payload = await asyncio.to_thread(read_payload, content) if large else read_payload(content)
        if read_fields(query).get("profile_less", "").lower() in _TRUE:
            payload = msgspec.structs.replace(payload, profile_less=True)
        return payload
    kind, source_id, session_id = _parts(scope)
    if scope["method"] == "GET":
        properties: Params = {**read_fields(query)}
    else:
        properties = await collected(content, headers.get(b"content-type", b"").decode("latin-1"))
    return Payload(
        source_id=source_id,
        events=[{"type": kind, "properties": properties}],
        session_id=session_id or None,
        profile_less=not session_id,
    )


def _parts(scope: Scope) -> tuple[str, str, str]:
    """Event type, source and session of a path of /collect/, "" for what it does not tell."""
    # As it was sent, since a name may hold a slash that is written %2F.
    sent: bytes = scope["raw_path"]
    parts = [unquote(part) for part in sent.decode("latin-1").split("/")[2:5]]
    kind, source_id, session_id = (*parts, "", "", "")[:3]
    return kind, source_id, session_id


def _source_id(fault: Rejected) -> str:
    """Whose a payload would be that cannot be read, "" where nobody can tell."""
    return fault.source_id if isinstance(fault, Unprocessable) else ""


def _may_be_known(beacon: Beacon, source: Source) -> bool:
    """Whether the visitor's browser may be told an id to keep. No list is asked: the answer would tell it."""
    policy = source.policy
    refused = (policy.global_privacy_control and beacon.global_privacy_control) or (
        policy.do_not_track and beacon.do_not_track
    )
    keeps = source.settings.tag.device_storage and policy.consent != "opt-in"
    return beacon.trusted or (keeps and not refused)


async def _send(
    send: Send, headers: Headers, status: int, content: bytes, told: tuple[tuple[bytes, bytes], ...]
) -> None:
    """Answer, to a page of any origin.

    The script's beacon comes with the page's credentials, for which a browser wants its origin named and
    not `*`. Nothing here reads a cookie.
    """
    named: list[tuple[bytes, bytes]] = [(b"vary", b"origin"), *EMBEDDABLE, *told]
    if b"origin" in headers:
        named += [
            (b"access-control-allow-origin", headers[b"origin"]),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", b"x-process-time, retry-after"),
        ]
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": content})
