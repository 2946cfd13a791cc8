"""Form safety: of more than 200 forms no secret leaves, and all that is honest arrives, once."""

import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from playwright.sync_api import Page

from e2e.tag.conftest import Site
from e2e.tag.form_corpus import PAGE_SCRIPT, Form, corpus, markup

PAGES = 2


def traces(secret: str) -> set[str]:
    """What would betray a secret in a text: itself, encoded, and its parts.

    A part, or a secret, of less than six characters proves nothing: it may be there by chance.
    """
    plain = {secret, re.sub(r"\W", "", secret), *re.split(r"\W", secret)}
    found = set(plain)
    for text in plain:
        found |= {quote(text), quote_plus(text), json.dumps(text)[1:-1], text[:8], text[-8:]}
        # Base64 of a text depends on how many bytes stand before it; its ends on those beside it.
        for before in range(3):
            coded = base64.b64encode(b"?" * before + text.encode()).decode()
            found.add(coded[4 if before else 0 : len(coded) // 4 * 4 - 4])
    return {text for text in found if len(text) > 5}


def leaks(forms: list[Form], text: str) -> list[str]:
    """The forms whose secrets the text betrays."""
    return [form.title for form in forms if any(trace in text for trace in traces(form.secret))]


def test_the_corpus_is_large_and_its_search_finds_what_leaks() -> None:
    forms = corpus()
    assert len(forms) >= 200
    assert len({form.id for form in forms}) == len(forms)
    card = next(form for form in forms if form.title.startswith("card in fours"))
    for said in (card.secret, quote(card.secret), base64.b64encode(f"a{card.secret}".encode()).decode()):
        assert leaks([card], f"x{said}y")


@pytest.mark.parametrize("part", range(PAGES))
def test_no_secret_leaves_and_all_that_is_honest_arrives_once(
    page: Page, site: Site, page_errors: list[str], part: int
) -> None:
    forms = corpus()[part::PAGES]
    told: list[str] = []
    bodies: list[bytes] = []
    page.on("console", lambda message: told.append(message.text))
    # What the page itself posts holds the secrets; what counts is what goes to the collector.
    page.on(
        "request",
        lambda request: (
            bodies.append(request.post_data_buffer or b"")
            if request.url == f"{site.collector.url}/b/{site.id}"
            else None
        ),
    )
    sink = site.collector.page("<!doctype html>")
    body = "<iframe name=sink></iframe>" + "".join(markup(form, sink) for form in forms)
    page.goto(site.page(body, head=f"<script>{PAGE_SCRIPT}</script>"))
    site.wait_for("page.visit")
    run = "forms => { for (const [id, way] of forms) run(id, way) }"
    page.evaluate(run, [[form.id, form.way] for form in forms if form.way != "enter"])
    for form in (form for form in forms if form.way == "enter"):
        page.evaluate(run, [[form.id, form.way]])
        page.keyboard.press("Enter")
    submits = site.wait_for_all("form.submit", len(forms))
    page.evaluate("tagwell.track('later')")
    site.wait_for("later")

    # Every form once, with its honest fields and nothing else: which is the proof for short secrets.
    updates = site.events("client.createOrUpdate")
    assert len(site.events("form.submit")) == len(updates) == len(forms)
    data = {event.params["formType"]: event.params["formData"] for event in submits}
    assert {form.title: data.get(form.id) for form in forms if data.get(form.id) != form.honest} == {}
    known = {event.params["tags"][0]: list(event.params.values()) for event in updates}
    wanted = {form.id: [*form.honest.values(), [form.id]] for form in forms}
    assert known == wanted

    # Ids and times are digits by chance and by the clock; the rest must not hold a trace.
    events = [event for body in bodies for event in json.loads(body)["events"]]
    assert len(events) >= 2 * len(forms)
    said = [[event["action"], event.get("label"), event["params"]] for event in events]
    assert leaks(forms, json.dumps(said, ensure_ascii=False)) == []
    raw = b"".join(bodies).decode()
    assert [form.title for form in forms if len(form.secret) > 6 and form.secret in raw] == []
    assert leaks(forms, "\n".join(told)) == []
    assert page_errors == []
