"""Registering, activating, signing in: who gets a token, and what a stranger learns and changes (nothing)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import jobs
from collector.model.source import Source
from collector.wire.synerise.accounts import MAX_PASSWORD, MIN_PASSWORD, is_strong
from tests.api.accounts import (
    ACTIVATE,
    CONDITIONAL,
    LOGIN,
    PASSWORD,
    REGISTER,
    SECRET,
    call,
    fields,
    link_token,
    login,
    new_email,
    problem,
)
from tests.api.callers import api_key, now_ms, said, token_in
from tests.api.conftest import CountingHasher
from tests.mail.server import MailServer, serve
from tests.receive.running import Running

pytestmark = pytest.mark.usefixtures("quick_hashes")

ANONYMOUS = "/sauth/v3/auth/login/client/anonymous"


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    with serve(MailServer()) as running:
        yield running


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory, mail_server: MailServer) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "MAILS_S", 0.05)
        running = Running(
            tmp_path_factory.mktemp("data"),
            smtp_url=mail_server.url,
            mail_from="Shop <news@shop.example>",
            public_url="https://tags.shop.example",
            secret_key=SECRET,
        )
        running.start()
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture
def workspace(collector: Running, source: Source) -> str:
    """A key of the shop's back end."""
    return api_key(collector, source=source)


def visitor(collector: Running, source: Source, uuid: str) -> str:
    return token_in(call(collector, ANONYMOUS, {"apiKey": source.source_id, "uuid": uuid}))


def registered(collector: Running, workspace: str, **body: Any) -> str:
    """An address with an active account."""
    email = new_email()
    response = call(collector, REGISTER, {"email": email, "password": PASSWORD} | body, workspace)
    assert (response.status_code, response.content) == (202, b"")
    return email


def pages(collector: Running, source: Source, uuid: str) -> None:
    assert collector.post(source.source_id, [{"action": "page.visit", "uuid": uuid}]).status_code == 204


def test_a_visitor_registers_activates_by_mail_and_signs_in_elsewhere(
    collector: Running, source: Source, mail_server: MailServer
) -> None:
    email = new_email()
    pages(collector, source, "laptop")
    before = collector.store.find_profile("uuid", "laptop")
    assert before is not None
    token = visitor(collector, source, "laptop")
    body = {"email": email, "password": PASSWORD, "uuid": "laptop", "firstName": "Ann", "tags": ["vip"]}
    response = call(collector, REGISTER, body | {"agreements": {"email": True}}, token)
    assert (response.status_code, response.content) == (202, b"")
    assert collector.store.find_profile("email", email) is None
    assert collector.store.profile(before.client_id) == before

    problem(call(collector, LOGIN, login(source, "laptop", email=email)), 403, "ACTIVATION_REQUIRED")
    conditional = call(collector, CONDITIONAL, login(source, "laptop", email=email), token)
    assert conditional.json() == {"status": "ACTIVATION_REQUIRED", "conditions": [], "token": None}

    mail = mail_server.wait_for(email)
    text = mail.get_body(("plain",))
    assert text is not None
    found = re.search(r"https://tags\.shop\.example(/mail/activate\?t=\S+)", text.get_content())
    assert found is not None
    assert email.lower() not in found[1].lower()
    page = collector.request("GET", found[1])
    assert (page.status_code, "Low Tide Pottery" in page.text) == (200, True)
    assert 'type="password"' in page.text
    assert "<script" not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert collector.store.find_profile("email", email) is None  # whatever fetches the page activates nothing
    # Who reads the mail may not be who registered: the page asks for what only that one knows.
    for wrong in ({}, {"password": ""}, {"password": "mallory-666"}, {"password": "x" * 9000}):
        refused = collector.request("POST", found[1], data=wrong)
        assert (refused.status_code, "not the password" in refused.text) == (422, True)
    assert collector.store.find_profile("email", email) is None
    done = collector.request("POST", found[1], data={"password": PASSWORD})
    assert (done.status_code, "Your account is active" in done.text) == (200, True)
    for method in ("GET", "POST"):
        again = collector.request(method, found[1])
        assert (again.status_code, "used already" in again.text) == (410, True)

    ann = collector.store.find_profile("email", email)
    assert ann is not None
    assert (ann.client_id, ann.email, ann.fields["firstName"]) == (before.client_id, email, "Ann")
    assert (ann.agreements["email"], ann.tags) == (True, [])
    told = [event.action for event in collector.events(source.source_id) if event.profile_id == ann.client_id]
    assert told.count("client.register") == 1
    assert "marketingAgreement.turnOn" in told

    pages(collector, source, "phone")
    token = token_in(call(collector, LOGIN, login(source, "phone", email=email.upper())))
    claims = said(token)
    assert (claims["clId"], claims["uuid"], claims["eml"]) == (ann.client_id, "phone", email)
    joined = collector.store.profile(ann.client_id)
    assert joined is not None
    assert joined.uuids == ["laptop", "phone"]
    assert len(joined.previous_ids) == 1


