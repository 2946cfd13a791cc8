"""Tagged forms: what a visitor sends arrives, whole; what was not tagged, or is secret, never does."""

from typing import Any

import pytest
from playwright.sync_api import Page

from e2e.tag.conftest import Sent, Site

BUTTON = "<button id=send>Send</button>"
STAY = "onsubmit='event.preventDefault()'"


def submit(page: Page, site: Site, fields: str, form_type: str = "contact") -> dict[str, Any]:
    """Send a form; return the params of its form.submit and, under `profile`, of client.createOrUpdate."""
    page.goto(site.page(f"<form data-synerise='{form_type}' {STAY}>{fields}{BUTTON}</form>"))
    site.wait_for("page.visit")
    page.click("#send")
    sent = site.wait_for("form.submit")
    return {**sent.params, "profile": site.wait_for("client.createOrUpdate").params}


def test_the_contract_s_own_form(page: Page, site: Site, page_errors: list[str]) -> None:
    """The form and the call of contracts/synerise-sdk.md section 6."""
    sent = submit(
        page,
        site,
        """<input name="email" data-synerise="email" value="john.doe@synerise.com">
        <input name="name" data-synerise="firstname" value="John">
        <input name="surname" data-synerise="lastname" value="Doe">
        <input type="hidden" name="something" value="some hidden value">
        <input type="submit">""",
    )
    assert sent == {
        "formType": "contact",
        "formData": {"surname": "Doe", "name": "John", "email": "john.doe@synerise.com"},
        "mapping": {"lastname": "surname", "firstname": "name", "email": "email"},
        "url": page.url,
        "title": "Test",
        "profile": {
            "email": "john.doe@synerise.com",
            "firstname": "John",
            "lastname": "Doe",
            "tags": ["contact"],
        },
    }
    assert site.wait_for("form.submit").label == "Form submitted"
    assert site.wait_for("client.createOrUpdate").label == "Client updated"
    assert page_errors == []


def test_several_form_types_are_tags(page: Page, site: Site) -> None:
    sent = submit(page, site, "<input name=e data-synerise=email value=a@b.pl>", "string1,string2")
    assert sent["formType"] == "string1,string2"
    assert sent["profile"]["tags"] == ["string1", "string2"]


@pytest.mark.parametrize(
    ("field", "data"),
    [
        pytest.param("<input name=a data-synerise=size value=M>", {"a": "M"}, id="a text"),
        pytest.param(
            "<input type=hidden name=a data-synerise=size value=M>", {"a": "M"}, id="a tagged hidden"
        ),
        pytest.param("<input data-synerise=size value=M>", {"size": "M"}, id="without a name"),
        pytest.param("<textarea name=a data-synerise=size>M</textarea>", {"a": "M"}, id="a textarea"),
        pytest.param(
            "<select name=a data-synerise=size><option>S<option selected>M</select>",
            {"a": "M"},
            id="a select",
        ),
        pytest.param(
            "<select multiple name=a data-synerise=size><option selected>S<option>M<option selected>L"
            "<option selected disabled>XL</select>",
            {"a": ["S", "L"]},
            id="a multiple select",
        ),
        pytest.param(
            "<input type=checkbox name=a data-synerise=size value=M checked>", {"a": "M"}, id="a ticked box"
        ),
        pytest.param(
            "<input type=checkbox name=a data-synerise=size value=S checked>"
            "<input type=checkbox name=a data-synerise=size value=M>"
            "<input type=checkbox name=a data-synerise=size value=L checked>",
            {"a": ["S", "L"]},
            id="boxes of one name",
        ),
        pytest.param(
            "<input type=radio name=a data-synerise=size value=S>"
            "<input type=radio name=a data-synerise=size value=M checked>",
            {"a": "M"},
            id="radio buttons",
        ),
        pytest.param(
            "<input name=constructor data-synerise=size value=M>", {"constructor": "M"}, id="odd name"
        ),
    ],
)
def test_a_tagged_field_is_sent(page: Page, site: Site, field: str, data: dict[str, Any]) -> None:
    sent = submit(page, site, field)
    assert sent["formData"] == data
    assert sent["profile"] == {"size": next(iter(data.values())), "tags": ["contact"]}


