"""The OpenAPI document is true: whatever is sent, every operation answers as the document says.

schemathesis makes requests from the document, such as fit it and such as do not, and holds each answer
against it. They go over a port to a collector in a process of its own. `make test` sends a few to each
operation, always the same; `make test-long` thousands, other ones each time.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from collector.api import Tokens
from collector.api.openapi import document
from collector.api.operation import Operation
from collector.api.routes import OPERATIONS
from collector.auth.keys import hash_key, new_api_key
from collector.model.caller import Realm
from collector.store.catalog import Catalog
from e2e.harness import Collector, Pages, run_collector

SECRET = "a secret of the tests, long enough to sign with"
VERSION = {"Api-Version": "4.4"}

Described = APIOperation[Any, Any, Any, Any]

CONFIG = {
    # Who calls is ours to say: a made-up token is 401, and nothing behind it would be tried.
    # Letters of Latin 1 only, and no emojis in patterns: hypothesis lists a pattern's million of
    # characters one by one, which takes a minute. No text may hold U+0000, which few patterns say.
    # Other tests of the API try such characters.
    "generation": {"with-security-parameters": False, "codec": "latin-1", "allow-x00": False},
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "406", "423"]}},
}

CHECK_NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "positive_data_acceptance",
    "negative_data_rejection",
)

LOOSER: dict[str, str] = {
    "batchClients": "what does not fit is named with 207",
}
"""Operations that take what the document does not, and why: it may say less than the truth, never more."""

STRICTER: dict[str, str] = {
    "batchEvents": "all items are named by the same identifiers",
    "createTransaction": "one currency throughout, and no time before 1970",
    "createTransactions": "one currency throughout, and no time before 1970",
    "getEventsByClient": "a range that does not end before it begins",
    "getOwnEvents": "a range that does not end before it begins",
    "mergeClientsById": "twenty profiles at most",
    "mergeClientsByCustomId": "twenty profiles at most",
    "registerProfile": "a strong password, and an address that has no account yet",
    "activateProfile": "a token of a link in a mail",
    "authenticateAsProfile": "an account's password, and a provider that we have",
    "authenticateAsProfileConditionally": "the uuid and the source of the caller's token",
    "updateOwnData": "no new email or customId, no empty text, and a real date of birth",
    "deleteOwnAccount": "the account's password",
}
"""Operations with rules that JSON Schema cannot say, and which."""


class Server(NamedTuple):
    """A collector, and what it is asked with."""

    collector: Collector
    session: requests.Session
    key: str
    tokens: Tokens
    source_id: str

    def credentials(self, operation: Operation) -> Callable[[], dict[str, str]]:
        """Makes the headers of somebody who may do this; a token each time, for its use may revoke it."""
        if not operation.who:
            return dict
        if Realm.WORKSPACE in operation.who:
            return lambda: {"Authorization": f"Bearer {self.key}"}
        if Realm.USER in operation.who:
            user = self.collector.store.user("ada")
            assert user is not None
            return lambda: {"Authorization": f"Bearer {self.tokens.for_user(user)}"}
        visitor = str(uuid.uuid4())
        realm = Realm.PROFILE if Realm.PROFILE in operation.who else Realm.ANONYMOUS
        client_id = self.new_profile(visitor) if realm is Realm.PROFILE else None

        def token() -> dict[str, str]:
            token = self.tokens.issue(
                realm,
                workspace_id=1,
                source_id=self.source_id,
                name=f"profile:{client_id}",
                client_id=client_id,
                uuid=visitor,
            )
            return {"Authorization": f"Bearer {token}"}

        return token

    def new_profile(self, visitor: str) -> int:
        """The id of a new profile with this uuid."""
        headers = VERSION | {"Authorization": f"Bearer {self.key}"}
        body: Any = {"action": "app.open", "label": "opened", "client": {"uuid": visitor}}
        answer = self.session.post(f"{self.collector.url}/v4/events/custom", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        profile = self.collector.store.find_profile("uuid", visitor)
        assert profile is not None
        return profile.client_id


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector of this module."""
    environment = {"TAGWELL_SECRET_KEY": SECRET}
    folder = tmp_path_factory.mktemp("fuzzed")
    with (
        run_collector(folder, Pages(""), environment=environment) as collector,
        requests.Session() as session,
    ):
        session.trust_env = False
        source = collector.add_source("Low Tide Pottery")
        collector.store.add_user("ada", "not a hash")
        key = new_api_key()
        collector.store.add_api_key("fuzzer", hash_key(key))
        tokens = Tokens(
            collector.store, Catalog(collector.store), SECRET.encode(), lambda: time.time_ns() // 1_000_000
        )
        yield Server(collector, session, key, tokens, source.source_id)
        assert "Traceback" not in collector.server.output()


