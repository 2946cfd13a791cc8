"""How forms are sent: by the browser, by scripts, from shadow roots; each submit arrives once."""

from typing import Any

from playwright.sync_api import Page

from e2e.tag.conftest import Sent, Site

BUTTON = "<button id=send>Send</button>"
STAY = "onsubmit='event.preventDefault()'"


def events_of(page: Page, site: Site) -> list[dict[str, Any]]:
    """The data of every form that was sent so far, and no more to come."""
    page.evaluate("tagwell.track('later')")
    site.wait_for("later")
    submits = site.events("form.submit")
    assert len(site.events("client.createOrUpdate")) == len(submits)
    return [event.params["formData"] for event in submits]


def test_forms_sent_by_script_arrive_once_each(page: Page, site: Site, page_errors: list[str]) -> None:
    """requestSubmit, a prevented submit with a fetch, form.submit() at once and after a submit event."""
    sink = site.collector.page("<!doctype html>")
    forms = "".join(
        f"<form id={name} data-synerise={name} method=post action='{sink}' target=f>"
        f"<input name=a data-synerise=a value={name}></form>"
        for name in ("request", "fetched", "called", "checked")
    )
    script = """
        fetched.addEventListener('submit', event => {
          event.preventDefault()
          event.stopImmediatePropagation()
          fetch(location.href, {method: 'POST', body: new FormData(fetched)})
          fetched.reset()
        })
        checked.addEventListener('submit', event => {
          event.preventDefault()
          later = () => checked.submit()
        })
        request.requestSubmit()
        fetched.requestSubmit()
        called.submit()
        checked.requestSubmit()
        later()"""
    page.goto(site.page(f"<iframe name=f></iframe>{forms}"))
    site.wait_for("page.visit")
    page.evaluate(f"() => {{ {script} }}")
    assert events_of(page, site) == [{"a": name} for name in ("request", "fetched", "called", "checked")]
    assert page_errors == []


def test_a_form_that_a_script_submits_as_the_page_goes_arrives(page: Page, site: Site) -> None:
    thanks = site.collector.page("<!doctype html><title>Thanks</title>")
    field = "<input name=a data-synerise=a value=1><input name=submit>"
    page.goto(site.page(f"<form id=f data-synerise=contact action='{thanks}'>{field}</form>"))
    page.evaluate("HTMLFormElement.prototype.submit.call(f)")
    page.wait_for_url(thanks + "*")
    assert site.wait_for("form.submit").params["formData"] == {"a": "1"}


def test_a_submit_pressed_twice_counts_once_and_a_corrected_one_again(page: Page, site: Site) -> None:
    page.goto(
        site.page(f"<form data-synerise=contact {STAY}><input id=e name=e data-synerise=e>{BUTTON}</form>")
    )
    site.wait_for("page.visit")
    page.fill("#e", "jon")
    page.dblclick("#send")
    page.fill("#e", "john")
    page.click("#send")
    assert events_of(page, site) == [{"e": "jon"}, {"e": "john"}]


def test_the_same_data_counts_again_after_two_seconds(page: Page, site: Site) -> None:
    """But not where form.submit() follows: a page may look at the fields as long as it likes."""
    field = "<input name=e data-synerise=e>"
    page.clock.install()
    page.goto(
        site.page(
            f"<form id=f target=t data-synerise=contact {STAY}>{field}{BUTTON}</form><iframe name=t></iframe>"
        )
    )
    page.clock.run_for(1000)
    for wait in (1500, 600, 5000):
        page.click("#send")
        page.clock.run_for(wait)
    page.evaluate("f.submit()")
    page.clock.run_for(1000)
    site.wait_for_all("form.submit", 2)
    page.evaluate("tagwell.track('last')")
    page.clock.run_for(1000)
    site.wait_for("last")
    assert events_of(page, site) == [{"e": ""}] * 2


def test_what_a_page_refuses_itself_sends_nothing(page: Page, site: Site) -> None:
    """With novalidate, the browser fires a submit of invalid fields: the page decides."""
    forms = (
        f"<form novalidate data-synerise=refused {STAY}>{{}}<button></button></form>"
        "<form novalidate data-synerise=taken target=f>{}<button></button></form>"
        f"<form data-synerise=draft {STAY}>{{}}<button formnovalidate></button></form>"
        "<iframe name=f></iframe>"
    )
    field = "<input name=e data-synerise=e required>"
    page.goto(site.page(forms.format(field, field.replace("=e", "=f"), field.replace("=e", "=g"))))
    site.wait_for("page.visit")
    page.evaluate("for (const button of document.querySelectorAll('button')) button.click()")
    site.wait_for_all("form.submit", 2)
    events_of(page, site)
    assert {event.params["formType"] for event in site.events("form.submit")} == {"taken", "draft"}


