"""The API is called by pages of other origins, too: a browser asks first, and reads the answer."""

from tests.receive.running import Running

SHOP = "https://shop.example"
ASKS = "authorization,api-version,content-type"


def test_a_browser_is_let_in_from_any_origin_without_cookies(collector: Running) -> None:
    for path in ("/v4/events/custom", "/sauth/v3/auth/login/client/anonymous", "/v4/clients/1"):
        asked = collector.request(
            "OPTIONS",
            path,
            headers={
                "origin": SHOP,
                "access-control-request-method": "POST",
                "access-control-request-headers": ASKS,
            },
        )
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in asked.headers
    refused = collector.request("POST", "/v4/events/custom", headers={"origin": SHOP})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "*")


def test_the_admin_pages_are_not(collector: Running) -> None:
    page = collector.request("GET", "/admin/sign-in", headers={"origin": SHOP})
    assert "access-control-allow-origin" not in page.headers
