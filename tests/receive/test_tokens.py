"""Per-event authentication, through a running collector: the decision table of contracts/synerise-sdk.md
section 8, and that a token of one's own changes nobody else."""

import json
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.auth.keys import hash_key, new_api_key
from collector.model.policy import Policy
from collector.model.source import Settings, Source
from tests.auth.signing import SECRET, by_hand, public_pem, rsa_key, sign
from tests.receive.running import Running, actions, detail_of, wait_until

PEM = public_pem(rsa_key())


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Person(NamedTuple):
    """Whose browser sends, and what they say they are."""

    uuid: str
    email: str
    custom_id: str

    def claims(self, *names: str) -> dict[str, Any]:
        """What a token says of them: everything, or what is named."""
        said = {"uuid": self.uuid, "email": self.email, "customId": self.custom_id}
        return {name: said[name] for name in names or said}


class Shop:
    """A source with a key for tokens, and a person whom its back end knows."""

    def __init__(self, collector: Running, policy: Policy, number: int) -> None:
        self.collector = collector
        source = collector.store.add_source("Shop", Settings(), policy)
        collector.store.add_token_key(source.source_id, "back end", "RS256", PEM)
        self.id = source.source_id
        self.api_key = new_api_key()
        collector.store.add_api_key("of the tests", hash_key(self.api_key), source_id=self.id)
        self.ann = Person(f"u-{number}", f"ann.{number}@shop.example", f"c-{number}")
        known = {**self.fields("Ann"), "newsletterAgreement": "disabled"}
        token = sign(self.ann.claims(), now_ms=now_ms())
        # Refused for as long as a source is known without the key that it got a moment later.
        wait_until(
            lambda: (
                self.post(
                    "client.createOrUpdate", known, token=token, uuid=None, key=self.api_key
                ).status_code
                == 204
            )
        )
        self.refused = collector.sums(self.id).get("not_authorised", 0)

    def fields(self, first_name: str) -> dict[str, Any]:
        """What a form says of Ann."""
        return {"email": self.ann.email, "customId": self.ann.custom_id, "firstName": first_name}

    def post(
        self, action: str, fields: dict[str, Any], *, token: Any = None, key: str = "", uuid: str | None = ""
    ) -> httpx.Response:
        """One event about a person, from Ann's browser unless `uuid` says otherwise."""
        params = {"formData": fields} if action == "form.submit" else fields
        event = {"action": action, "uuid": self.ann.uuid if uuid == "" else uuid, "params": params}
        headers = {"authorization": f"Bearer {key}"} if key else {}
        beacon = {"events": [event], "token": token}
        return self.collector.post(self.id, beacon, headers=headers)

    def first_name(self) -> str:
        """Ann's, as it stands in the store."""
        profile = self.collector.store.find_profile("email", self.ann.email)
        assert profile is not None
        return profile.fields["firstName"]


_numbers = iter(range(10_000))


@pytest.fixture
def shop(collector: Running) -> Callable[..., Shop]:
    """Makes shops."""
    return lambda policy=None: Shop(collector, policy or Policy(), next(_numbers))


STRICT = Policy(trust="strict")
THREE = Policy(token_actions=("form.*",))
TWO = Policy(profile_actions=("form.submit", "shop.*"))
BOTH = Policy(token_actions=("form.submit",), profile_actions=("form.*",))
TRUSTING = Policy(trust="trusting")
TRUSTING_BUT = Policy(trust="trusting", token_actions=("client.*",))

CHANGES, ADDS, REFUSED = "changes the profile", "only adds", 401

ROWS = [
    pytest.param(STRICT, "form.submit", REFUSED, id="list 3, strict: a form"),
    pytest.param(STRICT, "client.createOrUpdate", REFUSED, id="list 3, strict: a client"),
    pytest.param(THREE, "form.submit", REFUSED, id="list 3: a form"),
    pytest.param(THREE, "client.createOrUpdate", ADDS, id="beside list 3: a client"),
    pytest.param(TWO, "form.submit", CHANGES, id="list 2: a form"),
    pytest.param(TWO, "client.createOrUpdate", ADDS, id="beside list 2: a client"),
    pytest.param(BOTH, "form.submit", REFUSED, id="lists 2 and 3 count as 3"),
    pytest.param(TRUSTING, "form.submit", CHANGES, id="list 2, trusting: a form"),
    pytest.param(TRUSTING_BUT, "client.createOrUpdate", REFUSED, id="list 3 before trusting"),
    pytest.param(Policy(), "form.submit", ADDS, id="list 1: a form"),
]
"""Policy, action, and what becomes of the action without a token."""


