"""A real browser on every page of a source that a hostile visitor has filled: nothing of it runs."""

import json
import urllib.request

from playwright.sync_api import Page

from e2e.admin.conftest import SignIn
from e2e.harness import Collector

HOSTILE = "\"'><script>window.hit=1</script><img src=x onerror=window.hit=1><svg onload=window.hit=1>"

SOURCE_PAGES = (
    *("live", "install", "settings", "privacy", "privacy/history", "outcomes"),
    *("rejected", "quarantine", "tokens"),
)
PAGES = ("", "definitions", "visitors", "workspace", "keys", "mails", "people", "audit")


def test_no_page_runs_what_a_visitor_sent(collector: Collector, page: Page, sign_in: SignIn) -> None:
    source = collector.add_source(HOSTILE[:90])
    events = [
        {
            "action": "form.submit",
            "label": HOSTILE,
            "uuid": "9d1c6f4e-0000-4000-8000-00000000d5d5",
            "params": {"email": "hostile@shop.example", "firstname": HOSTILE, HOSTILE: HOSTILE},
        },
        {"action": "x" * 40, "label": HOSTILE, "params": {"a": HOSTILE}},
    ]
    headers = {"User-Agent": HOSTILE, "Referer": f"https://evil.example/{HOSTILE}"}
    request = urllib.request.Request(
        f"{collector.url}/b/{source.source_id}", json.dumps(events).encode(), headers
    )
    urllib.request.urlopen(request, timeout=30).close()
    seq = collector.wait_for(source.source_id, "form.submit").seq
    broken: list[str] = []
    page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("dialog", lambda dialog: dialog.dismiss())
    sign_in(page)
    paths = [*PAGES, *(f"sources/{source.source_id}/{name}" for name in SOURCE_PAGES)]
    paths.append(f"sources/{source.source_id}/events/{seq}")
    seen = 0
    for path in paths:
        page.goto(f"{collector.url}/admin/{path}")
        assert page.evaluate("window.hit") is None, path
        assert page.locator("main script, main img, main svg[onload]").count() == 0, path
        seen += HOSTILE[:40] in page.locator("body").inner_text()
    assert seen >= 3, "what was sent is shown, as text"
    assert broken == []
