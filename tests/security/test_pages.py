"""What visitors sent is text on every page, and no page runs or loads what it did not bring itself."""

import re
from html.parser import HTMLParser

from tests.security.site import HOSTILE, MAIL, Site


class Active(HTMLParser):
    """Gathers what a browser would run or load of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not (given.get("src") or "").startswith("/static/"):
            self.found.append(self.get_starttag_text() or tag)
        self.found += [f"{name}={value}" for name, value in attrs if name.startswith("on")]
        for name in ("href", "src", "action", "formaction", "data"):
            value = (given.get(name) or "").strip().lower()
            if value.startswith(("javascript:", "data:", "vbscript:")):
                self.found.append(f"{name}={value}")
            if name in ("src", "action", "formaction") and value.startswith(("//", "http")):
                self.found.append(f"{name}={value}")
        if tag in ("iframe", "object", "embed", "base", "style") or "style" in given:
            self.found.append(tag)


def active(page: str) -> list[str]:
    """What a browser would run or load of this page that is not the page's own."""
    parser = Active()
    parser.feed(page)
    return parser.found


def test_what_is_active_is_found() -> None:
    assert len(active(HOSTILE)) == 2
    assert active('<a href="javascript:x">') == ["href=javascript:x"]
    assert active('<script type="module" src="/static/admin/admin.js"></script>') == []


def test_every_page_shows_what_visitors_sent_as_text(site: Site) -> None:
    shown = set()
    for address in site.addresses():
        query = f"?q={HOSTILE}&next={HOSTILE}&t={HOSTILE}&before={HOSTILE}"
        page = site.ask("GET", address.path + query, signed_in=address.is_admin)
        if page.headers.get("content-type", "").startswith("text/html") and "/demo/" not in address.path:
            assert active(page.text) == [], address
            if "alert(1)" in page.text:
                shown.add(address.pattern)
    # It is there: a page that showed nothing would prove nothing.
    assert len(shown) > 12, shown
    assert "/admin/visitors/{client_id}" in shown


def test_a_hostile_field_stays_text_where_a_form_says_it_back(site: Site) -> None:
    for path in ("/admin/sources/new", "/admin/keys", "/admin/visitors", "/admin/workspace"):
        fields = dict.fromkeys(("name", "origins", "identifier", "time_zone", "scope", "q"), HOSTILE)
        page = site.send_form(path, {"csrf": site.csrf} | fields)
        assert page.status_code in (200, 303, 422)
        assert active(page.text) == []


def test_an_export_is_a_download_and_its_page_runs_nothing(site: Site) -> None:
    [client_id] = site.running.store.find_people(MAIL)
    export = site.send_form(f"/admin/visitors/{client_id}/export", {"csrf": site.csrf, "format": "html"})
    assert export.status_code == 200
    assert export.headers["content-disposition"].startswith("attachment; filename=")
    assert export.headers["cache-control"] == "no-store"
    assert HOSTILE[:10] not in export.headers["content-disposition"]
    assert "alert(1)" in export.text or export.content[:2] == b"PK"


def test_password_fields_are_left_to_password_managers(site: Site) -> None:
    for path, kinds in (
        ("/admin/sign-in", ["current-password"]),
        ("/admin/password", ["current-password", "new-password", "new-password"]),
    ):
        page = site.ask("GET", path, signed_in=True).text
        fields = re.findall(r'<input[^>]*type="password"[^>]*>', page)
        assert [re.findall(r'autocomplete="([^"]*)"', field) for field in fields] == [
            [kind] for kind in kinds
        ]
        assert not any("maxlength" in field or "onpaste" in field for field in fields)