def test_a_stranger_who_registers_a_known_address_learns_and_changes_nothing(
    collector: Running, source: Source, workspace: str
) -> None:
    known = registered(collector, workspace, firstName="Ann", uuid="anns-browser")
    unknown, erased = new_email("Nobody"), registered(collector, workspace)
    gone = collector.store.find_profile("email", erased)
    assert gone is not None
    assert (
        call(collector, f"/v4/clients/{gone.client_id}", token=workspace, method="DELETE").status_code == 202
    )
    ann = collector.store.find_profile("email", known)
    token = visitor(collector, source, "mallorys")
    body = {"password": "mallory-666", "firstName": "Mallory", "agreements": {"email": True}, "tags": ["vip"]}
    answers = []
    for email in (known, unknown, erased):
        asked = [
            call(collector, REGISTER, body | {"email": email}, token),
            *(
                call(collector, path, login(source, "mallorys", email=email, password=password), token)
                for password in ("mallory-666", "mallory-667")
                for path in (LOGIN, CONDITIONAL)
            ),
        ]
        answers.append([(one.status_code, _plain(one.json()) if one.content else {}) for one in asked])
    assert answers[0] == answers[1] == answers[2]
    # The password of the stranger's own registration is known, and opens nothing.
    assert [status for status, _ in answers[0]] == [202, 403, 200, 401, 200]
    assert [answers[0][n][1]["status"] for n in (2, 4)] == ["ACTIVATION_REQUIRED", "UNAUTHORIZED"]
    assert collector.store.find_profile("email", known) == ann
    assert collector.store.find_profile("email", unknown) is None
    assert collector.store.find_profile("uuid", "mallorys") is None
    kinds = {mail.recipient: mail.kind for mail in collector.store.mails()}
    assert (kinds[known], kinds[unknown]) == ("account.exists", "account.activate")
    assert erased not in kinds
    # Nor does the stranger learn when an account is made: the answers stay as they were.
    assert call(collector, REGISTER, {"email": unknown, "password": PASSWORD}, workspace).status_code == 202
    for email in (known, unknown):
        body = login(source, "mallorys", email=email, password="mallory-666")
        problem(call(collector, LOGIN, body), 403, "ACTIVATION_REQUIRED")
    token_in(call(collector, LOGIN, login(source, "anns-browser", email=known)))


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("timestamp", "traceId")}


