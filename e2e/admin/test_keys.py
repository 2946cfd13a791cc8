"""The page of api keys: a scoped key is made, used and revoked by a person, with script or without."""

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.admin.conftest import SignIn
from e2e.harness import Collector


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_scoped_key_works_until_it_is_revoked(
    collector: Collector, browser: Browser, sign_in: SignIn, script: bool
) -> None:
    name = f"tag back end, script {script}"
    context = browser.new_context(java_script_enabled=script)
    page = context.new_page()
    sign_in(page)
    page.get_by_role("link", name="API keys").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("What is ticked below").check()
    tags = page.get_by_role("group", name="Permissions").get_by_label("Read, make and assign tags")
    tags.check()
    page.get_by_role("button", name="Make a key").click()
    key = page.get_by_label("The key", exact=True).input_value()
    assert key.startswith("tw_")
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("Tags")
    token = _sign_in(page, collector, key)
    assert token.count(".") == 2
    for secret in (key, token):
        assert _status(page, collector, secret, "sauth/management/client/999999/logout") == 403
        assert _status(page, collector, secret, "v4/auth/refresh/profile", "GET") == 200
    row.get_by_text("Revoke…").click()
    row.get_by_role("button", name=f"Revoke “{name}”").click()
    expect(page.get_by_role("status")).to_contain_text("Revoked")
    expect(row).to_contain_text("revoked")
    expect(row.get_by_role("button")).to_have_count(0)
    deadline = time.monotonic() + 1
    for secret in (key, token):
        while _status(page, collector, secret, "v4/auth/refresh/profile", "GET") != 401:
            assert time.monotonic() < deadline, "it is still taken a second after it was revoked"
    page.reload()
    assert key not in page.content()
    context.close()


def _sign_in(page: Page, collector: Collector, key: str) -> str:
    response = page.request.post(f"{collector.url}/uauth/v2/auth/login/profile", data={"apiKey": key})
    return str(response.json()["token"])


def _status(page: Page, collector: Collector, secret: str, path: str, method: str = "POST") -> int:
    return page.request.fetch(
        f"{collector.url}/{path}",
        method=method,
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
        data={"action": "LOGOUT"} if method == "POST" else None,
    ).status
