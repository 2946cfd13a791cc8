"""A profile's body: each field by its rule, nulls by the call, every fault named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from collector.model.change import ProfileChange
from collector.model.profile import AGREEMENTS, NATIVE_FIELDS, RESERVED_ATTRIBUTES, Profile
from collector.wire.synerise.faults import BadBody, checked
from collector.wire.synerise.profile_answers import ProfileAnswer, profile_answer
from collector.wire.synerise.profiles import BatchItem, ProfileBody, names_somebody

ITEM = TypeAdapter(BatchItem)

NOBODYS = (
    "null",
    "NULL",
    "undefined",
    "None",
    "nan",
    "[object Object]",
    "Anonymous",
    "guest",
    " ",
    " a",
    "a ",
    "\xa0a",
)
"""Identifiers that would join strangers, or that look like another."""


def read(clears: bool = True, **sent: Any) -> ProfileChange:
    return ProfileBody.model_validate(sent).change(clears=clears, by_back_end=False)


def faults(**sent: Any) -> dict[str, tuple[int, str]]:
    with pytest.raises(BadBody) as bad:
        checked(ITEM, sent)
    return {fault.field: (fault.code, fault.message) for fault in bad.value.faults}


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        pytest.param(
            *("email", ["a@b.co", '"x y"@d.org', "a@[1.2.3.4]"]),
            ["a@b", "a b@c.de", ".a@b.co", "", "a@b.co\n", "a" * 250 + "@b.co", "a\x00@b.co"],
            id="rule E",
        ),
        pytest.param(
            *("phone", ["+48111222333", "(12) 345-67", "123456", "+" + "1" * 19, "1" * 20]),
            [
                *("12345", "+12345", "abc", "", "1" * 21, "+" + "1" * 20, "123456\n", "12+3456"),
                *("\u0661" * 8, "      ", "------", "()()()", "+      "),
            ],
            id="rule P",
        ),
        pytest.param(
            *("birthDate", ["1900-01-02", "2024-02-29", "9999-12-31"]),
            ["1900-01-01", "1899-12-31", "2023-02-29", "1984-1-2", "19840102", "1984-01-02T00:00", ""],
            id="birthDate",
        ),
        pytest.param("countryCode", ["PL", "de"], ["POL", "P", "", "P1"], id="countryCode"),
        pytest.param(
            "sex", ["FEMALE", "MALE", "NOT_SPECIFIED", "OTHER"], ["UNDEFINED", "female", ""], id="sex"
        ),
        pytest.param(
            "customId", ["c", "0", "a b"], ["", "a\nb", "\u00ad", "\U0001f600", "c" * 256, *NOBODYS], id="id"
        ),
        pytest.param("uuid", ["b"], ["", "b\r", "\ufe0f", "b" * 129, *NOBODYS], id="uuid"),
        pytest.param("firstName", ["", "Zoë", "x" * 1000], ["x" * 1001, "a\x00", 5, ["x"]], id="text"),
        pytest.param("avatarUrl", ["https://shop.example/a.png"], [1], id="avatarUrl"),
        pytest.param("clientId", [1, "12", -1], ["x", 1.5, True, 2**63, "1" * 20], id="clientId"),
        pytest.param("tags", [[], ["a", "b"]], [[""], ["x" * 256], [1], ["a\x00"], ["a"] * 201], id="tags"),
        pytest.param(
            "attributes",
            [{"a": [1, {"b": None}]}, {"x" * 255: "y" * 1998}],
            [
                *({"": 1}, {"x" * 256: 1}, {"a": "y" * 1999}, {"a": "\x00"}, {"a": {"\x00": 1}}),
                *({"a": float("inf")}, {str(n): n for n in range(201)}, [], "a"),
            ],
            id="attributes",
        ),
    ],
)
def test_each_field_by_its_rule(field: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        checked(ITEM, {"uuid": "b", field: value})
    for value in bad:
        found = faults(uuid=value) if field == "uuid" else faults(uuid="b", **{field: value})
        assert all(name == field or name.startswith((f"{field}.", f"{field}[")) for name in found), found


def test_every_fault_is_named_at_once() -> None:
    sent = {
        "email": "a@b",
        "sex": "X",
        "agreements": {"sms": 2},
        "tags": ["a", ""],
        "attributes": {"x": "y" * 3000},
    }
    assert {name: code for name, (code, _) in faults(**sent).items()} == {
        "email": 1004,
        "sex": 1005,
        "agreements.sms": 1004,
        "tags[1]": 1003,
        "attributes.x": 1004,
    }


def test_all_accepted_spellings_of_an_agreement() -> None:
    for yes in (True, "true", "True", "TRUE", 1):
        for no in (False, "false", "False", "FALSE", 0):
            said = read(agreements={"email": yes, "webpush": yes, "rfid": no})
            assert said.agreements == {"email": True, "webPush": True, "rfid": False}
    every = dict.fromkeys(AGREEMENTS, True)
    assert read(agreements=every).agreements == every
    assert read(agreements={"webpush": True, "webPush": False}).agreements == {"webPush": False}
    assert read(agreements={"newsletter": True}).agreements == {}
    bad: tuple[Any, ...] = ("yes", "tRUE", "", 2, -1, [], {}, 0.5)
    for wrong in bad:
        assert set(faults(uuid="b", agreements={"sms": wrong})) == {"agreements.sms"}


NULLS = dict.fromkeys(
    [*("email", "customId", "uuid", "agreements", "attributes", "tags"), *NATIVE_FIELDS], None
)


def test_what_a_null_means_by_the_call() -> None:
    """Section 5 of the contract. What is absent says nothing in either."""
    assert read() == read(clears=False) == ProfileChange()
    assert read(clears=False, **NULLS) == ProfileChange()
    assert read(clears=True, **NULLS) == ProfileChange(
        cleared=("email", "customId"), fields=dict.fromkeys(NATIVE_FIELDS, None)
    )
    inner = {"attributes": {"a": None, "b": 1}, "agreements": {"sms": None, "push": True}}
    assert read(clears=False, **inner) == ProfileChange(attributes={"b": 1}, agreements={"push": True})
    assert read(clears=True, **inner) == ProfileChange(
        attributes={"a": None, "b": 1}, agreements={"sms": False, "push": True}
    )
    assert read(firstName="", tags=[], attributes={}) == ProfileChange(fields={"firstName": ""})


def test_reserved_attributes_are_ignored_whatever_they_hold() -> None:
    assert len(RESERVED_ATTRIBUTES) == 63
    sent = dict.fromkeys(RESERVED_ATTRIBUTES, "\x00" * 5000)
    assert read(attributes={**sent, "own": 1}).attributes == {"own": 1}


def test_unknown_keys_are_ignored() -> None:
    """The body of entirius-py-synerise-sdk."""
    sent = {"email": "a@b.co", "phone": None, "area_code": None, "agreements": None, "uuid": None}
    assert read(clears=False, **sent) == ProfileChange(email="a@b.co")


@pytest.mark.parametrize(
    ("value", "wish"),
    [
        ("enabled", "enabled"),
        ("confirmation", "confirmation"),
        ("disabled", "disabled"),
        ("x", None),
        (1, None),
    ],
)
def test_the_newsletters_attribute_is_a_wish_too(value: Any, wish: str | None) -> None:
    said = read(attributes={"newsletter_agreement_enabled": value})
    assert (said.newsletter, said.attributes) == (wish, {"newsletter_agreement_enabled": value})


def test_the_placeholder_of_an_anonymous_profile_is_no_email() -> None:
    assert read(email="1b2c@Anonymous.INVALID", uuid="1b2c") == ProfileChange(uuid="1b2c")


@pytest.mark.parametrize(
    ("sent", "unique", "not_unique"),
    [
        pytest.param({"email": "a@b.co"}, (True, True), (False, False), id="email"),
        pytest.param({"phone": "1234567"}, (True, True), (False, True), id="phone"),
        pytest.param({"customId": "c"}, (True, True), (True, True), id="customId"),
        pytest.param({"uuid": "b"}, (True, True), (True, True), id="uuid"),
        pytest.param({"phone": None, "email": None}, (False, False), (False, False), id="nulls"),
        pytest.param({"firstName": "Ann"}, (False, False), (False, False), id="none"),
    ],
)
def test_who_is_named(sent: dict[str, Any], unique: tuple[bool, bool], not_unique: tuple[bool, bool]) -> None:
    """By a create and by an update."""
    change = read(**sent)
    for emails, expected in ((True, unique), (False, not_unique)):
        found = tuple(names_somebody(change, unique_emails=emails, update=update) for update in (False, True))
        assert found == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [*NATIVE_FIELDS, "email", "customId", "uuid", "agreements", "attributes", "tags", "x"]
)


@given(st.dictionaries(NAMES, JSON, max_size=6), st.booleans())
def test_anything_is_read_or_refused_in_words(sent: dict[str, Any], clears: bool) -> None:
    try:
        body: BatchItem = checked(ITEM, sent, "[3]")
    except BadBody as refusal:
        named = [fault.field.startswith("[3]") and fault.message != "" for fault in refusal.faults]
    else:
        named = [isinstance(body.change(clears=clears, by_back_end=True), ProfileChange)]
    assert named
    assert all(named)


def test_a_profile_reads_as_the_contract_has_it() -> None:
    profile = Profile(
        client_id=12,
        workspace_id=1,
        email="a@b.co",
        custom_id=None,
        uuid="b",
        uuids=["a", "b"],
        fields={"firstName": "Ann"},
        attributes={"size": 1},
        agreements={"sms": True},
        tags=["vip"],
        previous_ids=[3, 7],
        claims=[],
        pending={},
        created_ms=0,
        updated_ms=0,
        last_activity_ms=1_553_004_339_999,
    )
    answer = profile_answer(profile)
    assert answer == ProfileAnswer.model_validate(answer).model_dump(by_alias=True)
    assert set(answer) == {"clientId", "email", "customId", "uuid", *NATIVE_FIELDS} | {
        *("anonymous", "agreements", "attributes", "tags", "previousClients", "lastActivityDate")
    }
    assert (answer["clientId"], answer["firstName"], answer["lastName"]) == (12, "Ann", None)
    assert answer["agreements"] == dict.fromkeys(AGREEMENTS, False) | {"sms": True}
    assert answer["previousClients"] == ["3", "7"]
    assert answer["lastActivityDate"] == "2019-03-19T14:05:39Z"