def test_an_unknown_login_costs_two_hashes_as_a_known_one_does(
    collector: Running, source: Source, workspace: str, quick_hashes: CountingHasher
) -> None:
    known, pending, unknown = registered(collector, workspace), new_email(), new_email("Nobody")
    both = registered(collector, workspace)
    call(collector, REGISTER, {"email": both, "password": "third-pass-3"}, visitor(collector, source, "w"))
    token = visitor(collector, source, "v")
    for password in ("first-pass-1", "second-pass-2"):
        call(collector, REGISTER, {"email": pending, "password": password}, token)
    tried = []
    for email in (known, pending, both, unknown):
        before = quick_hashes.hashed, quick_hashes.verified
        assert call(collector, LOGIN, login(source, "b", email=email, password="no")).status_code == 401
        tried.append((quick_hashes.hashed - before[0], quick_hashes.verified - before[1]))
    assert tried == [(0, 2)] * 4
    for email in (known, both):
        verified = quick_hashes.verified
        assert call(collector, LOGIN, login(source, "b", email=email)).status_code == 200
        assert quick_hashes.verified == verified + 2
    for email in (known, unknown):
        before_hash = quick_hashes.hashed
        assert call(collector, REGISTER, {"email": email, "password": PASSWORD}, token).status_code == 202
        assert quick_hashes.hashed == before_hash + 1


def test_links_activate_their_own_registration_and_nothing_else(
    collector: Running, source: Source, workspace: str
) -> None:
    email, token = new_email(), visitor(collector, source, "v")
    for password in ("first-pass-1", "second-pass-2"):
        assert call(collector, REGISTER, {"email": email, "password": password}, token).status_code == 202
    good = link_token(collector, email)
    late = link_token(collector, email, until_ms=now_ms() - 1)
    for bad, code in (
        *((late, "EXPIRED"), (good[:-2] + "xx", "UNKNOWN"), ("x", "UNKNOWN"), ("\x00é", "UNKNOWN")),
        ("x" * 2000, "UNKNOWN"),
    ):
        problem(call(collector, ACTIVATE, {"token": bad}, token), 400, f"ACTIVATION_{code}")
    assert collector.request("POST", "/mail/activate", params={"t": late}).status_code == 410
    assert collector.request("GET", "/mail/activate").status_code == 404
    assert collector.store.find_profile("email", email) is None
    assert call(collector, ACTIVATE, {"token": good}, workspace).status_code == 202
    problem(call(collector, ACTIVATE, {"token": good}, token), 400, "ACTIVATION_USED")
    assert call(collector, LOGIN, login(source, "v", email=email, password="first-pass-1")).status_code == 401
    token_in(call(collector, LOGIN, login(source, "v", email=email, password="second-pass-2")))


def test_the_password_of_a_link_cannot_be_guessed(collector: Running, source: Source) -> None:
    email, token = new_email(), visitor(collector, source, "v")
    assert call(collector, REGISTER, {"email": email, "password": PASSWORD}, token).status_code == 202
    link = link_token(collector, email)
    tries = [
        collector.request("POST", "/mail/activate", params={"t": link}, data={"password": f"guess-{n}"})
        for n in range(10)
    ]
    assert {one.status_code for one in tries} == {422}
    right = collector.request("POST", "/mail/activate", params={"t": link}, data={"password": PASSWORD})
    assert (right.status_code, "Too many attempts" in right.text) == (423, True)
    assert collector.store.find_profile("email", email) is None


def test_a_source_that_is_off_or_keeps_no_email_makes_no_accounts(collector: Running, source: Source) -> None:
    email, token = new_email(), visitor(collector, source, "v")
    assert call(collector, REGISTER, {"email": email, "password": PASSWORD}, token).status_code == 202
    link = link_token(collector, email)
    collector.store.save_source(source.source_id, enabled=False)
    page = collector.request("POST", "/mail/activate", params={"t": link})
    assert (page.status_code, "no accounts here" in page.text) == (410, True)
    assert collector.store.find_profile("email", email) is None


