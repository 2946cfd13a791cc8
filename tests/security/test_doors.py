"""Who gets in, walked over every route: strangers, forged forms, and where an answer leads to."""

import re
from urllib.parse import urlsplit

import pytest

from tests.security.site import COOKIE, HOSTILE, MAIL, PUBLIC_URL, Address, Site, cookie_of, token_of

PUBLIC = {"/admin/sign-in"}


def admin_pages(site: Site) -> list[Address]:
    """Every admin route but the door itself."""
    return [one for one in site.addresses() if one.is_admin and one.pattern not in PUBLIC]


@pytest.mark.parametrize("cookie", ["", f"{COOKIE}=WyJhZGEiLDEsIm4iLDk5OTk5OTk5OTld.aaaa.bbbb"])
def test_every_admin_route_is_closed_to_strangers(site: Site, cookie: str) -> None:
    pages = [page for page in admin_pages(site) if page.pattern != "/admin"]
    assert len(pages) > 30
    for page in pages:
        for method in ("GET", "POST"):
            headers = {"cookie": cookie, "content-type": "application/x-www-form-urlencoded"}
            response = site.ask(method, page.path, headers=headers)
            assert response.status_code in (303, 401), (method, page)
            if response.status_code == 303:
                assert response.headers["location"].startswith("/admin/sign-in?next=/admin/"), (method, page)
            assert MAIL not in response.text
            assert HOSTILE[:20] not in response.text


FOREIGN = [
    pytest.param({}, "", id="no token"),
    pytest.param({"origin": "https://evil.example"}, None, id="the right token from another origin"),
]


@pytest.mark.parametrize(("headers", "token"), FOREIGN)
def test_every_form_of_the_admin_pages_refuses_what_another_site_sends(
    site: Site, headers: dict[str, str], token: str | None
) -> None:
    before = len(site.running.store.audit(limit=1000))
    refused = 0
    for page in admin_pages(site):
        fields = {"csrf": site.csrf if token is None else token, "name": "Forged"}
        response = site.send_form(page.path, fields, **headers)
        # A page without a form does not take POST at all; `/admin` leads to the pages.
        assert response.status_code in (403, 405, 307), page
        refused += response.status_code == 403
    assert refused > 20
    assert len(site.running.store.audit(limit=1000)) == before, "nothing was changed"
    assert site.ask("GET", "/admin/", signed_in=True).status_code == 200, "nor anybody signed out"


def test_nothing_is_changed_by_a_link(site: Site) -> None:
    before = len(site.running.store.audit(limit=1000))
    for page in admin_pages(site):
        site.ask("GET", page.path + "?csrf=" + site.csrf, signed_in=True)
    assert len(site.running.store.audit(limit=1000)) == before


@pytest.mark.parametrize("path", ["/mail/confirm", "/mail/stop", "/mail/unsubscribe", "/mail/activate"])
def test_the_pages_of_mails_ask_for_the_link_and_for_nothing_that_a_browser_sends_by_itself(
    site: Site, path: str
) -> None:
    for token in ("", "?t=", "?t=x", "?t=a.b.c", f"?t={site.cookie}", f"?t={site.csrf}"):
        response = site.ask("POST", path + token, signed_in=True, data={"password": "x" * 12})
        assert response.status_code == 404


TARGETS = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/admin\\..//evil.example",
    "/admin/..//evil.example",
    "/admin/%2e%2e//evil.example",
    "/admin/\r\nset-cookie: x=1",
    "/admin/%0d%0aset-cookie:%20x=1",
    "/admin/\tx",
    "javascript:alert(1)",
    "/admin/@evil.example",
    "https:/admin/",
    "///evil.example",
    "/%09/evil.example",
]


@pytest.mark.parametrize("target", TARGETS)
def test_signing_in_leads_to_our_pages_alone(site: Site, target: str) -> None:
    site.running.store.clear_attempts("sign-in address 203.0.113.77")
    response = site.try_sign_in(next=target)
    assert response.status_code == 303
    assert stays(response.headers["location"])
    assert "x" not in [line.partition("=")[0] for line in response.headers.get_list("set-cookie")]
    form = site.ask("GET", "/admin/sign-in", params={"next": target})
    kept = re.findall(r'name="next" value="([^"]*)"', form.text)
    assert [stays(one) for one in kept] == [True]


def stays(location: str) -> bool:
    """Whether a browser stays on this host's pages, however it reads the line."""
    parts = urlsplit(location.replace("\\", "/"))
    plain = not parts.scheme and not parts.netloc and not set(location) & set("\r\n\t\0")
    return plain and location.startswith(("/admin/", "/demo/")) and not location.startswith("//")


PATHS = [
    *("//evil.example/", "//evil.example/admin", "/admin//evil.example/", "/admin/%5cevil.example"),
    *("/admin/%0d%0aLocation:%20https://evil.example", "/%2f/evil.example/", "/demo//evil.example", "/demo"),
    *("/static//evil.example/..", "/admin/sources/%2f%2fevil.example/live", "/t//evil.example", "/"),
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["t.shop.example", "evil.example"])
def test_no_path_and_no_host_leads_away(site: Site, path: str, host: str) -> None:
    for signed_in in (True, False):
        response = site.ask("GET", path, signed_in=signed_in, headers={"host": host})
        assert response.status_code < 500
        if "location" in response.headers:
            assert stays(response.headers["location"])
            assert "evil.example" not in urlsplit(response.headers["location"]).path


def test_the_walk_finds_no_other_redirect(site: Site) -> None:
    for address in site.addresses():
        method = "POST" if address.is_admin else "GET"
        headers = {"host": "evil.example", "origin": "https://evil.example"}
        response = site.ask(method, address.path + "?next=//evil.example/", headers=headers)
        if "location" in response.headers:
            assert stays(response.headers["location"]), address


def test_a_page_that_was_asked_for_is_where_signing_in_leads(site: Site) -> None:
    """So that the tests above do not pass because nothing leads anywhere."""
    sent = site.ask("GET", "/admin/keys?x=1")
    assert sent.headers["location"] == "/admin/sign-in?next=/admin/keys%3Fx%3D1"
    form = site.ask("GET", sent.headers["location"])
    fields = {"csrf": token_of(form), "name": "ada", "password": "correct horse battery"}
    fields["next"] = "/admin/keys?x=1"
    nonce = cookie_of(form, "__Host-tagwell_form")
    headers = {"origin": PUBLIC_URL, "cookie": f"__Host-tagwell_form={nonce}"}
    assert site.ask("POST", "/admin/sign-in", data=fields, headers=headers).headers["location"] == (
        "/admin/keys?x=1"
    )
