"""How often one may try: guessers end soon, and strangers keep nobody out."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from collector.api.attempts import ACCOUNTS
from collector.auth.attempts import ATTEMPT_WINDOW_MS, MAX_ATTEMPTS, MAX_ATTEMPTS_BY_NAME, attempt_keys
from collector.mail.links import LIFE_MS, make_token
from collector.model.mail import Mail
from collector.model.source import Source
from tests.api.accounts import (
    ACTIVATE,
    CONDITIONAL,
    DELETE,
    LOGIN,
    PASSWORD,
    REGISTER,
    SECRET,
    call,
    login,
    new_email,
    problem,
)
from tests.api.callers import api_key, now_ms, token_in
from tests.receive.running import Running

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A collector whose secret the tests know, to make the links of its mails."""
    running = Running(tmp_path_factory.mktemp("data"), secret_key=SECRET)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def registered(collector: Running, source: Source, name: str = "Ann") -> str:
    """An address with an active account."""
    email = new_email(name)
    body = {"email": email, "password": PASSWORD}
    assert call(collector, REGISTER, body, api_key(collector, source=source)).status_code == 202
    return email


def sign_in(
    collector: Running, source: Source, email: str, password: str = PASSWORD, *, peer: str, uuid: str = "b"
) -> httpx.Response:
    return call(collector, LOGIN, login(source, uuid, email=email, password=password), peer=peer)


def visitor(collector: Running, source: Source, uuid: str = "v") -> str:
    body = {"apiKey": source.source_id, "uuid": uuid}
    return token_in(call(collector, "/sauth/v3/auth/login/client/anonymous", body))


def count(collector: Running, number: int, key: str) -> None:
    """Count attempts as the API does, without a request for each."""
    for _ in range(number):
        collector.store.count_attempt(key, now_ms(), ATTEMPT_WINDOW_MS)


def by_name(email: str) -> str:
    return attempt_keys(f"email {email.lower()}", "", ACCOUNTS.what)[1]


def rows(collector: Running) -> int:
    with create_engine(collector.url).connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM attempts")).scalar_one())


@pytest.mark.parametrize("known", [True, False], ids=["has an account", "has none"])
def test_a_guesser_ends_after_ten_attempts_of_a_login(
    collector: Running, source: Source, known: bool
) -> None:
    email = registered(collector, source) if known else new_email("Nobody")
    for number in range(10):
        # A /48 is one customer: another of its networks is no other guesser.
        peer = f"2001:db8:{7 if known else 8}:{number:x}::1"
        assert sign_in(collector, source, email, "wrong-1", peer=peer).status_code == 401
    locked = sign_in(collector, source, email, peer=f"2001:db8:{7 if known else 8}:ff00::1")
    message = problem(locked, 423, "TOO_MANY_ATTEMPTS")["message"]
    assert message == "Too many attempts to sign in. Wait 15 minutes, then try again."
    assert int(locked.headers["retry-after"]) > 0
    status = sign_in(collector, source, email, peer="2001:db8:9::1").status_code
    assert status == (200 if known else 401)


def test_ones_own_registration_pays_for_no_guesses(collector: Running, source: Source) -> None:
    """Whoever registers the address too has a password that is answered, and ten attempts all the same."""
    email = registered(collector, source)
    body = {"email": email, "password": "mallory-666"}
    assert call(collector, REGISTER, body, visitor(collector, source)).status_code == 202
    statuses = [
        sign_in(collector, source, email, password, peer="198.51.100.9").status_code
        for password in ["wrong-1", "mallory-666"] * 5 + ["wrong-1"]
    ]
    assert statuses == [401, 403] * 5 + [423]


