"""Profiles by HTTP: made, changed, in batches, read and listed, each with its limits and failures."""

import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from collector.model.policy import Policy
from collector.model.profile import AGREEMENTS, NATIVE_FIELDS, RESERVED_ATTRIBUTES
from collector.model.source import Source
from collector.wire.synerise.profile_answers import LastActivity, ProfileAnswer, ProfileList
from tests.api.callers import api_key, bearer
from tests.receive.running import Running


class Shop:
    """The back end of a shop, with a key of its source."""

    def __init__(self, collector: Running) -> None:
        self.collector = collector
        self.source: Source = collector.store.add_source("Low Tide Pottery")
        self.key = api_key(collector, source=self.source)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request; what it says is JSON, or bytes as they are."""
        sent: dict[str, Any] = {"headers": bearer(self.key) | headers}
        if isinstance(body, bytes):
            sent |= {"content": body, "headers": {"content-type": "application/json"} | sent["headers"]}
        elif body is not None:
            sent["json"] = body
        return self.collector.request(method, path, **sent)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.ask("POST", f"/v4/clients{path}", body)

    def made(self, **body: Any) -> dict[str, Any]:
        """What is read of a profile that was made with an email."""
        answer = self.post("", body)
        assert (answer.status_code, answer.content) == (202, b"")
        return self.read(f"by-email/{body['email']}")

    def read(self, path: str) -> dict[str, Any]:
        answer = self.ask("GET", f"/v4/clients/{path}")
        assert answer.status_code == 200, answer.text
        return TypeAdapter(ProfileAnswer).validate_python(answer.json()).model_dump(by_alias=True)

    def told(self) -> list[str]:
        return [event.action for event in self.collector.events(self.source.source_id)]


@pytest.fixture(scope="module")
def shop(collector: Running) -> Shop:
    return Shop(collector)


def message(response: httpx.Response, status: int) -> str:
    """What an error in the contract's shape says."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) - {"errors"} == {"timestamp", "status", "error", "message", "path"}
    return str(body["message"])


def fields(response: httpx.Response) -> list[str]:
    message(response, 400)
    return [error["field"] for error in response.json()["errors"]]


WHOLE = {
    "email": "whole@shop.example",
    "phone": "+48 111 222 333",
    "customId": "c/1 ü",
    "uuid": "b/1",
    "firstName": "Ann",
    "lastName": "Żak",
    "displayName": "ann",
    "company": "A",
    "address": "Quay 1",
    "city": "Gdynia",
    "province": "P",
    "zipCode": "81-001",
    "countryCode": "PL",
    "sex": "FEMALE",
    "birthDate": "1984-02-29",
    "avatarUrl": "https://shop.example/a.png",
    "agreements": {"webpush": "TRUE", "sms": 1, "email": False},
    "attributes": {"size": 41, "likes": ["tea", {"milk": None}], "clientId": 99},
    "tags": ["vip", "new"],
}


def test_a_whole_profile_reads_back_by_every_identifier(shop: Shop) -> None:
    profile = shop.made(**WHOLE)
    expected = WHOLE | {
        "agreements": dict.fromkeys(AGREEMENTS, False) | {"webPush": True, "sms": True},
        "attributes": {"size": 41, "likes": ["tea", {"milk": None}]},
        "clientId": profile["clientId"],
        "anonymous": False,
        "previousClients": [],
        "lastActivityDate": profile["lastActivityDate"],
    }
    assert profile == expected
    assert profile["lastActivityDate"].endswith("Z")
    for path in (
        *(str(profile["clientId"]), "by-email/WHOLE@shop.example", "by-email/whole%40shop.example"),
        *("by-uuid/b/1", "by-uuid/b%2F1", "by-custom-id/c%2F1%20%C3%BC", "by-customid/c/1%20%C3%BC"),
        *("by-phone/%2B48111222333", "by-phone/+48-(111)-222-333"),
    ):
        assert shop.read(path) == profile, path
    told = ["client.add", "client.identify", "marketingAgreement.turnOn", "marketingAgreement.turnOn"]
    assert shop.told()[-6:] == [*told, "client.addTag", "client.addTag"]