@pytest.mark.parametrize(
    ("body", "at_fault"),
    [
        pytest.param({}, ["email", "password"], id="nothing"),
        pytest.param({"email": "a@b", "password": "short"}, ["email", "password"], id="neither fits"),
        pytest.param({"email": "a@b.co", "password": None}, ["password"], id="null password"),
        pytest.param({"email": "a@b.co", "password": "x1-" * 100}, ["password"], id="too long"),
        pytest.param({"email": "a@b.co", "password": "abcdef1"}, ["password"], id="no special"),
        pytest.param({"password": PASSWORD}, ["email"], id="no email"),
        pytest.param({"customId": "c-1", "password": PASSWORD}, ["email", "customId"], id="a customId alone"),
        pytest.param(
            {"email": "a@b.co", "customId": "c", "password": PASSWORD}, ["customId"], id="a customId"
        ),
        pytest.param(
            {"email": "a@b.co", "password": PASSWORD, "attributes": {str(n): "x" * 1900 for n in range(20)}},
            ["attributes"],
            id="too much",
        ),
    ],
)
def test_a_visitors_registration_that_does_not_fit_names_its_fields(
    collector: Running, source: Source, body: dict[str, Any], at_fault: list[str]
) -> None:
    response = call(collector, REGISTER, body, visitor(collector, source, "v"))
    # What the body lacks as such is told first, what a visitor may not say then.
    expected = [name for name in at_fault if name == "password"] if body == {} else at_fault
    assert sorted(fields(response)) == sorted(expected)
    problem(response, 400)


def test_registering_for_another_browser_or_without_the_permission_is_403(
    collector: Running, source: Source
) -> None:
    body = {"email": new_email(), "password": PASSWORD, "uuid": "another"}
    problem(call(collector, REGISTER, body, visitor(collector, source, "v")), 403)
    problem(call(collector, REGISTER, body, api_key(collector, "API_CLIENT_CREATE", source=source)), 403)
    problem(call(collector, REGISTER, body), 401)
    assert collector.store.find_profile("email", body["email"]) is None


def test_a_back_ends_registration_is_active_at_once_and_only_once(
    collector: Running, source: Source, workspace: str
) -> None:
    email = registered(collector, workspace, customId=f"c-{new_email()}", tags=["vip"], phone=None)
    profile = collector.store.find_profile("email", email)
    assert profile is not None
    assert profile.tags == ["vip"]
    again = call(collector, REGISTER, {"email": email.upper(), "password": PASSWORD, "city": "X"}, workspace)
    problem(again, 400, "ACCOUNT_EXISTS")
    assert fields(again) == ["email"]
    assert collector.store.profile(profile.client_id) == profile
    assert fields(call(collector, REGISTER, {"phone": "+48111222333", "password": PASSWORD}, workspace)) == [
        "email"
    ]
    custom = f"id-{new_email()}"
    assert call(collector, REGISTER, {"customId": custom, "password": PASSWORD}, workspace).status_code == 202
    token_in(call(collector, LOGIN, login(source, "b", customId=custom)))
    assert call(collector, LOGIN, login(source, "b", customId=custom, password="no")).status_code == 401


def test_an_email_of_another_profile_than_the_one_that_is_named_is_no_login(
    collector: Running, source: Source, workspace: str
) -> None:
    ann, bob = new_email(), new_email("Bob")
    for person in ({"email": ann}, {"email": bob, "customId": f"c-{bob}"}):
        assert call(collector, "/v4/clients", person, workspace).status_code == 202
    body = {"email": ann, "customId": f"c-{bob}", "password": PASSWORD, "city": "X"}
    response = call(collector, REGISTER, body, workspace)
    assert "This email belongs to another profile" in problem(response, 400, "LOGIN_OF_ANOTHER")["message"]
    assert fields(response) == ["email"]
    assert call(collector, LOGIN, login(source, "b", email=ann)).status_code == 401
    found = collector.store.find_profile("email", bob)
    assert found is not None
    assert (found.fields, collector.store.accounts_of(found.client_id)) == ({}, [])


def test_a_password_counts_however_its_letters_are_written(
    collector: Running, source: Source, workspace: str
) -> None:
    email = registered(collector, workspace, password="caf\u00e9-12")
    token_in(call(collector, LOGIN, login(source, "b", email=email, password="cafe\u0301-12")))


