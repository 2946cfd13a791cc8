"""A sign-in: new each time, this host's alone, and worth nothing once it is over."""

import base64
import json

import pytest

from tests.security.site import COOKIE, PUBLIC_URL, Site, cookie_of, token_of

OTHER = "a longer horse, unbridled"


def opens(site: Site, cookie: str) -> bool:
    """Whether somebody is signed in by this cookie."""
    return site.ask("GET", "/admin/", headers={"cookie": f"{COOKIE}={cookie}"}).status_code == 200


def test_by_https_the_cookie_is_of_this_host_alone(site: Site) -> None:
    for line in site.try_sign_in().headers.get_list("set-cookie"):
        parts = {part.strip().lower() for part in line.split(";")}
        assert line.startswith("__Host-")
        assert {"httponly", "secure", "samesite=lax", "path=/"} <= parts
        assert not any(part.startswith("domain") for part in parts)


def test_without_the_prefix_or_planted_by_another_host_it_is_not_looked_at(site: Site) -> None:
    for name in ("tagwell_admin", "__Secure-tagwell_admin", "__host-tagwell_admin"):
        page = site.ask("GET", "/admin/", headers={"cookie": f"{name}={site.cookie}"})
        assert page.status_code == 303


def test_a_session_is_new_with_every_sign_in_whatever_the_browser_had_before(site: Site) -> None:
    form = site.ask("GET", "/admin/sign-in", signed_in=True)
    fields = {"csrf": token_of(form), "name": "ada", "password": "correct horse battery"}
    kept = f"{COOKIE}={site.cookie}; __Host-tagwell_form={cookie_of(form, '__Host-tagwell_form')}"
    headers = {"origin": PUBLIC_URL, "cookie": kept}
    fresh = cookie_of(site.ask("POST", "/admin/sign-in", data=fields, headers=headers))
    assert fresh != site.cookie
    assert nonce_of(fresh) != nonce_of(site.cookie)


def test_its_nonce_holds_128_random_bits(site: Site) -> None:
    nonces = {nonce_of(cookie_of(site.try_sign_in())) for _ in range(3)}
    assert len(nonces) == 3
    assert all(len(base64.urlsafe_b64decode(nonce + "==")) == 16 for nonce in nonces)


def nonce_of(cookie: str) -> str:
    """The nonce in a cookie, which is signed and not secret."""
    payload = cookie.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))[2])


def test_signed_out_is_signed_out_on_the_server_and_on_every_worker(site: Site) -> None:
    cookie, csrf = site.sign_in()
    headers = {"cookie": f"{COOKIE}={cookie}", "origin": PUBLIC_URL}
    answer = site.ask("POST", "/admin/sign-out", data={"csrf": csrf}, headers=headers)
    assert answer.status_code == 303
    deleted = answer.headers["set-cookie"]
    assert deleted.startswith(f'{COOKIE}=""')
    assert "Secure" in deleted, "a browser ignores the line without it"
    assert not opens(site, cookie)
    assert opens(site, site.cookie)


def test_a_sign_in_is_not_in_an_address_or_in_a_page(site: Site) -> None:
    for address in site.addresses():
        if address.is_admin:
            page = site.ask("GET", address.path, signed_in=True)
            assert site.cookie not in page.text
            assert site.cookie not in page.headers.get("location", "")


@pytest.mark.parametrize(
    "path", ["/v4/clients/1", "/uauth/business-profile", "/metrics", "/v4/events/custom"]
)
def test_the_api_takes_no_cookie_as_proof(site: Site, path: str) -> None:
    for method in ("GET", "POST"):
        assert site.ask(method, path, signed_in=True).status_code in (401, 404, 405)


def test_changing_the_password_ends_all_other_sign_ins(own_site: Site) -> None:
    other, _ = own_site.sign_in()
    fields = {"csrf": own_site.csrf, "current": "correct horse battery", "new": OTHER, "repeat": OTHER}
    changed = own_site.send_form("/admin/password", fields)
    assert changed.headers["location"] == "/admin/password?saved=1"
    assert not opens(own_site, other)
    assert not opens(own_site, own_site.cookie)
    assert opens(own_site, cookie_of(changed))