@pytest.mark.parametrize(
    "path",
    [
        *("999999", "abc", "-1", "0", "9" * 30, "by-email/no@shop.example", "by-email/", "by-uuid/no"),
        *("by-custom-id/%00", "by-uuid/" + "x" * 5000, "by-phone/none", "by-phone/1234567", "by-name/x"),
        "by-email/%F0%9F%98%80",
    ],
)
def test_nobody_is_404(shop: Shop, path: str) -> None:
    assert message(shop.ask("GET", f"/v4/clients/{path}"), 404).startswith("There is no")
    if path not in ("by-phone/none", "by-phone/1234567", "by-uuid/no") and "uuid" not in path:
        assert message(shop.post(f"/{path}", {"city": "X"}), 404).startswith("There is no")


class TestUpdates:
    @pytest.fixture
    def by(self, shop: Shop) -> Iterator[list[str]]:
        """The three paths of one profile."""
        profile = shop.made(email="up@shop.example", customId="u/p", city="Gdynia", attributes={"a": 1})
        yield [str(profile["clientId"]), "by-email/UP@shop.example", "by-customid/u%2Fp", "by-custom-id/u/p"]
        assert shop.ask("DELETE", f"/v4/clients/{profile['clientId']}").status_code == 202

    def test_by_each_path(self, shop: Shop, by: list[str]) -> None:
        for number, path in enumerate(by):
            answer = shop.post(f"/{path}", {"attributes": {f"by{number}": True}, "tags": [str(number)]})
            assert (answer.status_code, answer.content) == (202, b"")
        profile = shop.read(by[0])
        assert profile["attributes"] == {"a": 1, "by0": True, "by1": True, "by2": True, "by3": True}
        assert profile["tags"] == ["0", "1", "2", "3"]
        assert shop.told()[-1] == "client.addTag"

    def test_absent_null_and_empty(self, shop: Shop, by: list[str]) -> None:
        before = shop.read(by[0])
        assert shop.post(f"/{by[0]}", {}).status_code == 202
        assert shop.read(by[0]) == before
        body = {"city": None, "attributes": {"a": None}, "firstName": "", "tags": None, "customId": None}
        assert shop.post(f"/{by[1]}", body).status_code == 202
        assert shop.read(by[0]) == before | {
            "city": None,
            "attributes": {},
            "firstName": "",
            "customId": None,
        }
        # A create takes no null for a word.
        shop.post("", {"email": "up@shop.example", "firstName": None, "attributes": {"b": None}})
        assert shop.read(by[0])["firstName"] == ""

    def test_an_email_can_be_changed_but_not_to_anothers(self, shop: Shop, by: list[str]) -> None:
        shop.made(email="taken@shop.example")
        for email, kept in (("new@shop.example", "new@shop.example"), ("taken@shop.example",) * 2):
            assert shop.post(f"/{by[0]}", {"email": email}).status_code == 202
            assert (shop.read(by[0])["email"] == kept) is (kept != "taken@shop.example")
        assert shop.ask("GET", "/v4/clients/by-email/up@shop.example").status_code == 404


@pytest.mark.parametrize(
    ("body", "named"),
    [
        pytest.param({"email": "a@b"}, ["email"], id="an email that is none"),
        pytest.param(
            {"uuid": "b", "sex": "X", "agreements": {"sms": "x"}, "tags": [1], "attributes": {"a": "\x00"}},
            ["sex", "agreements.sms", "attributes.a", "tags[0]"],
            id="several at once",
        ),
        pytest.param([], [""], id="an array"),
        pytest.param("x", [""], id="a text"),
    ],
)
def test_each_fault_of_a_body_is_named(shop: Shop, body: Any, named: list[str]) -> None:
    assert fields(shop.post("", body)) == named