@pytest.fixture(scope="module")
def described() -> dict[str, Described]:
    """The operations as schemathesis reads them from the document, by their ids."""
    load_all_checks()
    moments = st.datetimes(datetime(1970, 1, 2), timezones=st.just(UTC)).map(datetime.isoformat)
    schemathesis.openapi.format("date-time", moments)  # none before 1970, as the descriptions say
    schemathesis.openapi.format("date", st.dates(date(1900, 1, 2)).map(date.isoformat))
    config = SchemathesisConfig.from_dict(CONFIG)
    text = json.dumps(document(OPERATIONS), ensure_ascii=False).replace("\U00010000-\U0010ffff", "")
    schema = schemathesis.openapi.from_dict(json.loads(text), config=config)
    found = (one.ok() for one in schema.get_all_operations() if isinstance(one, Ok))
    return {one.definition.raw["operationId"]: one for one in found}


def ids(operation: Operation) -> str:
    return operation.id


@pytest.mark.parametrize("operation", OPERATIONS, ids=ids)
def test_every_answer_is_documented(
    operation: Operation, server: Server, described: dict[str, Described]
) -> None:
    fuzz(operation, server, described[operation.id], examples=4, derandomize=True)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("operation", OPERATIONS, ids=ids)
def test_thousands_of_answers_are_documented(
    operation: Operation, server: Server, described: dict[str, Described]
) -> None:
    fuzz(operation, server, described[operation.id], examples=150, derandomize=False)


def fuzz(
    operation: Operation, server: Server, described: Described, *, examples: int, derandomize: bool
) -> None:
    """Send so many requests that fit the document, and as many that do not."""
    credentials = server.credentials(operation)
    checks: list[Any] = [CHECKS.get_one(name) for name in CHECK_NAMES if name not in skipped(operation)]

    found: set[str] = set()

    def one(case: Case[Any]) -> None:
        case.body = whole_numbers(case.body)
        response = case.call(server.collector.url, server.session, credentials(), timeout=20)
        try:
            case.validate_response(response, checks=checks)
        except FailureGroup as failures:
            # Kept rather than raised: hypothesis would look for a smaller case for a minute.
            sent = repr(response.request.body or b"")
            asked = f"{response.request.method} {response.request.url} {sent[:500]}"
            answered = f"{response.status_code} {response.content[:700].decode()}"
            found.update(f"{one.title}: {one.message}\n{answered}\n{asked}" for one in failures.exceptions)

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        if mode is GenerationMode.NEGATIVE and not can_be_wrong(operation):
            continue
        run: Any = given(case=described.as_strategy(generation_mode=mode))(one)
        settings(
            max_examples=examples,
            derandomize=derandomize,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[
                Phase.explicit,
                Phase.generate,
            ],  # schemathesis shows the request; to shrink it takes long
        )(run)()
        assert not found, "\n\n".join(sorted(found, key=len)[:3])


def whole_numbers(value: Any) -> Any:
    """A body with 5 where it has 5.0: to JSON Schema both are integers, but nobody writes an id like that."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {name: whole_numbers(item) for name, item in value.items()}
    return value


def skipped(operation: Operation) -> set[str]:
    """The checks that this operation cannot pass."""
    names = {"negative_data_rejection"} if operation.id in LOOSER else set()
    return names | ({"positive_data_acceptance"} if operation.id in STRICTER else set())


def can_be_wrong(operation: Operation) -> bool:
    """Whether there is anything in its requests that may not fit."""
    return bool(operation.versioned or operation.body or operation.query or operation.params)