def test_forms_in_open_shadow_roots_count_once(page: Page, site: Site, page_errors: list[str]) -> None:
    """Also nested ones, sent by pointer or key, again, and by a script where nobody can look."""
    field = "<input id={0} name=a data-synerise=a value={0}>"
    form = f"<form data-synerise=f target=t>{field}<button></button></form>"
    root = "<div><template shadowrootmode=open>{}</template></div>"
    inner = root.format(form.format("inner"))
    page.goto(site.page(root.format(form.format("outer") + inner) + root.format(form.format("keys"))))
    page.evaluate(
        """() => {
          const watch = root => {
            root.addEventListener('submit', event => event.preventDefault())
            for (const {shadowRoot} of root.querySelectorAll('div')) if (shadowRoot) watch(shadowRoot)
          }
          watch(document)
        }"""
    )
    site.wait_for("page.visit")
    page.locator("#outer + button").click()
    page.locator("#inner + button").click()
    page.locator("#inner").fill("again")
    page.locator("#inner + button").click()
    page.locator("#keys").press("Enter")
    page.evaluate(
        """form => {
          const root = document.body.appendChild(document.createElement('div')).attachShadow({mode: 'closed'})
          root.innerHTML = form
          root.firstChild.submit()
        }""",
        form.format("closed") + "<iframe name=t></iframe>",
    )
    sent = [{"a": name} for name in ("outer", "inner", "again", "keys", "closed")]
    assert events_of(page, site) == sent
    assert page_errors == []


COMPONENTS = """<script>
  class Field extends HTMLElement {
    static formAssociated = true
    constructor() { super(); this.internals = this.attachInternals() }
    connectedCallback() { this.start(this.getAttribute('start')) }
  }
  customElements.define('my-silent', class extends Field {
    start(value) { this.internals.setFormValue(value) }
  })
  customElements.define('my-input', class extends Field { start(value) { this.value = value } })
  customElements.define('my-number', class extends Field {
    start(value) { this.value = +value; this.internals.setFormValue(value) }
  })
</script>"""


def test_components_that_are_form_fields_are_read(page: Page, site: Site) -> None:
    fields = """<my-silent name=a data-synerise=a start=told></my-silent>
        <my-input name=b data-synerise=b start=shown></my-input>
        <my-number name=c data-synerise=c start=7></my-number>
        <my-silent name=d data-synerise=d start=off disabled></my-silent>
        <my-silent name=e start=untagged></my-silent>
        <output name=f data-synerise=f>12 EUR</output><fieldset name=g data-synerise=g></fieldset>"""
    page.goto(site.page(f"<form data-synerise=contact {STAY}>{fields}{BUTTON}</form>", head=COMPONENTS))
    site.wait_for("page.visit")
    page.click("#send")
    assert events_of(page, site) == [{"a": "told", "b": "shown", "c": "7", "f": "12 EUR"}]


def test_a_password_that_was_shown_stays_one(page: Page, site: Site, sent: Sent) -> None:
    """Typed hidden, then shown by a button: nothing about the field says any more what it is."""
    page.goto(
        site.page(
            f"<form data-synerise=contact {STAY}><input id=a type=password data-synerise=extra>"
            f"<button type=button onclick=\"a.type='text'\" id=eye>o</button>{BUTTON}</form>"
        )
    )
    site.wait_for("page.visit")
    page.fill("#a", "Geheim-Parole")
    page.click("#eye")
    page.click("#send")
    assert events_of(page, site) == [{}]
    assert "Geheim" not in sent.text()


def test_what_is_withheld_is_told_once_by_its_name(page: Page, site: Site) -> None:
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    fields = "<input name=a data-synerise=note value=1><input name=nr data-synerise=extra id=nr>"
    page.goto(site.page(f"<form data-synerise=contact {STAY}>{fields}{BUTTON}</form>"))
    site.wait_for("page.visit")
    for card in ("4111 1111 1111 1111", "5500 0000 0000 0004", "0000"):
        page.fill("#nr", card)
        page.evaluate("document.querySelector('[name=a]').value += '1'")
        page.click("#send")
    assert events_of(page, site) == [{"a": "11"}, {"a": "111"}, {"a": "1111", "nr": "0000"}]
    assert len(told) == 1
    assert "nr" in told[0]
    assert "1111" not in told[0]


def test_hidden_names_and_frozen_prototypes_change_nothing(
    page: Page, site: Site, page_errors: list[str]
) -> None:
    """The title is text, form.submit() goes on working, and nothing is thrown into the page."""
    sink = site.collector.page("<!doctype html><title>Sink</title>")
    hiding = "<img name=querySelectorAll><form name=title><input name=toString></form>"
    form = f"<form id=f data-synerise=c target=t action='{sink}'><input name=a data-synerise=a></form>"
    freeze = "<script>Object.freeze(HTMLFormElement.prototype)</script>"
    page.goto(site.page(f"<iframe name=t></iframe>{hiding}{form}", head=freeze))
    site.wait_for("page.visit")
    page.evaluate("f.requestSubmit()")
    assert site.wait_for("form.submit").params["title"] == "Test"
    with page.expect_request(sink + "*"):
        page.evaluate("f.submit()")
    assert page_errors == []


def test_the_replaced_submit_is_as_the_browser_s_own(page: Page, site: Site, page_errors: list[str]) -> None:
    page.goto(site.page("<form id=f><input name=submit></form>"))
    site.wait_for("page.visit")
    thrown = """() => {
      try { HTMLFormElement.prototype.submit.call({}) } catch (error) { return error instanceof TypeError }
    }"""
    assert page.evaluate(thrown)
    assert page.evaluate("HTMLFormElement.prototype.submit.call(document.createElement('form'))") is None
    assert page_errors == []