def test_a_create_without_an_identifier_is_400(shop: Shop) -> None:
    for body in ({}, {"firstName": "Ann"}, {"email": None}, {"email": "x@anonymous.invalid"}):
        assert "at least one identifier" in message(shop.post("", body), 400)
    shop.made(email="known@shop.example")
    shop.collector.store.save_workspace(unique_emails=False)
    try:
        for body in ({"email": "a@b.co"}, {"phone": "1234567"}):
            assert "Send a customId" in message(shop.post("", body), 400)
        for method, sent in (("GET", None), ("POST", {"city": "X"})):
            answer = shop.ask(method, "/v4/clients/by-email/known@shop.example", sent)
            assert "no such profile" in message(answer, 404)
    finally:
        shop.collector.store.save_workspace(unique_emails=True)


@pytest.mark.parametrize("path", ["", "/batch", "/1", "/by-email/a@b.co", "/by-customid/c"])
def test_what_no_body_may_be(shop: Shop, path: str) -> None:
    assert "JSON parse error" in message(shop.post(path, b"{"), 400)
    assert "JSON parse error" in message(shop.post(path, b'{"a": NaN}'), 400)
    assert "bytes" in message(shop.post(path, b" " * 1_048_577), 400)
    answer = shop.ask("POST", f"/v4/clients{path}", b"{}", **{"content-type": "text/plain"})
    assert "application/json" in message(answer, 415)
    assert "Version header" in message(
        shop.ask("POST", f"/v4/clients{path}", {}, **{"api-version": "4"}), 400
    )


def test_a_policy_is_obeyed(collector: Running) -> None:
    shop = Shop(collector)
    policy = Policy(block_params=("phone", "secret"))
    collector.store.save_policy(shop.source.source_id, policy, author="test", comment="test")
    shop.source = collector.store.source(shop.source.source_id) or shop.source
    planted = "+48 999 888 777"
    profile = shop.made(email="ruled@shop.example", phone=planted, attributes={"secret": planted, "open": 1})
    assert (profile["phone"], profile["attributes"]) == (None, {"open": 1})
    assert shop.post("", {"phone": planted}).status_code == 202
    assert collector.files_hold(planted) == []


class TestBatches:
    def test_all_taken_is_202(self, shop: Shop) -> None:
        answer = shop.post("/batch", [{"email": f"b{n}@shop.example", "city": "X"} for n in range(1000)])
        assert (answer.status_code, answer.content) == (202, b"")
        assert shop.read("by-email/b999@shop.example")["city"] == "X"

    def test_what_cannot_be_taken_is_named_and_the_rest_is_taken(self, shop: Shop) -> None:
        known = shop.made(email="partly@shop.example", city="Gdynia")
        answer = shop.post(
            "/batch",
            [
                {"email": "partly@shop.example", "city": None},
                {"email": "a@b", "sex": "X"},
                {"firstName": "Nobody"},
                "text",
                {"clientId": str(known["clientId"]), "firstName": "Ann"},
                {"clientId": 999_999, "firstName": "Nobody"},
                {"clientId": 999_999, "email": "partly-new@shop.example"},
                {"customId": "partly-c", "phone": None},
                {"phone": "+48 700 700 700", "city": "A"},
                {"phone": "+48700700700", "city": "B"},
            ],
        )
        assert answer.status_code == 207
        assert [(one["field"], one["code"], one["rejectedValue"]) for one in answer.json()] == [
            ("[1].email", 1004, "a@b"),
            ("[1].sex", 1005, "X"),
            ("[2]", 1001, None),
            ("[3]", 1002, "text"),
        ]
        assert all(set(one) == {"code", "field", "message", "rejectedValue"} for one in answer.json())
        after = shop.read("by-email/partly@shop.example")
        assert (after["city"], after["firstName"]) == (None, "Ann")
        assert shop.read("by-email/partly-new@shop.example")["clientId"] != 999_999
        by_phone = shop.read("by-phone/+48700700700")
        assert (by_phone["city"], by_phone["email"], by_phone["anonymous"]) == ("B", None, True)

    def test_none_taken_is_207_too(self, shop: Shop) -> None:
        answer = shop.post("/batch", [{"email": "x"}, {"email": "y"}])
        assert (answer.status_code, [one["field"] for one in answer.json()]) == (
            207,
            ["[0].email", "[1].email"],
        )

    def test_an_answer_is_no_larger_than_the_question(self, shop: Shop) -> None:
        item = {"email": "x", "tags": [""] * 200, "attributes": {str(n): "\x00" for n in range(200)}}
        answer = shop.post("/batch", [item] * 100)
        assert answer.status_code == 207
        assert len(answer.json()) == 500
        assert {one["field"].partition("]")[0] for one in answer.json()} == {f"[{n}" for n in range(100)}

    @pytest.mark.parametrize(
        "body", [b"[]", b"{}", b"null", b'"x"', json.dumps([{"email": "a@b.co"}] * 1001).encode()]
    )
    def test_other_than_1_to_1000_items_is_400(self, shop: Shop, body: bytes) -> None:
        assert "profiles" in message(shop.post("/batch", body), 400)
        assert shop.ask("GET", "/v4/clients/by-email/a@b.co").status_code == 404

    def test_two_of_one_email_are_the_merge_of_the_php_sdk(self, shop: Shop) -> None:
        shop.post("", {"uuid": "php-old"})
        old = shop.read("by-uuid/php-old")
        mail = "php@shop.example"
        answer = shop.post("/batch", [{"email": mail, "uuid": "php-new"}, {"email": mail, "uuid": "php-old"}])
        assert answer.status_code == 202
        merged = shop.read(str(old["clientId"]))
        assert (merged["email"], merged["previousClients"]) == (mail, [str(old["clientId"])])
        assert shop.read("by-uuid/php-new") == shop.read("by-uuid/php-old") == merged