def test_strangers_who_lock_a_login_do_not_keep_its_owner_out(collector: Running, source: Source) -> None:
    email, other = registered(collector, source), registered(collector, source, "Other")
    for owner, uuid in ((email, "anns"), (other, "others")):
        assert sign_in(collector, source, owner, peer="198.51.100.10", uuid=uuid).status_code == 200
    count(collector, MAX_ATTEMPTS_BY_NAME, by_name(email))
    for uuid in ("unknown", "others"):
        problem(sign_in(collector, source, email, peer="198.51.100.11", uuid=uuid), 423, "TOO_MANY_ATTEMPTS")
    token = visitor(collector, source, "anns")
    body = login(source, "anns", email=email)
    assert call(collector, CONDITIONAL, body, token, peer="198.51.100.12").json()["status"] == "SUCCESS"
    # Who has got hold of the browser's uuid guesses no more than anybody else, from however many addresses.
    count(collector, MAX_ATTEMPTS_BY_NAME, by_name(email))
    tries = [
        sign_in(collector, source, email, "wrong-1", peer=f"198.51.100.{20 + n}", uuid="anns").status_code
        for n in range(11)
    ]
    assert tries == [401] * 10 + [423]


def test_nor_do_strangers_behind_the_same_address(collector: Running, source: Source) -> None:
    email = registered(collector, source)
    ours, theirs = "2001:db8:aa:1::1", "2001:db8:aa:ff00::9"
    by_address, _ = attempt_keys("", theirs, ACCOUNTS.what)
    assert sign_in(collector, source, email, peer=ours, uuid="anns-phone").status_code == 200
    for number in range(MAX_ATTEMPTS + 1):
        status = sign_in(collector, source, email, "wrong-1", peer=theirs).status_code
        assert status == (401 if number < MAX_ATTEMPTS else 423)
    assert sign_in(collector, source, email, peer=ours, uuid="anns-phone").status_code == 200
    count(collector, ACCOUNTS.address, by_address)
    problem(sign_in(collector, source, email, peer=ours), 423, "TOO_MANY_ATTEMPTS")
    assert sign_in(collector, source, email, peer=ours, uuid="anns-phone").status_code == 200


def test_an_office_signs_in_behind_one_address(collector: Running, source: Source) -> None:
    peer = "198.51.100.13"
    by_address, _ = attempt_keys("", peer, ACCOUNTS.what)
    email, other = registered(collector, source), registered(collector, source, "Other")
    count(collector, ACCOUNTS.address - 2, by_address)
    for _ in range(4):
        assert sign_in(collector, source, email, peer=peer).status_code == 200
    # A login that is refused already does not cost the others theirs.
    for _ in range(MAX_ATTEMPTS):
        collector.store.count_attempt(
            attempt_keys(f"{by_address} email {other.lower()}", peer, f"{ACCOUNTS.what} both")[1],
            *(now_ms(), ATTEMPT_WINDOW_MS),
        )
    for _ in range(4):
        assert sign_in(collector, source, other, peer=peer).status_code == 423
    for _ in range(2):
        assert sign_in(collector, source, new_email("Nobody"), peer=peer).status_code == 401
    assert sign_in(collector, source, email, peer=peer).status_code == 423


def test_an_address_that_is_refused_locks_and_writes_nothing(collector: Running, source: Source) -> None:
    peer, email = "198.51.100.14", registered(collector, source)
    count(collector, ACCOUNTS.address, attempt_keys("", peer, ACCOUNTS.what)[0])
    count(collector, MAX_ATTEMPTS_BY_NAME - 1, by_name(email))
    before = rows(collector)
    for name in (email, *(new_email("Nobody") for _ in range(5))):
        assert sign_in(collector, source, name, peer=peer).status_code == 423
    assert rows(collector) == before
    assert sign_in(collector, source, email, peer="198.51.100.15").status_code == 200


