"""What a signed-in person reads, changes and ends; and what of their account an export and an erasure see."""

import json
from typing import Any

import pytest

from collector.model.profile import Profile
from collector.model.source import Source
from collector.profiles.export import export
from tests.api.accounts import DELETE, LOGIN, OWN, PASSWORD, REGISTER, call, fields, login, new_email, problem
from tests.api.callers import REFRESH, api_key, now_ms, profile_of, profile_token, token_in, tokens_of
from tests.receive.running import Running

pytestmark = pytest.mark.usefixtures("quick_hashes")


class Person:
    """Somebody with an account, signed in."""

    def __init__(self, collector: Running, source: Source, **body: Any) -> None:
        self.collector, self.source, self.email = collector, source, new_email()
        told = {"email": self.email, "password": PASSWORD} | body
        assert call(collector, REGISTER, told, api_key(collector, source=source)).status_code == 202
        self.token = self.sign_in()

    def sign_in(self) -> str:
        return token_in(call(self.collector, LOGIN, login(self.source, f"b-{self.email}", email=self.email)))

    @property
    def profile(self) -> Profile:
        found = self.collector.store.find_profile("email", self.email)
        assert found is not None
        return found

    def update(self, **body: Any) -> Any:
        return call(self.collector, OWN, body, self.token)

    def delete(self, **body: Any) -> Any:
        told = {"password": PASSWORD, "identityProvider": "SYNERISE", "uuid": "b"} | body
        return call(self.collector, DELETE, told, self.token)


@pytest.fixture
def ann(collector: Running, source: Source) -> Person:
    return Person(
        collector, source, firstName="Ann", city="Gdynia", attributes={"size": "M"}, agreements={"sms": True}
    )


def test_a_profile_reads_itself_as_the_contract_shows_it(ann: Person) -> None:
    response = call(ann.collector, OWN, token=ann.token, method="GET")
    assert response.status_code == 200
    body = response.json()
    assert (body["clientId"], body["email"], body["city"]) == (ann.profile.client_id, ann.email, "Gdynia")
    assert (body["agreements"]["sms"], body["attributes"], body["anonymous"]) == (True, {"size": "M"}, False)
    assert body["previousClients"] == []


@pytest.mark.parametrize(("method", "path"), [("GET", OWN), ("POST", OWN), ("POST", DELETE)])
def test_only_a_profile_asks_for_its_own_data(
    collector: Running, ann: Person, method: str, path: str
) -> None:
    body = None if method == "GET" else {"password": PASSWORD, "identityProvider": "SYNERISE"}
    anonymous = {"apiKey": ann.source.source_id, "uuid": "v"}
    visitor = token_in(call(collector, "/sauth/v3/auth/login/client/anonymous", anonymous))
    for token, status in ((None, 401), (visitor, 403), (api_key(collector, source=ann.source), 403)):
        assert call(collector, path, body, token, method=method).status_code == status
    assert ann.profile.fields["firstName"] == "Ann"


def test_whoever_says_that_anothers_phone_is_theirs_receives_nothing_of_them(ann: Person) -> None:
    victims = f"+48{int(ann.email[4:12], 16) % 10**9:09}"
    assert ann.update(phone=victims).status_code == 202
    key = api_key(ann.collector, source=ann.source)
    said = {"phone": victims, "attributes": {"iban": "PL00"}, "agreements": {"sms": True}}
    for path, body in (("/v4/clients", said), ("/v4/clients/batch", [said | {"company": "Sea"}])):
        assert call(ann.collector, path, body, key).status_code == 202
    assert ann.profile.fields["phone"] == victims
    assert ("iban" in ann.profile.attributes, "company" in ann.profile.fields) == (False, False)
    theirs = ann.collector.store.profile_by_phone(victims)
    assert theirs is not None
    assert (theirs.fields["company"], theirs.attributes) == ("Sea", {"iban": "PL00"})


def test_own_data_is_changed_and_deleted_and_the_rest_stays(ann: Person) -> None:
    response = ann.update(
        city=None,
        lastName="Kowalska",
        email=ann.email.upper(),
        attributes={"size": None, "colour": "sea"},
        agreements={"sms": False},
        uuid="not mine",
        tags=["vip"],
    )
    assert (response.status_code, response.content) == (202, b"")
    profile = ann.profile
    assert profile.fields == {"firstName": "Ann", "lastName": "Kowalska"}
    assert (profile.attributes, profile.agreements["sms"], profile.tags) == ({"colour": "sea"}, False, [])
    assert profile.email == ann.email
    assert "not mine" not in profile.uuids
    assert ann.update(uuid=7, tags=7).status_code == 202


