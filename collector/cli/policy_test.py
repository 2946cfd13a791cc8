"""The tests that stand beside a policy in its file, run through the real stages without a server or store."""

import secrets
import time
import uuid as uuids
from pathlib import Path
from typing import Any

import msgspec

from collector.enrich import Enricher, Geo
from collector.enrich.countries import COUNTRY_NAMES
from collector.errors import OperatorError
from collector.model.beacon import Beacon
from collector.model.event import StoredEvent
from collector.model.outcome import Reason, Rejected
from collector.model.policy import Policy
from collector.model.source import Settings, Source, TokenKey
from collector.pipeline import process_all
from collector.wire import native

STORED = "stored"
_SECRET = secrets.token_hex(32)
_HOUR_S = 3600


class PolicyTest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event and what shall become of it. What is left out is as of an ordinary visitor.

    expect      `stored`, or the reason of a rejection
    rule        the rule that shall refuse it
    keeps       params by dotted names, with the values that shall be stored; `context.` for the context
    drops       dotted names that shall not be stored
    country     where the address shall lie: the test does not depend on a database
    token       true for a valid one of this visitor, or a table of claims
    """

    name: str
    expect: str = STORED
    rule: str = ""
    keeps: dict[str, Any] = {}
    drops: tuple[str, ...] = ()
    action: str = "page.visit"
    label: str | None = None
    url: str = ""
    referrer: str = ""
    params: dict[str, Any] = {}
    context: dict[str, Any] = {}
    uuid: str = "00000000-0000-4000-8000-000000000001"
    address: str = "203.0.113.77"
    country: str = ""
    user_agent: str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    gpc: bool = False
    dnt: bool = False
    consent: Any = None
    api_key: bool = False
    token: bool | dict[str, Any] = False


def read_tests(tests: list[Any], file: Path) -> list[PolicyTest]:
    """Return the tests of a file. Raises OperatorError that says which is wrong."""
    read = []
    for number, each in enumerate(tests, start=1):
        try:
            test = msgspec.convert(each, PolicyTest)
        except msgspec.ValidationError as error:
            raise OperatorError(f"{file}: test {number} cannot be read: {error}") from None
        if test.expect != STORED and test.expect not in [reason.value for reason in Reason]:
            raise OperatorError(
                f"{file}: test {number} expects {test.expect!r}. "
                f"Expect {STORED}, or one of: {', '.join(Reason)}"
            )
        read.append(test)
    return read


def source_of_tests(policy: Policy) -> Source:
    """Return a source under this policy, as new as can be, for tests that name none."""
    return Source(
        number=0,
        source_id=str(uuids.UUID(int=0)),
        workspace_id=0,
        name="tests",
        enabled=True,
        settings=Settings(),
        policy=policy,
        policy_version=0,
        salt=bytes(32),
        created_ms=0,
    )


def fault_of(test: PolicyTest, source: Source) -> str:
    """Run a test and return what is not as it expects, "" for nothing."""
    now_ms = time.time_ns() // 1_000_000
    key = TokenKey(id="tests", name="tests", algorithm="HS256", key=_SECRET, created_ms=0)
    source = msgspec.structs.replace(source, token_keys=(key,))
    beacon = Beacon(
        source_id=source.source_id,
        dialect="native",
        body=msgspec.json.encode([_event(test, now_ms)]),
        address=test.address,
        user_agent=test.user_agent,
        origin=source.settings.origins[0] if source.settings.origins else None,
        referer=test.url,
        global_privacy_control=test.gpc,
        do_not_track=test.dnt,
        trusted=test.api_key,
        received_ms=now_ms,
    )
    [result] = process_all(native.decode, beacon, source, Enricher(_Told(test.country)))
    if isinstance(result, Rejected):
        return _fault_of_rejected(test, result)
    if test.expect != STORED:
        return f"it was stored, not rejected as {test.expect}"
    return _fault_of_stored(test, result)


class _Told(Geo):
    """Places as the test tells them: what a database says of an address changes by the month."""

    def __init__(self, country: str) -> None:
        self._place = {"country_code": country, "country": COUNTRY_NAMES.get(country, country)}

    def lookup(self, address: str) -> dict[str, Any]:
        """The test's country, whatever the address."""
        return self._place.copy() if self._place["country_code"] else {}


def _event(test: PolicyTest, now_ms: int) -> dict[str, Any]:
    params = dict(test.params)
    if test.url and test.action.startswith("page."):
        params.setdefault("url", test.url)
    if test.referrer:
        params.setdefault("referrer", test.referrer)
    context = {"page": {"url": test.url}} if test.url else {}
    event = {
        "action": test.action,
        "label": test.label,
        "uuid": test.uuid,
        "params": params,
        "context": {**context, **test.context},
        "consent": test.consent,
    }
    if test.token:
        claims = {"uuid": test.uuid} if test.token is True else test.token
        expires = now_ms // 1000 + _HOUR_S
        import jwt

        event["token"] = jwt.encode({"exp": expires, **claims}, _SECRET, algorithm="HS256")
    return event


def _fault_of_rejected(test: PolicyTest, rejected: Rejected) -> str:
    if rejected.reason != test.expect:
        return f"it was rejected, {rejected}; expected: {test.expect}"
    if test.rule and rejected.rule != test.rule:
        return f"the rule {rejected.rule!r} refused it, not {test.rule!r}"
    return ""


def _fault_of_stored(test: PolicyTest, event: StoredEvent) -> str:
    for name, value in test.keeps.items():
        found = _value(event, name)
        if found != value:
            what = "nothing" if found is None else msgspec.json.encode(found).decode()
            return f"{name} is {what}, not {msgspec.json.encode(value).decode()}"
    for name in test.drops:
        if _value(event, name) is not None:
            return f"{name} is still there: {msgspec.json.encode(_value(event, name)).decode()}"
    return ""


def _value(event: StoredEvent, name: str) -> Any:
    """What is stored under a dotted name, None for nothing."""
    if name == "label":
        return event.label
    in_context = name.startswith("context.")
    value: Any = event.context if in_context else event.params
    for part in name.removeprefix("context.").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