def test_the_end_of_an_account_says_what_there_was_too_much_of(collector: Running, source: Source) -> None:
    token = token_in(sign_in(collector, source, registered(collector, source), peer="198.51.100.16"))
    body = {"password": "wrong-1", "identityProvider": "SYNERISE"}
    for _ in range(10):
        problem(call(collector, DELETE, body, token), 403, "WRONG_PASSWORD")
    message = problem(call(collector, DELETE, body, token), 423, "TOO_MANY_ATTEMPTS")["message"]
    assert message == "Too many attempts to delete the account. Wait 15 minutes, then try again."


def register(collector: Running, token: str, email: str, password: str, *, peer: str) -> httpx.Response:
    return call(collector, REGISTER, {"email": email, "password": password}, token, peer=peer)


def test_registrations_are_limited_by_address(collector: Running, source: Source) -> None:
    token, email, peer = visitor(collector, source), new_email(), "198.51.100.3"
    names = [email] * 5 + [f"{number}-{email}" for number in range(25)]
    for name in names:
        assert register(collector, token, name, PASSWORD, peer=peer).status_code == 202
        if name == email and len(collector.store.accounts("email", email.lower())) == 5:
            full = register(collector, token, email, PASSWORD, peer=peer)
            assert full.status_code == 423
    full = register(collector, token, new_email(), PASSWORD, peer=peer)
    message = problem(full, 423, "TOO_MANY_ATTEMPTS")["message"]
    assert message == "Too many registrations. Wait 15 minutes, then try again."
    assert register(collector, token, email, PASSWORD, peer="198.51.100.4").status_code == 202


def mails_to(collector: Running, email: str) -> list[Mail]:
    return [mail for mail in collector.store.mails() if mail.recipient == email]


def link_in(mail: Mail) -> str:
    what = [mail.data["account"], mail.data["proof"]]
    return make_token(SECRET.encode(), "activate", what, until_ms=now_ms() + LIFE_MS)


def test_who_is_registered_by_strangers_all_day_gets_an_account_by_a_mail_that_is_there(
    collector: Running, source: Source
) -> None:
    email, token = new_email(), visitor(collector, source, "strangers")
    for number in range(20):
        peer = f"198.51.100.{100 + number}"
        assert register(collector, token, email, f"mallory-{number}", peer=peer).status_code == 202
    own = visitor(collector, source, "anns own")
    response = register(collector, own, email, PASSWORD, peer="198.51.100.5")
    assert (response.status_code, response.content) == (202, b"")
    first, *_ = reversed(found := mails_to(collector, email))
    assert [mail.kind for mail in found] == ["account.activate"] * 3
    page: dict[str, Any] = {"params": {"t": link_in(first)}}
    assert collector.request("POST", "/mail/activate", data={"password": "no"}, **page).status_code == 422
    done = collector.request("POST", "/mail/activate", data={"password": PASSWORD}, **page)
    assert (done.status_code, "Your account is active" in done.text) == (200, True)
    assert sign_in(collector, source, email, peer="198.51.100.6").status_code == 200
    profile = collector.store.find_profile("email", email)
    assert profile is not None
    assert profile.uuids == ["anns own"]
    # The strangers' links are dead, on the page and by their token.
    for mail in found:
        problem(call(collector, ACTIVATE, {"token": link_in(mail)}, token), 400, "ACTIVATION_USED")
        again: dict[str, Any] = {"params": {"t": link_in(mail)}, "data": {"password": "mallory-0"}}
        assert collector.request("POST", "/mail/activate", **again).status_code == 410


def test_a_link_opens_no_registration_of_another_address(collector: Running, source: Source) -> None:
    mallory, ann, token = new_email("Mallory"), new_email(), visitor(collector, source)
    for email, password in ((mallory, "mallory-666"), (ann, PASSWORD)):
        assert register(collector, token, email, password, peer="198.51.100.7").status_code == 202
    [own] = mails_to(collector, mallory)
    page: dict[str, Any] = {"params": {"t": link_in(own)}, "data": {"password": PASSWORD}}
    assert collector.request("POST", "/mail/activate", **page).status_code == 422
    assert collector.store.find_profile("email", ann) is None
