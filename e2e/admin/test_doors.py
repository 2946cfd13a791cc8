"""What a real browser keeps out: guessing, and forms of another site."""

import pytest
from playwright.sync_api import Page, expect

from collector.auth.passwords import hash_password
from e2e.admin.conftest import PASSWORD
from e2e.conftest import StartCollector
from e2e.harness import Collector


def test_guessing_ends_after_ten_attempts(start_collector: StartCollector, page: Page) -> None:
    # A collector of its own: the limit holds for the address, which all tests share.
    collector = start_collector()
    collector.store.add_user("ada", hash_password(PASSWORD))
    page.goto(f"{collector.url}/admin/")
    for _ in range(10):
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill("a wrong guess")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_have_text("Name and password do not match.")
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.get_by_role("button", name="Sign in").click()
    assert answer.value.status == 429
    assert answer.value.headers["retry-after"] == "900"
    expect(page.get_by_role("alert")).to_contain_text("Wait 15 minutes")


@pytest.mark.parametrize("path", ["sources/new", "sign-out", "workspace"])
def test_a_form_of_another_origin_is_refused(collector: Collector, admin: Page, path: str) -> None:
    before = len(collector.store.sources())
    # The same address and another port is the same site: the cookie goes along, the form is refused.
    forged = collector.page(
        f'<form method="post" action="{collector.url}/admin/{path}"><input name="name" value="Forged">'
        '<input name="newsletter_mode" value="off"><input name="time_zone" value="UTC">'
        "<button>Win</button></form>"
    )
    admin.goto(forged)
    with admin.expect_response(lambda response: response.request.method == "POST") as answer:
        admin.get_by_role("button", name="Win").click()
    assert answer.value.status == 403
    expect(admin.get_by_text("came from another site")).to_be_visible()
    assert len(collector.store.sources()) == before
    admin.goto(f"{collector.url}/admin/")
    expect(admin.get_by_role("button", name="Sign out")).to_be_visible()


def test_the_pages_cannot_be_framed(collector: Collector, admin: Page) -> None:
    admin.goto(collector.page(f'<iframe src="{collector.url}/admin/"></iframe>'))
    frame = admin.frames[1]
    assert "Sources" not in frame.content()
