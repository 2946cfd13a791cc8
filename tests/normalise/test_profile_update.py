"""What an event says about its profile: the data of a form, or of a client.createOrUpdate."""

from typing import Any

import pytest

from collector.model.profile import ProfileUpdate
from collector.normalise.profile_update import MAX_NAMES, MAX_TEXT, profile_update

RESERVED = """email clientId phone customId uuid firstName lastName displayName company address city province
zipCode countryCode birthDate sex avatarUrl anonymous agreements tags businessProfileId time ip source
newsletter_agreement custom_identify firstname lastname created updated last_activity_date birthdate
external_avatar_url displayname receive_smses receive_push_messages receive_webpush_messages
receive_btooth_messages receive_rfid_messages receive_wifi_messages confirmation_hash ownerId anonymous_type
country_id geo_loc_city geo_loc_country geo_loc_as geo_loc_country_code geo_loc_isp geo_loc_lat geo_loc_lon
geo_loc_org geo_loc_query geo_loc_region geo_loc_region_name geo_loc_status geo_loc_timezone geo_loc_zip
club_card_id type confirmed facebookId status""".split()
"""The 63 names of contracts/synerise-profiles-api.md section 3.2."""


def _submit(**params: Any) -> ProfileUpdate:
    update = profile_update("form.submit", params)
    assert update is not None
    return update


def _client(**params: Any) -> ProfileUpdate:
    update = profile_update("client.createOrUpdate", params)
    assert update is not None
    return update


@pytest.mark.parametrize("action", ["page.visit", "form.submitted", "client.add", "Form.Submit"])
def test_other_actions_say_nothing_about_a_profile(action: str) -> None:
    assert profile_update(action, {"email": "a@b.co", "formData": {"email": "a@b.co"}}) is None


def test_form_of_the_contract_with_its_mapping() -> None:
    update = _submit(
        formType="contact",
        formData={"surname": "Doe", "name": "John", "email": "john.doe@synerise.com"},
        mapping={"lastname": "surname", "firstname": "name", "email": "email"},
    )
    assert update == ProfileUpdate(
        email="john.doe@synerise.com",
        fields={"firstName": "John", "lastName": "Doe"},
        tags=("contact",),
    )


def test_direct_call_of_the_contract_needs_no_mapping() -> None:
    update = _submit(
        formType="contact",
        formData={"lastname": "Doe", "firstname": "John", "email": "john.doe@synerise.com"},
    )
    assert (update.email, update.fields) == (
        "john.doe@synerise.com",
        {"lastName": "Doe", "firstName": "John"},
    )


def test_an_input_left_empty_says_nothing() -> None:
    data = {"email": "a@b.co", "firstname": "", "colours": [], "note": " "}
    assert _submit(formType="contact", formData=data) == ProfileUpdate(
        email="a@b.co", attributes={"note": " "}, tags=("contact",)
    )


def test_mapped_input_is_not_kept_under_its_own_name_too() -> None:
    update = _submit(formData={"mail_field": "a@b.co", "size": "XL"}, mapping={"email": "mail_field"})
    assert (update.email, update.attributes) == ("a@b.co", {"size": "XL"})


def test_mapping_wins_over_an_input_of_that_name() -> None:
    update = _submit(formData={"email": "trap@b.co", "real": "a@b.co"}, mapping={"email": "real"})
    assert update.email == "a@b.co"


def test_mapping_to_an_input_that_is_not_there_maps_nothing() -> None:
    update = _submit(formData={"size": "XL"}, mapping={"email": "gone", "city": "size"})
    assert (update.email, update.fields, update.attributes) == (None, {"city": "XL"}, {})


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ("firstname", "firstName"),
        ("LASTNAME", "lastName"),
        ("birthdate", "birthDate"),
        ("zipcode", "zipCode"),
        ("country", "countryCode"),
        ("countrycode", "countryCode"),
        ("displayname", "displayName"),
        ("phone", "phone"),
        ("sex", "sex"),
        ("Company", "company"),
        ("address", "address"),
        ("city", "city"),
        ("province", "province"),
    ],
)
def test_names_of_fields_are_read_without_regard_to_case(sent: str, field: str) -> None:
    assert _submit(formData={sent: "value"}).fields == {field: "value"}


@pytest.mark.parametrize(
    ("sent", "identifier"), [("customid", "custom_id"), ("customId", "custom_id"), ("CUSTOMID", "custom_id")]
)
def test_names_of_identifiers_are_read_without_regard_to_case(sent: str, identifier: str) -> None:
    assert getattr(_submit(formData={sent: "C-17", "EMAIL": "a@b.co"}), identifier) == "C-17"
    assert _submit(formData={"EMail": "a@b.co"}).email == "a@b.co"


