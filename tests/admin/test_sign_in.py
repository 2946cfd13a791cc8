"""Who gets in: the password decides, attempts are limited, and no other site can send our forms."""

import httpx
import pytest
from starlette.applications import Starlette

from collector.admin.security import IDLE_SECONDS, SIGN_IN_SECONDS, safe_next
from collector.auth.attempts import attempt_keys
from collector.model.source import Source
from collector.store import Store
from tests.admin.browser import PASSWORD, Browser, text_of
from tests.admin.conftest import NOON, Clock

COOKIE = "__Host-tagwell_admin"


def test_the_right_password_signs_in_and_leads_to_the_sources(stranger: Browser) -> None:
    response = stranger.sign_in()
    assert (response.status_code, response.headers["location"]) == (303, "/admin/")
    assert stranger.get("/").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger: Browser) -> None:
    lines = stranger.sign_in().headers.get_list("set-cookie")
    cookie = next(line for line in lines if line.startswith(f"{COOKIE}="))
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/", f"Max-Age={IDLE_SECONDS}"} <= {
        part.strip() for part in cookie.split(";")
    }


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("ada", "wrong", id="wrong password"),
        pytest.param("nobody", PASSWORD, id="unknown name"),
        pytest.param("", "", id="nothing"),
        pytest.param("ada' OR 1=1 --", PASSWORD, id="a name made of SQL"),
        pytest.param("ada\x00", PASSWORD, id="a name with a null character"),
        pytest.param("ada", PASSWORD + "x" * 100_000, id="a very long password"),
    ],
)
def test_anything_else_is_refused_in_the_same_words(stranger: Browser, name: str, password: str) -> None:
    response = stranger.sign_in(name, password)
    assert response.status_code == 403
    assert "Name and password do not match." in text_of(response)
    assert COOKIE not in stranger.cookies


def test_the_name_is_kept_in_the_form_as_text_and_the_password_is_not(stranger: Browser) -> None:
    response = stranger.sign_in('"><script>alert(1)</script>', "a-wrong-password")
    assert "<script>alert" not in response.text
    assert "&#34;&gt;&lt;script&gt;" in response.text
    assert "a-wrong-password" not in response.text


@pytest.mark.parametrize(
    "path", ["/", "/sources/new", "/workspace", "/keys", "/people", "/password", "/nothing"]
)
def test_a_stranger_is_led_to_the_sign_in_page_and_back(stranger: Browser, path: str) -> None:
    response = stranger.get(path)
    assert response.status_code == 303
    assert response.headers["location"] == f"/admin/sign-in?next=/admin{path}"
    assert stranger.sign_in(next=f"/admin{path}").headers["location"] == f"/admin{path}"


def test_a_stranger_learns_nothing_of_a_source(stranger: Browser, source: Source) -> None:
    pages = ("live", "install", "settings", "privacy", "rejected", "events/1")
    for page in (f"/sources/{source.source_id}/{page}" for page in pages):
        response = stranger.get(page)
        assert response.status_code == 303
        assert source.name not in response.text
    for fragment in (f"/sources/{source.source_id}/{page}" for page in ("live/rows", "install/status")):
        assert stranger.get(fragment).status_code == 401


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("https://evil.example/", id="another site"),
        pytest.param("//evil.example/", id="another site without scheme"),
        pytest.param("/\\evil.example", id="a backslash, which browsers read as a slash"),
        pytest.param("/admin/\\..\\evil", id="a backslash further on"),
        pytest.param("/adminevil/", id="a longer first folder"),
        pytest.param("/admin/../demo/", id="climbs out"),
        pytest.param("/admin/%2e%2E/demo/", id="climbs out, encoded"),
        pytest.param("/admin/\n//evil.example", id="a line end, which browsers drop"),
        pytest.param("\t/admin/", id="a blank before"),
        pytest.param("javascript:alert(1)", id="a script"),
        pytest.param("/demo/", id="another part of the collector"),
        pytest.param("", id="nothing"),
    ],
)
def test_sign_in_leads_nowhere_but_to_the_admin_pages(target: str) -> None:
    assert safe_next(target, "/admin") == "/admin/"


def test_a_forged_or_changed_cookie_is_worth_nothing(stranger: Browser) -> None:
    stranger.sign_in()
    value = stranger.cookies[COOKIE]
    payload, stamp, signature = value.split(".")
    turned = "".join("A" if letter != "A" else "B" for letter in signature)
    for forged in (
        "",
        "x",
        payload,
        f"{payload}.{stamp}.",
        f"{payload}.{stamp}.{turned}",
        f"{payload}..{signature}",
    ):
        stranger.cookies.clear()
        stranger.cookies.set(COOKIE, forged, domain="collector.example", path="/")
        assert stranger.get("/").status_code == 303


def test_a_sign_in_ends_after_twelve_hours_however_busy(admin: Browser, clock: Clock) -> None:
    since = clock.ms
    while clock.ms + IDLE_SECONDS * 500 < since + SIGN_IN_SECONDS * 1000:
        clock.ms += IDLE_SECONDS * 500
        assert admin.get("/").status_code == 200
    clock.ms = since + SIGN_IN_SECONDS * 1000
    assert admin.get("/").status_code == 303