@pytest.mark.parametrize(
    ("change", "at_fault"),
    [
        pytest.param({"password": None, "uuid": None}, ["password", "uuid"], id="no password, no uuid"),
        pytest.param({"email": None}, ["email"], id="no login"),
        pytest.param({"identityProvider": "MYSPACE"}, ["identityProvider"], id="unknown provider"),
        pytest.param({"apiKey": None, "email": "a@b"}, ["apiKey", "email"], id="two"),
        pytest.param({"password": "x" * (MAX_PASSWORD + 1)}, ["password"], id="a long password"),
    ],
)
def test_a_sign_in_that_does_not_fit_names_its_fields(
    collector: Running, source: Source, change: dict[str, Any], at_fault: list[str]
) -> None:
    body = login(source, "b", email="ann@shop.example") | change
    for path, token in ((LOGIN, None), (CONDITIONAL, visitor(collector, source, "b"))):
        response = call(collector, path, body, token)
        assert fields(response) == at_fault
        problem(response, 400)


def test_what_else_refuses_a_sign_in(collector: Running, source: Source, workspace: str) -> None:
    email = registered(collector, workspace)
    body = login(source, "b", email=email)
    for provider in ("FACEBOOK", "OAUTH", "APPLE", "GOOGLE", "UNKNOWN"):
        told = {"apiKey": source.source_id, "identityProvider": provider, "identityProviderToken": "x"}
        problem(call(collector, LOGIN, told), 406, "IDENTITY_PROVIDER_NOT_SUPPORTED")
    problem(call(collector, LOGIN, body | {"apiKey": "nobody"}), 401, "UNAUTHORIZED")
    token = visitor(collector, source, "b")
    problem(call(collector, CONDITIONAL, body), 401)
    problem(call(collector, CONDITIONAL, body | {"uuid": "another"}, token), 403)
    other = collector.store.add_source("Other")
    problem(call(collector, CONDITIONAL, body | {"apiKey": other.source_id}, token), 403)
    assert collector.request("POST", LOGIN, content=b"{}").status_code == 415
    answer = call(collector, CONDITIONAL, body, token).json()
    assert (answer["status"], answer["conditions"]) == ("SUCCESS", [])
    assert said(answer["token"])["eml"] == email


def test_a_browser_of_another_known_profile_stays_with_it(
    collector: Running, source: Source, workspace: str
) -> None:
    bob = registered(collector, workspace, uuid="bobs")
    ann = registered(collector, workspace)
    claims = said(token_in(call(collector, LOGIN, login(source, "bobs", email=ann))))
    assert claims.get("uuid") != "bobs"
    holder = collector.store.find_profile("uuid", "bobs")
    assert holder is not None
    assert holder.email == bob


def test_where_emails_are_not_unique_only_a_back_end_makes_accounts(
    collector: Running, source: Source, workspace: str
) -> None:
    token = visitor(collector, source, "v")
    collector.store.save_workspace(unique_emails=False)
    try:
        body = {"email": new_email(), "password": PASSWORD}
        problem(call(collector, REGISTER, body, token), 403, "REGISTRATION_NOT_OPEN")
        assert fields(call(collector, REGISTER, body, workspace)) == ["customId"]
        assert fields(call(collector, LOGIN, login(source, "b", email=body["email"]))) == ["customId"]
        custom = {"customId": f"u-{body['email']}"}
        assert call(collector, REGISTER, body | custom, workspace).status_code == 202
        token_in(call(collector, LOGIN, login(source, "b", **custom)))
    finally:
        collector.store.save_workspace(unique_emails=True)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20))
def test_a_password_is_strong_with_a_digit_a_letter_and_something_else(text: str) -> None:
    assert is_strong(text + "a1-")
    assert not is_strong("".join(one for one in text if not one.isdigit()))
    assert not is_strong("".join(one for one in text if one.isalnum()))
    assert MIN_PASSWORD == 6