@pytest.mark.parametrize(
    "field",
    [
        pytest.param("<input name=a value=SECRET>", id="no data-synerise"),
        pytest.param("<input name=a data-synerise value=SECRET>", id="an empty data-synerise"),
        pytest.param("<input type=hidden name=token value=SECRET>", id="an untagged hidden"),
        pytest.param("<input type=password name=a data-synerise=password value=SECRET>", id="a password"),
        pytest.param(
            "<input type=PASSWORD name=a data-synerise=email value=SECRET>", id="a password, loudly"
        ),
        pytest.param(
            "<input name=a data-synerise=a autocomplete=current-password value=SECRET>", id="a password shown"
        ),
        pytest.param(
            "<input name=a data-synerise=a autocomplete=cc-number value=SECRET>", id="a card number"
        ),
        pytest.param("<input name=a data-synerise=a autocomplete=one-time-code value=SECRET>", id="a code"),
        pytest.param("<input type=checkbox name=a data-synerise=a value=SECRET>", id="an unticked box"),
        pytest.param("<input type=radio name=a data-synerise=a value=SECRET>", id="an unchosen radio"),
        pytest.param("<input name=a data-synerise=a value=SECRET disabled>", id="disabled"),
        pytest.param(
            "<fieldset disabled><input name=a data-synerise=a value=SECRET></fieldset>",
            id="in a disabled fieldset",
        ),
        pytest.param("<input type=submit name=a data-synerise=a value=SECRET>", id="a button"),
        pytest.param("</form><form><input name=a data-synerise=a value=SECRET></form>", id="another form's"),
    ],
)
def test_what_must_not_be_sent(page: Page, site: Site, sent: Sent, field: str) -> None:
    # The button finds its form by its id, wherever the field's markup closed it.
    form = f"<form id=f data-synerise=contact {STAY}>{BUTTON}{field}</form>"
    page.goto(site.page(form))
    site.wait_for("page.visit")
    page.click("#send")
    assert site.wait_for("form.submit").params["formData"] == {}
    assert site.wait_for("client.createOrUpdate").params == {"tags": ["contact"]}
    assert "form.submit" in sent.text()
    assert "SECRET" not in sent.text()


def test_a_chosen_file_is_not_sent(page: Page, site: Site) -> None:
    fields = "<input type=file name=cv data-synerise=cv>"
    page.goto(site.page(f"<form data-synerise=jobs {STAY}>{fields}{BUTTON}</form>"))
    site.wait_for("page.visit")
    page.set_input_files("[name=cv]", {"name": "secret.txt", "mimeType": "text/plain", "buffer": b"x"})
    page.click("#send")
    assert site.wait_for("form.submit").params["formData"] == {}


def test_the_profile_knows_its_fields_in_any_case(page: Page, site: Site) -> None:
    """The tag sends the names as the page has them; the collector stores them under its own."""
    given = {
        "Email": "ann@example.com",
        "CUSTOMID": "C-7",
        "firstname": "Ann",
        "lastName": "Nowak",
        "birthdate": "1990-01-31",
        "zipcode": "00-950",
        "country": "PL",
        "displayname": "Ann N.",
        "Phone": "+48221234567",
        "favouriteColour": "teal",
    }
    sent = submit(
        page, site, "".join(f"<input data-synerise={name} value='{given[name]}'>" for name in given)
    )
    assert sent["formData"] == given
    assert sent["profile"] == {**given, "tags": ["contact"]}
    profile = site.collector.store.find_profile("customId", "C-7")
    assert profile is not None
    assert profile.email == "ann@example.com"
    assert profile.fields == {
        "firstName": "Ann",
        "lastName": "Nowak",
        "birthDate": "1990-01-31",
        "zipCode": "00-950",
        "countryCode": "PL",
        "displayName": "Ann N.",
        "phone": "+48221234567",
    }
    assert profile.attributes == {"favouriteColour": "teal"}


def test_an_empty_field_says_nothing_about_the_profile(page: Page, site: Site) -> None:
    sent = submit(
        page, site, "<input name=a data-synerise=firstname><input name=b data-synerise=email value=a@b.pl>"
    )
    assert sent["formData"] == {"a": "", "b": "a@b.pl"}
    assert sent["profile"] == {"email": "a@b.pl", "tags": ["contact"]}


AGREEMENT = "<input type=checkbox data-synerise=newsletterAgreement data-synerise-value={} {}>"


@pytest.mark.parametrize("wish", ["enabled", "confirmation", "disabled"])
def test_a_ticked_agreement_is_sent(page: Page, site: Site, wish: str) -> None:
    email = "<input name=email data-synerise=email value=a@b.pl>"
    sent = submit(page, site, email + AGREEMENT.format(wish, "checked"))
    assert sent["formData"] == {"email": "a@b.pl", "newsletterAgreement": wish}
    assert sent["mapping"] == {"email": "email"}
    assert sent["profile"]["newsletterAgreement"] == wish


def test_an_agreement_that_is_not_ticked_is_not_sent(page: Page, site: Site) -> None:
    sent = submit(page, site, AGREEMENT.format("enabled", ""))
    assert sent["formData"] == {}
    assert "newsletterAgreement" not in sent["profile"]


def test_a_hidden_agreement_is_sent_and_a_ticked_one_replaces_it(page: Page, site: Site) -> None:
    hidden = "<input type=hidden name=n data-synerise=newsletterAgreement data-synerise-value=disabled>"
    ticked = (
        "<input type=checkbox name=n data-synerise=newsletterAgreement data-synerise-value=enabled checked>"
    )
    sent = submit(page, site, hidden + ticked)
    assert sent["formData"] == {"n": "enabled"}
    assert sent["profile"]["newsletterAgreement"] == "enabled"