def test_a_sign_in_ends_after_half_an_hour_without_a_page(admin: Browser, clock: Clock) -> None:
    clock.ms += (IDLE_SECONDS - 1) * 1000
    assert admin.get("/").status_code == 200
    clock.ms += (IDLE_SECONDS - 1) * 1000
    assert admin.get("/").status_code == 200, "the half hour begins anew with every page"
    clock.ms += (IDLE_SECONDS + 1) * 1000
    assert admin.get("/").status_code == 303


def test_the_pages_own_script_keeps_whoever_types_signed_in(admin: Browser, clock: Clock) -> None:
    for _ in range(3):
        clock.ms += (IDLE_SECONDS - 1) * 1000
        assert admin.request("HEAD", "/").status_code == 200
    assert admin.get("/").status_code == 200


def test_a_page_that_is_left_open_keeps_nobody_signed_in(
    admin: Browser, clock: Clock, source: Source
) -> None:
    rows = f"/sources/{source.source_id}/live/rows"
    for _ in range(3):
        clock.ms += (IDLE_SECONDS // 3) * 1000
        assert admin.get(rows).status_code == 204
    clock.ms += 1_000
    assert admin.get(rows).status_code == 401
    assert admin.get("/").status_code == 303


def test_every_sign_in_has_a_cookie_of_its_own(app: Starlette) -> None:
    first, second = Browser(app), Browser(app)
    first.sign_in()
    second.sign_in()
    assert first.cookies[COOKIE] != second.cookies[COOKIE]


def test_signing_out_ends_the_sign_in_wherever_its_cookie_is(app: Starlette, admin: Browser) -> None:
    stolen = admin.cookies[COOKIE]
    other = Browser(app)
    other.sign_in()
    response = admin.post("/sign-out", {"csrf": admin.token("/")})
    assert (response.status_code, response.headers["location"]) == (303, "/admin/sign-in")
    assert COOKIE not in admin.cookies
    admin.cookies.set(COOKIE, stolen, domain="collector.example", path="/")
    assert admin.get("/").status_code == 303
    assert other.get("/").status_code == 200, "only this sign-in has ended"


def test_sign_ins_are_audited_and_what_fails_is_logged_without_what_was_typed(
    stranger: Browser, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(12):
        stranger.sign_in("hunter2", "hunter3")
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 11
    assert "failed, from 203.0.113.7" in caplog.messages[0]
    assert "too many attempts" in caplog.messages[-1]
    assert "hunter" not in caplog.text
    store.clear_attempts(attempt_keys("", "203.0.113.7")[0])
    stranger.sign_in()
    stranger.post("/sign-out", {"csrf": stranger.token("/")})
    assert [(line.actor, line.action) for line in store.audit()][:2] == [
        ("ada", "user.sign_out"),
        ("ada", "user.sign_in"),
    ]


def test_a_link_cannot_sign_a_person_out(admin: Browser) -> None:
    response = admin.get("/sign-out")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert admin.get("/").status_code == 200


class TestAttempts:
    """Ten attempts in a quarter of an hour from one address, a hundred for one name."""

    def count(self, store: Store, number: int, *, name: str = "ada", address: str = "203.0.113.7") -> None:
        """Count attempts as the page does, without hashing a password for each."""
        for key in attempt_keys(name, address):
            for _ in range(number):
                store.count_attempt(key, NOON, 15 * 60 * 1000)

    def test_the_eleventh_is_not_even_looked_at(self, stranger: Browser) -> None:
        for _ in range(10):
            assert stranger.sign_in("ada", "wrong").status_code == 403
        response = stranger.sign_in()
        assert response.status_code == 429
        assert response.headers["retry-after"] == "900"
        assert "Wait 15 minutes" in text_of(response)
        assert COOKIE not in stranger.cookies

    def test_a_name_is_protected_from_many_addresses(self, app: Starlette, store: Store) -> None:
        for number in range(10):
            self.count(store, 10, address=f"198.51.100.{number}")
        assert Browser(app, address="198.51.100.99").sign_in().status_code == 429

    def test_one_stranger_cannot_lock_a_person_out(self, app: Starlette, store: Store) -> None:
        self.count(store, 11, address="198.51.100.1")
        assert Browser(app, address="198.51.100.1").sign_in().status_code == 429
        assert Browser(app).sign_in().status_code == 303

    def test_one_address_cannot_try_many_names(self, app: Starlette, store: Store) -> None:
        for number in range(10):
            self.count(store, 1, name=f"name-{number}")
        assert Browser(app).sign_in().status_code == 429
        assert Browser(app, address="198.51.100.1").sign_in().status_code == 303

    def test_the_limit_is_lifted_after_the_window(
        self, stranger: Browser, store: Store, clock: Clock
    ) -> None:
        self.count(store, 11)
        assert stranger.sign_in().status_code == 429
        clock.ms += 15 * 60 * 1000 + 1
        assert stranger.sign_in().status_code == 303

    def test_a_sign_in_clears_the_count(self, app: Starlette, store: Store) -> None:
        for _ in range(2):
            self.count(store, 9)
            assert Browser(app).sign_in().status_code == 303

    def test_neighbours_in_one_ipv6_network_count_together(self) -> None:
        first, second = attempt_keys("ada", "2001:db8::1"), attempt_keys("ADA", "2001:db8:0:ff::2")
        assert first == second
        assert attempt_keys("ada", "2001:db8:1::1")[0] != first[0]

    def test_what_was_typed_as_a_name_is_not_kept(self) -> None:
        assert not any("hunter2" in key for key in attempt_keys("hunter2", "203.0.113.7"))


class TestForgery:
    """A form counts only with its own token, from our own page."""

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param({"Sec-Fetch-Site": "cross-site"}, id="the browser says another site"),
            pytest.param({"Sec-Fetch-Site": "same-site"}, id="the browser says a sister site"),
            pytest.param({"Origin": "https://evil.example"}, id="another origin"),
            pytest.param({"Origin": "null"}, id="no origin, a sandboxed frame's"),
            pytest.param(
                {"Origin": "https://collector.example.evil.example"}, id="an origin that begins as ours"
            ),
            pytest.param({"Origin": "https://collector.example:8443"}, id="another port"),
        ],
    )
    def test_a_form_from_elsewhere_is_refused_even_with_the_token(
        self, admin: Browser, store: Store, headers: dict[str, str]
    ) -> None:
        response = admin.send_form("/sources/new", {"name": "Forged"}, headers=headers)
        assert response.status_code == 403
        assert "came from another site" in text_of(response)
        assert store.sources() == []

    def test_a_browser_that_sends_neither_header_is_left_to_the_token(self, admin: Browser) -> None:
        data = {"csrf": admin.token("/sources/new"), "name": "Old browser"}
        assert admin.request("POST", "/sources/new", data=data).status_code == 303

    @pytest.mark.parametrize("token", ["", "x", "0" * 64, "ü"])
    def test_a_form_without_its_token_is_refused(self, admin: Browser, store: Store, token: str) -> None:
        assert admin.post("/sources/new", {"csrf": token, "name": "Forged"}).status_code == 403
        assert store.sources() == []

    def test_a_token_is_bound_to_one_sign_in(self, app: Starlette, admin: Browser, store: Store) -> None:
        other = Browser(app)
        other.sign_in()
        stolen = other.token("/sources/new")
        assert admin.post("/sources/new", {"csrf": stolen, "name": "Forged"}).status_code == 403
        assert store.sources() == []

    def test_the_sign_in_form_itself_needs_its_token(self, app: Starlette) -> None:
        other = Browser(app).token("/sign-in")
        fresh = Browser(app)
        fresh.get("/sign-in")
        response = fresh.post("/sign-in", {"csrf": other, "name": "ada", "password": PASSWORD})
        assert response.status_code == 403
        assert COOKIE not in fresh.cookies
        without_cookie = Browser(app)
        response = without_cookie.post("/sign-in", {"csrf": other, "name": "ada", "password": PASSWORD})
        assert response.status_code == 403