@pytest.mark.parametrize(
    ("body", "at_fault"),
    [
        pytest.param({"email": "other@shop.example"}, ["email"], id="another email"),
        pytest.param({"email": None}, ["email"], id="no email"),
        pytest.param({"email": "o@s.example", "customId": "c-9"}, ["email", "customId"], id="both"),
        pytest.param({"city": "", "firstName": ""}, ["firstName", "city"], id="empty texts"),
        pytest.param({"attributes": {"size": ""}}, ["attributes"], id="an empty attribute"),
        pytest.param({"birthDate": "1.1.2001", "sex": "X"}, ["birthDate", "sex"], id="wrong forms"),
    ],
)
def test_own_data_that_does_not_fit_changes_nothing(
    ann: Person, body: dict[str, Any], at_fault: list[str]
) -> None:
    before = ann.profile
    assert fields(ann.update(**{"lastName": "K"} | body)) == at_fault
    assert ann.profile == before


def test_deleting_an_account_signs_out_everywhere_and_cancels_agreements(ann: Person) -> None:
    elsewhere, client_id = ann.sign_in(), ann.profile.client_id
    response = ann.delete()
    assert (response.status_code, response.content) == (202, b"")
    for token in (ann.token, elsewhere):
        assert call(ann.collector, OWN, token=token, method="GET").status_code == 401
        refresh = {"apiKey": ann.source.source_id}
        assert call(ann.collector, "/sauth/v3/auth/refresh/client", refresh, token).status_code == 401
    body = login(ann.source, "b", email=ann.email)
    problem(call(ann.collector, LOGIN, body), 401, "UNAUTHORIZED")
    assert ann.profile.fields["firstName"] == "Ann"  # it is no erasure
    assert not any(ann.profile.agreements.values())
    told = {
        one.action: one for one in ann.collector.events(ann.source.source_id) if one.profile_id == client_id
    }
    assert told["client.deleteAccount"].derived
    assert told["marketingAgreement.turnOff"].params["agreement"] == "sms"


def test_a_sign_in_while_merged_never_opens_the_other_person_once_that_is_undone(ann: Person) -> None:
    other = Person(ann.collector, ann.source, firstName="Other")
    store, own, theirs = ann.collector.store, ann.profile.client_id, other.profile.client_id
    store.merge_profiles([own], theirs, cause="key:shop")
    refreshed = call(ann.collector, REFRESH, {"apiKey": ann.source.source_id}, other.sign_in())
    tokens = [ann.sign_in(), token_in(refreshed)]
    assert [call(ann.collector, OWN, token=one, method="GET").json()["clientId"] for one in tokens] == [
        theirs,
        theirs,
    ]
    store.undo_merge(store.merges_of(theirs)[0].id, actor="user:ada")
    seen = [call(ann.collector, OWN, token=one, method="GET") for one in tokens]
    assert [one.status_code for one in seen] == [200, 401]
    assert seen[0].json()["clientId"] == own
    assert call(ann.collector, OWN, token=other.sign_in(), method="GET").json()["clientId"] == theirs


def test_deleting_an_account_asks_for_its_password(ann: Person) -> None:
    assert fields(ann.delete(password=None)) == ["password"]
    assert fields(ann.delete(identityProvider="GOOGLE")) == ["identityProvider"]
    problem(ann.delete(identityProvider="APPLE"), 406, "IDENTITY_PROVIDER_NOT_SUPPORTED")
    for _ in range(10):
        problem(ann.delete(password="wrong-1"), 403, "WRONG_PASSWORD")
    problem(ann.delete(), 423, "TOO_MANY_ATTEMPTS")
    assert call(ann.collector, OWN, token=ann.token, method="GET").status_code == 200


def test_a_profile_without_an_account_has_none_to_delete(collector: Running, source: Source) -> None:
    profile = profile_of(collector, source, "b-1", new_email())
    token = profile_token(tokens_of(collector), source, profile)
    body = {"password": PASSWORD, "identityProvider": "SYNERISE"}
    problem(call(collector, DELETE, body, token), 403, "WRONG_PASSWORD")


def test_an_export_shows_the_account_and_an_erasure_ends_it(ann: Person) -> None:
    person = ann.collector.store.person(ann.profile.client_id, everywhere=False)
    assert person is not None
    [account] = json.loads(b"".join(export(ann.collector.store, person, "json", now_ms())))["accounts"]
    assert (account["kind"], account["login"], account["state"]) == ("email", ann.email.lower(), "active")
    assert not any("argon2" in str(value) for value in account.values())
    page = b"".join(export(ann.collector.store, person, "html", now_ms())).decode()
    assert "argon2" not in page
    assert ann.email.lower() in page
    ann.collector.store.erase_person(ann.profile.client_id, actor="ada")
    assert call(ann.collector, OWN, token=ann.token, method="GET").status_code == 401
    problem(call(ann.collector, LOGIN, login(ann.source, "b", email=ann.email)), 401, "UNAUTHORIZED")