@pytest.mark.parametrize("wish", ["yes", "Enabled", "''"])
def test_an_unknown_agreement_is_ignored_with_a_warning(page: Page, site: Site, wish: str) -> None:
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    sent = submit(page, site, AGREEMENT.format(wish, "checked"))
    assert sent["formData"] == {}
    assert "newsletterAgreement" not in sent["profile"]
    assert any("data-synerise-value" in text for text in warnings)


def test_a_newsletter_form(page: Page, site: Site) -> None:
    sent = submit(page, site, "<input name=mail data-synerise=email value=a@b.pl>", "newsletter")
    assert sent["formType"] == "newsletter"
    assert sent["profile"] == {"email": "a@b.pl", "tags": ["newsletter"]}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_form_that_navigates_at_once_arrives(page: Page, site: Site, method: str) -> None:
    thanks = site.collector.page("<!doctype html><title>Thanks</title>")
    fields = "<input name=email data-synerise=email value=a@b.pl>"
    page.goto(
        site.page(f"<form data-synerise=contact method={method} action='{thanks}'>{fields}{BUTTON}</form>")
    )
    page.click("#send")
    page.wait_for_url(thanks + "*")
    assert site.wait_for("form.submit").params["formData"] == {"email": "a@b.pl"}
    site.wait_for("client.createOrUpdate")


def test_a_form_that_the_browser_refuses_sends_nothing(page: Page, site: Site) -> None:
    page.goto(
        site.page(f"<form data-synerise=contact {STAY}><input data-synerise=email required>{BUTTON}</form>")
    )
    site.wait_for("page.visit")
    page.click("#send")
    page.evaluate("tagwell.track('later')")
    site.wait_for("later")
    assert site.events("form.submit") == []


def test_a_form_without_data_synerise_sends_nothing(page: Page, site: Site) -> None:
    page.goto(site.page(f"<form {STAY}><input data-synerise=email value=a@b.pl>{BUTTON}</form>"))
    site.wait_for("page.visit")
    page.click("#send")
    page.evaluate("tagwell.track('later')")
    site.wait_for("later")
    assert site.events("form.submit") == []


def test_a_late_form_is_sent_once_however_often_the_page_is_scanned(page: Page, site: Site) -> None:
    page.goto(site.page())
    site.wait_for("page.visit")
    form = (
        f"<form data-synerise=question {STAY}><input name=e data-synerise=email value=a@b.pl>{BUTTON}</form>"
    )
    page.evaluate("form => { document.body.innerHTML = form; tagwell.rescan(); tagwell.rescan() }", form)
    page.click("#send")
    page.evaluate("tagwell.track('later')")
    site.wait_for("later")
    assert len(site.events("form.submit")) == 1
    assert site.events("client.createOrUpdate")[0].params == {"email": "a@b.pl", "tags": ["question"]}


def test_inputs_elsewhere_belong_by_their_form_attribute(page: Page, site: Site) -> None:
    page.goto(
        site.page(
            f"<form id=f data-synerise=contact {STAY}>{BUTTON}</form>"
            "<input form=f name=e data-synerise=email value=a@b.pl>"
        )
    )
    site.wait_for("page.visit")
    page.click("#send")
    assert site.wait_for("form.submit").params["formData"] == {"e": "a@b.pl"}


def test_the_submit_is_neither_prevented_nor_delayed(page: Page, site: Site) -> None:
    watch = """<script>
        addEventListener('submit', e => { seen = [e.defaultPrevented, e.isTrusted]; e.preventDefault() })
        </script>"""
    page.goto(site.page(f"<form data-synerise=contact>{BUTTON}</form>{watch}"))
    site.wait_for("page.visit")
    page.click("#send")
    assert page.evaluate("seen") == [False, True]


def test_a_different_email_is_a_new_visitor_before_its_own_event(page: Page, site: Site) -> None:
    fields = "<input name=e id=e data-synerise=Email>"
    page.goto(site.page(f"<form data-synerise=contact {STAY}>{fields}{BUTTON}</form>"))
    anonymous = site.wait_for("page.visit").uuid
    for email in ("ann@example.com", " ANN@example.com", "bob@example.com"):
        page.fill("#e", email)
        page.click("#send")
    submits = site.wait_for_all("form.submit", 3)
    updates = site.wait_for_all("client.createOrUpdate", 3)
    assert [event.uuid for event in submits] == [event.uuid for event in updates]
    assert submits[0].uuid == submits[1].uuid == anonymous
    assert submits[2].uuid != anonymous
    page.goto(site.page())
    assert site.wait_for_all("page.visit", 2)[1].uuid == submits[2].uuid
    assert "ann@" not in page.evaluate("document.cookie + JSON.stringify(localStorage)")


def test_a_different_email_by_a_custom_event_is_a_new_visitor_too(page: Page, site: Site) -> None:
    page.goto(site.page())
    page.evaluate(
        """() => ['a@b.pl', 'c@d.pl'].forEach(email => tagwell.track('client.createOrUpdate', {email}))"""
    )
    first, second = site.wait_for_all("client.createOrUpdate", 2)
    assert first.uuid != second.uuid