@pytest.fixture(scope="module")
def people(shop: Shop) -> list[int]:
    """Three whose last name is nobody else's."""
    for name, city in (("Cid", None), ("ann", "B"), ("Bob", "A")):
        shop.made(email=f"{name}@list.example", firstName=name, lastName="Lister", city=city)
    return [shop.read(f"by-email/{name}@list.example")["clientId"] for name in ("ann", "bob", "cid")]


class TestLists:
    def ids(self, shop: Shop, **query: Any) -> list[int]:
        given = "&".join(f"{name}={quote(str(value))}" for name, value in query.items())
        answer = shop.ask("GET", f"/v4/clients?filters[lastName]=lister&{given}")
        assert answer.status_code == 200, answer.text
        return [one.client_id for one in TypeAdapter(list[ProfileAnswer]).validate_python(answer.json())]

    def test_sorted_filtered_and_paged(self, shop: Shop, people: list[int]) -> None:
        ann, bob, cid = people
        assert self.ids(shop) == [cid, ann, bob]
        assert self.ids(shop, sortBy="firstName") == [ann, bob, cid]
        assert self.ids(shop, sortBy="firstName", sortOrder="DESC") == [cid, bob, ann]
        assert self.ids(shop, sortBy="city") == [bob, ann, cid]
        assert self.ids(shop, sortBy="city", sortOrder="DESC") == [ann, bob, cid]
        assert self.ids(shop, sortBy="email", pageIndex=2, pageSize=2) == [cid]
        assert self.ids(shop, pageIndex=1_000_000, pageSize=1000) == []
        assert self.ids(shop, **{"filters[firstName]": "ANN"}) == [ann]
        assert self.ids(shop, **{"filters[email]": "bob@LIST.example"}) == [bob]
        assert self.ids(shop, **{"filters[anonymous]": "true"}) == []
        assert self.ids(shop, **{"filters[phone]": "1"}) == []
        assert len(shop.ask("GET", "/v4/clients").json()) == 25

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("pageSize=1001", "pageSize"),
            ("pageSize=0", "pageSize"),
            ("pageIndex=0", "pageIndex"),
            ("pageIndex=99999999999999999999", "pageIndex"),
            ("pageIndex=x", "pageIndex"),
            ("sortBy=sex", "sortBy"),
            ("sortOrder=asc", "sortOrder"),
            ("filters[anonymous]=maybe", "filters[anonymous]"),
            ("filters[email]=%00", "filters[email]"),
            ("filters[firstName]=" + "x" * 321, "filters[firstName]"),
        ],
    )
    def test_each_limit(self, shop: Shop, query: str, field: str) -> None:
        assert fields(shop.ask("GET", f"/v4/clients?{query}")) == [field]

    def test_as_the_vendors_pages_ask(self, shop: Shop, people: list[int]) -> None:
        _, bob, cid = people

        def ask(query: str) -> tuple[list[int], int]:
            answer = shop.ask("GET", f"/crm/v1/list?{query}", **{"api-version": "none"})
            assert answer.status_code == 200, answer.text
            page = TypeAdapter(ProfileList).validate_python(answer.json())
            assert page.all == shop.collector.store.list_profiles(limit=0)[1]
            return [one.client_id for one in page.customers], page.matching

        assert ask("search=@list.example&sortBy=firstName:DESC&limit=2") == ([cid, bob], 3)
        assert ask("search=lastName:LISTER&offset=1&sortBy=firstName") == ([bob, cid], 3)
        assert ask("search=lister&recognized=ANONYMOUS") == ask("search=lister&recognized=false") == ([], 0)
        assert ask("search=lister&recognized=RECOGNIZED")[1] == ask("search=lister&recognized=true")[1] == 3
        assert ask("search=lister&offset=1000000000") == ([], 3)
        page = shop.ask("GET", "/crm/v1/list").json()
        assert (page["limit"], page["offset"], len(page["customers"])) == (25, 0, 25)
        for query in ("limit=0", "limit=1001", "offset=-1", "recognized=x", "sortBy=x:ASC", "search=%00"):
            assert fields(shop.ask("GET", f"/crm/v1/list?{query}")) == [query.partition("=")[0]]

    def test_the_last_activity(self, shop: Shop, people: list[int]) -> None:
        answer = shop.ask("GET", f"/crm/v1/clients/{people[0]}/last-activity")
        found = TypeAdapter(LastActivity).validate_python(answer.json())
        assert found.last_activity_date == shop.read(str(people[0]))["lastActivityDate"]
        for nobody in ("999999", "x", "0"):
            assert "no such" in message(shop.ask("GET", f"/crm/v1/clients/{nobody}/last-activity"), 404)