def test_anything_else_is_a_custom_attribute() -> None:
    assert _submit(
        formData={"size": "XL", "colours": ["red", "blue"], "newsletter_agreement_enabled": "x"}
    ).attributes == {"size": "XL", "colours": ["red", "blue"], "newsletter_agreement_enabled": "x"}


@pytest.mark.parametrize("name", RESERVED)
def test_reserved_name_is_never_a_custom_attribute(name: str) -> None:
    assert _client(**{name: "x"}).attributes == {}
    assert _submit(formData={name: "x"}).attributes == {}


def test_reserved_names_among_attributes_say_nothing_at_all() -> None:
    """contracts/synerise-profiles-api.md section 3.2: ignored, and above all no identifier."""
    sent = {name: "a@b.co" if name == "email" else "x" for name in RESERVED}
    assert _client(attributes=sent) == ProfileUpdate()


def test_client_update_takes_fields_flat_and_attributes_beside_them() -> None:
    update = _client(
        email="a@b.co", customId=17, firstname="Jo", plan="pro", attributes={"age": 40, "plan": "free"}
    )
    assert update == ProfileUpdate(
        email="a@b.co", custom_id="17", fields={"firstName": "Jo"}, attributes={"plan": "pro", "age": 40}
    )


@pytest.mark.parametrize("wish", ["enabled", "confirmation", "disabled"])
def test_newsletter_agreement_is_one_of_three_wishes(wish: str) -> None:
    assert _submit(formData={"newsletterAgreement": wish}).newsletter == wish
    assert _client(newsletteragreement=wish).newsletter == wish


@pytest.mark.parametrize("wish", ["on", "true", "Enabled", "", True, 1, None, ["enabled"], {"enabled": 1}])
def test_any_other_newsletter_agreement_is_ignored(wish: Any) -> None:
    update = _submit(formData={"newsletterAgreement": wish})
    assert (update.newsletter, update.attributes, update.fields) == (None, {}, {})


@pytest.mark.parametrize(
    ("form_type", "tags", "newsletter_form"),
    [
        pytest.param("contact", ("contact",), False, id="one"),
        pytest.param("string1,string2,string3", ("string1", "string2", "string3"), False, id="three"),
        pytest.param("newsletter", ("newsletter",), True, id="newsletter"),
        pytest.param("contact,newsletter", ("contact", "newsletter"), True, id="newsletter among others"),
        pytest.param("newsletters", ("newsletters",), False, id="newsletters is another type"),
        pytest.param(" a , ,b,a", ("a", "b"), False, id="blanks, empty and twice"),
        pytest.param("", (), False, id="empty"),
        pytest.param(None, (), False, id="absent"),
        pytest.param(["contact"], (), False, id="no text"),
    ],
)
def test_form_type_is_split_into_tags(form_type: Any, tags: tuple[str, ...], newsletter_form: bool) -> None:
    update = _submit(formType=form_type, formData={})
    assert (update.tags, update.newsletter_form) == (tags, newsletter_form)


@pytest.mark.parametrize("tags", [["a", "b", 7, None, "a"], ["a", " b "]])
def test_client_update_takes_a_list_of_tags(tags: list[Any]) -> None:
    assert _client(tags=tags).tags == ("a", "b")


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"formData": [1]}, id="data is a list"),
        pytest.param({"formData": "x", "mapping": "y"}, id="data is text"),
        pytest.param(
            {"formData": {}, "mapping": {"email": ["x"], "city": {"a": 1}}}, id="mapping to no text"
        ),
        pytest.param({"formData": {"email": {"a": 1}, "city": ["x"]}}, id="values are no text"),
        pytest.param({"formData": {"": "x", "size": None}, "formType": {"a": 1}}, id="empty name, null"),
    ],
)
def test_broken_form_data_breaks_nothing_and_identifies_nobody(params: dict[str, Any]) -> None:
    update = profile_update("form.submit", params)
    assert update is None or (update.email, update.custom_id, update.fields) == (None, None, {})


def test_long_values_are_cut_and_many_names_are_bounded() -> None:
    update = _submit(
        formType=",".join(f"tag{n}" for n in range(500)),
        formData={"city": "x" * 5000, **{f"name{n}": "y" * 5000 for n in range(500)}},
    )
    assert len(update.fields["city"]) == MAX_TEXT
    assert len(update.attributes) == MAX_NAMES
    assert len(update.tags) == MAX_NAMES
    assert {len(value) for value in update.attributes.values()} == {MAX_TEXT}


def test_invalid_email_is_no_identifier_and_no_attribute() -> None:
    update = _submit(formData={"email": "not an email"})
    assert (update.email, update.attributes, update.fields) == (None, {}, {})