@pytest.mark.parametrize(("policy", "action", "without"), ROWS)
def test_decision_table_without_and_with_proof(
    shop: Callable[..., Shop], policy: Policy, action: str, without: object
) -> None:
    """Without a token as the row says; a valid one or an api key changes the profile in every row."""
    own = shop(policy)
    answer = own.post(action, own.fields("Eve"))
    assert answer.status_code == (401 if without is REFUSED else 204)
    assert own.first_name() == ("Eve" if without is CHANGES else "Ann")
    if without is REFUSED:
        assert "token" in detail_of(answer)
    assert (
        own.post(action, own.fields("Zoe"), token=sign(own.ann.claims(), now_ms=now_ms())).status_code == 204
    )
    assert own.first_name() == "Zoe"
    assert own.post(action, own.fields("Bea"), key=own.api_key).status_code == 204
    assert own.first_name() == "Bea"


def _bad_tokens(ann: Person) -> dict[str, Any]:
    """What is no proof, by what is wrong with it."""
    now, good = now_ms(), {**ann.claims(), "exp": now_ms() // 1000 + 900}
    return {
        "expired": sign(ann.claims(), now_ms=now - 3_600_000),
        "another's key": sign(ann.claims(), now_ms=now, number=2),
        "alg none": by_hand({"alg": "none"}, good).rpartition(".")[0] + ".",
        "the public key as a secret": by_hand({"alg": "HS256"}, good, PEM.encode()),
        "a shared key nobody set": jwt.encode(good, SECRET, "HS256"),
        "no exp": jwt.encode(ann.claims(), rsa_key(), "RS256"),
        "not valid yet": sign(ann.claims(), now_ms=now, nbf=now // 1000 + 600),
        "of the future": sign(ann.claims(), now_ms=now, iat=now // 1000 + 600),
        "another uuid": sign({**ann.claims(), "uuid": "u-other"}, now_ms=now),
        "another e-mail": sign({**ann.claims(), "email": "x@shop.example"}, now_ms=now),
        "another customId": sign({**ann.claims(), "customId": "c-other"}, now_ms=now),
        "another sub": sign({**ann.claims("uuid", "email"), "sub": "c-other"}, now_ms=now),
        "nobody": sign({}, now_ms=now),
        "too long": sign({**ann.claims(), "pad": "x" * 4000}, now_ms=now),
        "empty": "",
        "a number": 7,
        "an object": {"alg": "none"},
        "an api key": new_api_key(),
    }


@pytest.mark.parametrize(("policy", "action", "without"), ROWS)
def test_decision_table_with_a_bad_token(
    shop: Callable[..., Shop], policy: Policy, action: str, without: object
) -> None:
    """It is refused in every row, and nothing of the profile changes."""
    own = shop(policy)
    bad = _bad_tokens(own.ann)
    for what, token in bad.items():
        answer = own.post(action, own.fields("Eve"), token=token)
        assert (what, answer.status_code) == (what, 401)
        assert "token" in detail_of(answer)
        assert own.first_name() == "Ann"
    assert own.collector.sums(own.id)["not_authorised"] == own.refused + len(bad)
    assert own.collector.events(own.id)[1:] == []


@pytest.mark.parametrize("action", ["page.visit", "shop.open"])
def test_bad_token_on_any_action_is_refused_and_a_good_one_changes_nothing_of_it(
    shop: Callable[..., Shop], action: str
) -> None:
    own = shop()
    assert own.post(action, {"n": 1}, token="a.b.c").status_code == 401
    assert own.post(action, {"n": 1}, token=sign(own.ann.claims(), now_ms=now_ms())).status_code == 204
    assert own.post(action, {"n": 1}).status_code == 204
    assert actions(own.collector.events(own.id))[1:] == [action, action]


def _agreed(own: Shop) -> bool | None:
    profile = own.collector.store.find_profile("email", own.ann.email)
    assert profile is not None
    return profile.agreements.get("email")


@pytest.mark.parametrize("policy", [Policy(), STRICT], ids=["standard", "strict"])
@pytest.mark.parametrize("names", [("uuid",), ("uuid", "customId"), ("customId",)])
def test_own_valid_token_poisons_nobody_else(
    shop: Callable[..., Shop], policy: Policy, names: tuple[str, ...]
) -> None:
    """Eve is signed in as herself and types Ann's address: the event is kept, Ann is as she was."""
    own = shop(policy)
    own.collector.store.save_workspace(newsletter_mode="single")
    eve = Person("u-eve", "eve@shop.example", "c-eve")
    token = sign(eve.claims(*names), now_ms=now_ms())
    fields = {"email": own.ann.email, "firstName": "Eve", "newsletterAgreement": "enabled"}
    assert own.post("form.submit", fields, token=token, uuid=eve.uuid).status_code == 204
    assert (own.first_name(), _agreed(own)) == ("Ann", False)
    profile = own.collector.store.find_profile("email", own.ann.email)
    assert profile is not None
    assert eve.uuid not in profile.uuids
    # With her own address in the token the same form contradicts it.
    full = sign(eve.claims(), now_ms=now_ms())
    assert own.post("form.submit", fields, token=full, uuid=eve.uuid).status_code == 401
    # Nor does it give her Ann's browser.
    fields = {"email": eve.email, "firstName": "Eve"}
    token = sign(eve.claims("email", "customId"), now_ms=now_ms())
    own.post("form.submit", {**own.fields("Ann")}, token=sign(own.ann.claims(), now_ms=now_ms()))
    assert own.post("form.submit", fields, token=token, uuid=own.ann.uuid).status_code == 204
    assert own.first_name() == "Ann"
    profile = own.collector.store.find_profile("uuid", own.ann.uuid)
    assert profile is not None
    assert profile.email == own.ann.email


@pytest.mark.parametrize("policy", [Policy(), STRICT, BOTH, Policy(trust="trusting", token_actions=("*",))])
def test_token_that_leaves_something_out_proves_less(shop: Callable[..., Shop], policy: Policy) -> None:
    own = shop(policy)
    for names in (("uuid",), ("email",), ("customId",), ("uuid", "email"), ("email", "customId")):
        token = sign(own.ann.claims(*names), now_ms=now_ms())
        assert own.post("form.submit", own.fields("Eve"), token=token).status_code == 204
        assert own.first_name() == "Ann"
    # What the event does not name needs no proof: here no customId, and a browser without a uuid.
    fields = {"email": own.ann.email.upper(), "firstName": "Zoe"}
    token = sign(own.ann.claims("email"), now_ms=now_ms())
    assert own.post("form.submit", fields, token=token, uuid=None).status_code == 204
    assert own.first_name() == "Zoe"


def test_token_adds_nothing_to_an_event(shop: Callable[..., Shop]) -> None:
    own = shop()
    token = sign(own.ann.claims(), now_ms=now_ms())
    assert own.post("form.submit", {"firstName": "Eve"}, token=token, uuid=None).status_code == 204
    event = own.collector.events(own.id)[-1]
    assert (event.uuid, event.profile_id, own.first_name()) == (None, None, "Ann")


def test_mixed_beacon_has_an_outcome_each_and_is_refused_where_nothing_was_taken(
    shop: Callable[..., Shop],
) -> None:
    own = shop(STRICT)
    good = sign(own.ann.claims(), now_ms=now_ms())
    form = {"uuid": own.ann.uuid, "params": {"formData": own.fields("Zoe")}}
    events = [
        {"action": "page.visit", "uuid": own.ann.uuid},
        {"action": "form.submit", **form},
        {"action": "form.submit", **form, "token": "a.b.c"},
        {"action": "form.submit", **form, "token": good},
    ]
    answer = own.collector.post(own.id, events)
    assert (answer.status_code, answer.headers["x-tagwell-rejected"]) == (204, "2")
    assert actions(own.collector.events(own.id))[1:] == ["page.visit", "form.submit"]
    assert own.first_name() == "Zoe"
    assert own.collector.post(own.id, events[1:3]).status_code == 401
    # An event's own goes before the envelope's, the envelope's before the header's.
    envelope = {"token": "a.b.c", "events": [events[3], events[1]]}
    assert own.collector.post(own.id, envelope).headers["x-tagwell-rejected"] == "1"
    assert own.collector.sums(own.id)["not_authorised"] == own.refused + 5


def test_token_as_bearer_is_that_of_each_event_without_one(shop: Callable[..., Shop]) -> None:
    own = shop(STRICT)
    token = sign(own.ann.claims(), now_ms=now_ms())
    assert own.post("form.submit", own.fields("Zoe"), key=token).status_code == 204
    assert own.first_name() == "Zoe"
    assert own.post("form.submit", own.fields("Eve"), key=f"{token}x").status_code == 401
    assert own.post("form.submit", own.fields("Bea"), key="a.b.c", token=token).status_code == 204
    assert own.first_name() == "Bea"


def test_token_is_no_api_key_and_stands_for_no_origin(collector: Running) -> None:
    source = collector.store.add_source("Listed", Settings(origins=("https://shop.example",)))
    collector.store.add_token_key(source.source_id, "back end", "RS256", PEM)
    beacon = {"events": [{"action": "a", "uuid": "u"}], "token": sign({"uuid": "u"}, now_ms=now_ms())}
    assert collector.post(source.source_id, beacon).status_code == 403


def test_key_and_contradicting_token_is_refused(shop: Callable[..., Shop]) -> None:
    own = shop()
    token = sign({"email": "other@shop.example"}, now_ms=now_ms())
    assert own.post("form.submit", own.fields("Eve"), token=token, key=own.api_key).status_code == 401


def test_keys_are_soon_in_force_and_soon_revoked_on_a_running_server(
    collector: Running, source: Source
) -> None:
    def taken() -> bool:
        beacon = {"events": [{"action": "a", "uuid": "u"}], "token": jwt.encode(claims, SECRET, "HS256")}
        return collector.post(source.source_id, beacon).status_code == 204

    claims = {"uuid": "u", "exp": now_ms() // 1000 + 900}
    assert not taken()
    key = collector.store.add_token_key(source.source_id, "shared", "HS256", SECRET)
    wait_until(taken)
    collector.store.revoke_token_key(source.source_id, key.id)
    wait_until(lambda: not taken())


def test_token_is_kept_and_said_nowhere(shop: Callable[..., Shop]) -> None:
    own = shop()
    mark = "planted-in-a-token"
    for token in (sign(own.ann.claims("uuid"), now_ms=now_ms(), x=mark), by_hand({"alg": mark}, {"x": mark})):
        form = {"action": "form.submit", "uuid": own.ann.uuid, "token": token}
        answers = [
            own.collector.post(own.id, [form]),
            own.collector.post(own.id, {"token": token, "events": [{"action": "not valid"}]}),
            own.collector.post(own.id, [{"action": "not valid", "token": token}]),
            own.collector.post(own.id, [form], headers={"authorization": f"Bearer {token}"}),
        ]
        for part in (token, *token.split(".")):
            assert not part or own.collector.files_hold(part) == []
            assert not part or all(part not in answer.text for answer in answers)


_PARTS = st.sampled_from(["uuid", "email", "customId", "sub", "exp", "nbf", "iat"])
_VALUES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just([])
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=60,
)
@given(
    token=st.text(max_size=40)
    | _VALUES
    | st.builds(by_hand, st.binary(max_size=20), st.binary(max_size=20))
    | st.builds(
        lambda alg, said: by_hand({"alg": alg}, json.dumps(said).encode(), PEM.encode()),
        st.sampled_from(["none", "HS256", "RS256", ""]),
        st.dictionaries(_PARTS, _VALUES),
    ),
    header=st.booleans(),
)
def test_no_token_of_a_strangers_making_gets_in_or_is_a_fault_of_ours(
    collector: Running, strict: Source, token: Any, header: bool
) -> None:
    form = {"action": "form.submit", "uuid": "u", "params": {"formData": {"email": "a@b.co"}}}
    if header and isinstance(token, str):
        headers = {"authorization": f"Bearer {token}".encode("utf-8", "replace")}
        answer = collector.post(strict.source_id, [form], headers=headers)
    else:
        answer = collector.post(strict.source_id, json.dumps([{**form, "token": token}]).encode())
    # A number that JSON does not have makes the beacon unreadable.
    assert answer.status_code == (400 if isinstance(token, float) and not math.isfinite(token) else 401)


@pytest.fixture
def strict(collector: Running) -> Source:
    """A strict source with a key."""
    source = collector.store.add_source("Strict", Settings(), STRICT)
    collector.store.add_token_key(source.source_id, "back end", "RS256", PEM)
    return source


def test_token_turns_the_agreement_of_the_person_it_names(shop: Callable[..., Shop]) -> None:
    own = shop()
    own.collector.store.save_workspace(newsletter_mode="single")
    fields = {**own.fields("Ann"), "newsletterAgreement": "enabled"}
    assert own.post("form.submit", fields).status_code == 204
    assert _agreed(own) is False
    assert own.post("form.submit", fields, token=sign(own.ann.claims(), now_ms=now_ms())).status_code == 204
    assert _agreed(own) is True