def test_two_creates_of_one_email_at_once_leave_one_profile(shop: Shop) -> None:
    statuses: list[int] = []

    def create(number: int) -> None:
        body = {"email": "race@shop.example", "uuid": f"race-{number}"}
        statuses.append(shop.post("", body).status_code)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [202] * 8
    ids = {shop.read(f"by-uuid/race-{number}")["clientId"] for number in range(8)}
    assert ids == {shop.read("by-email/race@shop.example")["clientId"]}


TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
OWN_NAMES = TEXTS.filter(lambda name: name != "" and name not in RESERVED_ATTRIBUTES)
FREE_FIELDS = [name for name in NATIVE_FIELDS if name not in ("phone", "birthDate", "countryCode", "sex")]


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from(FREE_FIELDS), TEXTS),
    st.dictionaries(OWN_NAMES, VALUES, max_size=5),
    st.lists(TEXTS.filter(bool), max_size=4, unique=True),
    st.dictionaries(st.sampled_from(AGREEMENTS), st.booleans()),
)
def test_what_is_made_reads_back(
    shop: Shop, native: dict[str, str], own: dict[str, Any], tags: list[str], agreed: dict[str, bool]
) -> None:
    email = "round-trip@shop.example"
    shop.ask("DELETE", "/v4/clients/by-custom-id/round-trip")
    body = native | {"attributes": own, "tags": tags, "agreements": agreed, "customId": "round-trip"}
    profile = shop.made(email=email, **body)
    assert {name: profile[name] for name in NATIVE_FIELDS} == dict.fromkeys(NATIVE_FIELDS, None) | native
    # By the bytes: to Python 1, 1.0 and True are one.
    assert json.dumps(profile["attributes"], sort_keys=True) == json.dumps(own, sort_keys=True)
    assert (profile["tags"], profile["agreements"]) == (tags, dict.fromkeys(AGREEMENTS, False) | agreed)