class TestPassword:
    """Changing one's own."""

    NEW = "a longer horse, unbridled"

    def change(self, admin: Browser, **data: str) -> httpx.Response:
        values = {"current": PASSWORD, "new": self.NEW, "repeat": self.NEW} | data
        return admin.send_form("/password", values)

    def test_the_new_one_counts_and_other_sign_ins_end(self, app: Starlette, admin: Browser) -> None:
        other = Browser(app)
        other.sign_in()
        assert self.change(admin).headers["location"] == "/admin/password?saved=1"
        assert admin.get("/").status_code == 200
        assert other.get("/").status_code == 303
        assert Browser(app).sign_in().status_code == 403
        assert Browser(app).sign_in(password=self.NEW).status_code == 303

    @pytest.mark.parametrize(
        ("data", "complaint"),
        [
            pytest.param({"current": "wrong"}, "This is not your present password.", id="present one wrong"),
            pytest.param({"new": "short", "repeat": "short"}, "Use 12 or more", id="too short"),
            pytest.param(
                {"new": "Password1234", "repeat": "Password1234"}, "most common", id="one that is tried first"
            ),
            pytest.param({"new": "x" * 129, "repeat": "x" * 129}, "at most 128", id="too long"),
            pytest.param(
                {"repeat": "another one entirely"}, "The two new passwords differ", id="not repeated"
            ),
        ],
    )
    def test_a_mistake_changes_nothing_and_is_said(
        self, app: Starlette, admin: Browser, data: dict[str, str], complaint: str
    ) -> None:
        response = self.change(admin, **data)
        assert response.status_code == 422
        assert complaint in text_of(response)
        assert Browser(app).sign_in().status_code == 303

    def test_a_stolen_cookie_cannot_guess_the_password_for_long(self, admin: Browser, store: Store) -> None:
        for _ in range(9):
            store.count_attempt(attempt_keys("ada", "")[1], NOON, 15 * 60 * 1000)
        assert self.change(admin, current="wrong").status_code == 422
        assert self.change(admin).status_code == 429
