"""A browser in which a person has signed in to the admin pages of the running collector."""

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from collector.auth.passwords import hash_password
from e2e.harness import Collector

PASSWORD = "correct horse battery"

SignIn = Callable[[Page], None]


@pytest.fixture(scope="session")
def person(collector: Collector) -> str:
    """The name of someone who may sign in."""
    name = f"ada-{uuid.uuid4().hex[:8]}"
    collector.store.add_user(name, hash_password(PASSWORD))
    return name


@pytest.fixture(scope="session")
def sign_in(collector: Collector, person: str) -> SignIn:
    """Sign in to the admin pages in a page."""

    def sign_in(page: Page) -> None:
        page.goto(f"{collector.url}/admin/")
        page.get_by_label("Name").fill(person)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{collector.url}/admin/")

    return sign_in


@pytest.fixture
def admin(page: Page, sign_in: SignIn) -> Page:
    """A page at the list of sources, signed in."""
    sign_in(page)
    return page
