"""The privacy page: shows and saves any policy, each save a version with its author, and names mistakes."""

import contextlib
import re
import sqlite3
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings

from collector.admin.forms import Form
from collector.admin.policy_field import Field
from collector.admin.policy_fields import FIELDS
from collector.admin.policy_form import PolicyForm
from collector.admin.policy_remarks import remarks
from collector.admin.policy_values import check_category, check_host_rule, check_retention
from collector.model.policy import Category, Policy
from collector.model.source import Settings, Source
from collector.store import Store
from tests.admin.browser import Browser, text_of
from tests.admin.policy_page import fields_of, send_policy
from tests.pipeline.policies import policies

SCRIPT = "</textarea><script>alert(1)</script>"


@pytest.fixture
def path(source: Source) -> str:
    """The page."""
    return f"/sources/{source.source_id}/privacy"


def in_force(store: Store, source: Source) -> Source:
    """The source as it is now."""
    now = store.source(source.source_id)
    assert now is not None
    return now


def break_policy(file: Path) -> None:
    """Make the first version unreadable, as a later release or a damaged disk would leave it."""
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("""UPDATE policies SET policy = '{"block": 3}' WHERE version = 1""")
        connection.execute("UPDATE revision SET value = value + 1")


class TestForm:
    """What a policy says is shown, and what is shown is saved as it was."""

    def test_every_rule_of_a_policy_has_a_field(self) -> None:
        assert set(FIELDS) == set(Policy.__struct_fields__)

    @pytest.mark.parametrize(
        "field", [each for each in FIELDS.values() if each.choices], ids=lambda f: f.name
    )
    def test_every_choice_is_offered(self, field: Field) -> None:
        kind = get_type_hints(Policy)[field.name]
        allowed = get_args(get_args(kind)[0]) if field.kind == "ticks" else get_args(kind)
        assert set(field.choices) == set(allowed)

    @given(policies())
    @settings(max_examples=150, deadline=None)
    def test_any_policy_comes_back_from_the_form_as_it_was(self, policy: Policy) -> None:
        sent = Form((name, value.replace("\n", "\r\n")) for name, value in PolicyForm.of(policy, 1).pairs())
        assert as_sets(PolicyForm.read(sent).policy()) == as_sets(policy)

    def test_the_page_shows_it_and_saves_it_unchanged(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        policy = Policy(
            block=(" odd ", "debug.*"),
            allow_hosts=("*.shop.example",),
            block_networks=("2001:db8::/32",),
            block_bots=("seo", "scanner"),
            categories=(Category(name="ads", actions=("banner.*", "two words")),),
            retention={"form.*": 30, "two words": 7},
            redact=(),
            query="listed",
            keep_query=("utm_source",),
            consent="opt-in",
            keep_screen=False,
        )
        store.save_policy(source.source_id, policy, author="grace", comment="")
        before = in_force(store, source)
        assert send_policy(admin, path).status_code == 303
        assert in_force(store, source) == before
        assert send_policy(admin, path, consent_text=["v2"], comment=["why"]).status_code == 303
        saved = store.policy_history(source.source_id)[0]
        assert saved.policy == Policy(**{**as_dict(policy), "consent_text": "v2"})
        assert (saved.author, saved.comment) == ("ada", "why")

    def test_what_is_seldom_used_is_folded_unless_it_holds_something(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        assert "<details open>" not in admin.get(path).text
        store.save_policy(source.source_id, Policy(block_countries=("FR",)), author="g", comment="")
        page = admin.get(path).text
        assert page.count("<details open>") == 1
        assert "<details open><summary>Countries</summary>" in page

    def test_ten_thousand_networks_can_be_pasted_and_a_mistake_names_its_line(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        networks = [f"2001:db8:{number:x}:1234:5678:9abc:def0::/112" for number in range(10_000)]
        lists: dict[str, Any] = {
            name: ["\r\n".join(networks)] for name in ("block_networks", "allow_networks")
        }
        assert send_policy(admin, path, **lists).status_code == 303
        assert len(in_force(store, source).policy.block_networks) == 10_000
        networks[8_999] = "2001:db8::1::"
        networks[9_005] = "x"
        response = send_policy(admin, path, block_networks=["\r\n".join(networks)])
        assert response.status_code == 422
        told = "Line 9000: “2001:db8::1::” is not an address or network."
        assert told in text_of(response)
        assert "1 more line needs mending" in text_of(response)


class TestSaving:
    """Each save is a version with its author."""

    def test_saving_without_a_change_makes_no_version(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        send_policy(admin, path, block=["debug.*"])
        versions = store.policy_history(source.source_id)
        send_policy(admin, path, comment=["nothing new"])
        assert store.policy_history(source.source_id) == versions

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            pytest.param(
                {"block": "page.visit\n*.visit"}, "Line 2: “*.visit” is not a rule", id="star in front"
            ),
            pytest.param({"allow": "pro*"}, "“pro*” is not a rule", id="a star without a dot"),
            pytest.param({"block": '"a" b"'}, "in quotes that are not closed right", id="quotes"),
            pytest.param(
                {"block_hosts": "https://shop.example/"}, "without scheme, port and path", id="a host"
            ),
            pytest.param(
                {"block_countries": "DE\nGermany"}, "Line 2: “Germany” is not a country", id="country"
            ),
            pytest.param({"block_networks": "10.0.0.0/33"}, "“10.0.0.0/33” is not an address", id="network"),
            pytest.param({"block_agents": "x" * 513}, "is not a program", id="program"),
            pytest.param({"block_bots": "robots"}, "“robots” is no choice here", id="bots"),
            pytest.param({"categories": "ads banner.*"}, "names no actions", id="a category without a colon"),
            pytest.param(
                {"categories": "Ads: a"}, "“Ads” is not a category’s name", id="a category in capitals"
            ),
            pytest.param({"retention": "form.*"}, "is not a rule and its days", id="retention without days"),
            pytest.param({"retention": "form.* 0"}, "“0” is not a number of days. Use 1 to", id="no days"),
            pytest.param({"retention_days": "-1"}, "Use 0 to 36500 (0 is for ever)", id="days"),
            pytest.param({"consent_text": "x" * 65}, "The version has 65 characters", id="text"),
            pytest.param({"address": "halved"}, "“halved” is no choice here", id="address"),
            pytest.param({"trust": ""}, "Choose one of: strict, standard, trusting", id="no choice made"),
            pytest.param({"bots": "mark<script>"}, "“mark<script>” is no choice", id="a hostile choice"),
            pytest.param({"block": SCRIPT + "*"}, "is not a rule", id="a hostile rule"),
            pytest.param({"comment": "x" * 201}, "The comment has 201 characters", id="long comment"),
        ],
    )
    def test_a_mistake_saves_nothing_and_keeps_what_was_typed(
        self, admin: Browser, store: Store, source: Source, path: str, change: dict[str, str], complaint: str
    ) -> None:
        typed: dict[str, Any] = {name: [value] for name, value in change.items()}
        response = send_policy(admin, path, **({"allow_params": ["kept.typed"]} | typed))
        assert response.status_code == 422
        assert complaint in text_of(response)
        [name] = change
        assert f'id="{name}-error"' in response.text
        assert "kept.typed" in fields_of(response.text)["allow_params"]
        assert "<script>alert" not in response.text
        assert "mark<script>" not in response.text
        assert in_force(store, source) == source

    def test_two_people_at_once_do_not_undo_each_other(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        fields = fields_of(admin.get(path).text) | {"block": ["mine.*"]}
        store.save_policy(source.source_id, Policy(block=("legal.*",)), author="grace", comment="first")
        response = admin.post(path, fields)
        assert response.status_code == 422
        assert "Someone saved version 2 while you were editing" in text_of(response)
        assert in_force(store, source).policy == Policy(block=("legal.*",))
        # What was typed is kept, and saved once one has looked.
        assert admin.post(path, fields_of(response.text)).status_code == 303
        assert in_force(store, source).policy == Policy(block=("mine.*",))

    def test_two_who_save_in_one_moment_do_not_undo_each_other_either(
        self, admin: Browser, store: Store, source: Source, path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        legal, save = Policy(block=("legal.*",)), store.save_policy

        def overtaken(*given: Any, **named: Any) -> Any:
            monkeypatch.setattr(store, "save_policy", save)
            save(source.source_id, legal, author="grace", comment="first")
            return save(*given, **named)

        monkeypatch.setattr(store, "save_policy", overtaken)
        response = send_policy(admin, path, block=["mine.*"])
        assert response.status_code == 422
        assert "Someone saved version 2 while you were editing" in text_of(response)
        assert "mine.*" in fields_of(response.text)["block"]
        assert in_force(store, source).policy == legal
        monkeypatch.setattr(store, "save_policy", overtaken)
        response = admin.send_form(f"{path}/history/1", {})
        assert response.status_code == 422
        assert "Nothing was changed. Someone saved version 3 meanwhile" in text_of(response)
        assert in_force(store, source).policy == legal

    def test_nobody_returns_over_a_version_they_have_not_seen(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        store.save_policy(source.source_id, Policy(block=("a",)), author="ada", comment="")
        for page in (f"{path}/history", f"{path}/history/1"):
            shown = admin.get(page).text
            version = re.findall(r'name="version" value="(\d+)"', shown)[0]
            store.save_policy(source.source_id, Policy(block=("legal.*",)), author="grace", comment="")
            form = {"csrf": admin.token(page), "version": version}
            response = admin.post(f"{path}/history/1", form)
            assert response.status_code == 422
            assert "look at what it changed, then return again" in text_of(response)
            assert in_force(store, source).policy == Policy(block=("legal.*",))

    def test_a_form_of_another_site_saves_nothing(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        for to in ("", "/try", "/shadow", "/history/1"):
            fields = fields_of(admin.get(path).text) | {"csrf": ["wrong"], "block": ["a"]}
            assert admin.post(path + to, fields).status_code == 403
        assert in_force(store, source) == source


class TestHistory:
    """Who saved what and why, what changed, and the way back."""

    def test_a_version_shows_its_change_and_can_be_returned_to(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        send_policy(admin, path, block=["debug.*\r\nold.*"], comment=["No <debug>"])
        send_policy(admin, path, block=["old.*"], address=["dropped"], comment=["Addresses go"])
        page = text_of(admin.get(f"{path}/history"))
        assert "No <debug>" in page
        assert "Addresses go" in page
        assert "ada" in page
        one = text_of(admin.get(f"{path}/history/3"))
        assert "The visitor’s address Shortened Not kept" in one
        assert "Blocklist of events debug.*" in one
        assert "What returning to it would change" not in one  # it is in force
        response = admin.send_form(f"{path}/history/2", {})
        assert response.headers["location"].endswith("/history?returned=2")
        latest = store.policy_history(source.source_id)[0]
        assert (latest.version, latest.comment, latest.author) == (4, "return to version 2", "ada")
        assert in_force(store, source).policy == Policy(block=("debug.*", "old.*"))
        assert "Version 2 is in force again" in text_of(admin.get(f"{path}/history?returned=2"))

    def test_there_is_no_page_of_a_version_that_is_not(self, admin: Browser, path: str) -> None:
        for version in ("0", "2", "x", "1e0"):
            assert admin.get(f"{path}/history/{version}").status_code == 404

    def test_a_hostile_rule_and_comment_stay_text(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        hostile = Policy(block=(SCRIPT,), consent_text=SCRIPT, keep_query=(SCRIPT,))
        store.save_policy(source.source_id, hostile, author=SCRIPT, comment=SCRIPT)
        store.save_shadow(source.source_id, hostile, author=SCRIPT)
        for below in ("", "/history", "/history/2", "/shadow"):
            response = admin.get(path + below)
            assert response.status_code == 200
            assert "<script>alert" not in response.text
            assert "&lt;script&gt;alert" in response.text
        assert "<script>alert" not in send_policy(admin, path, "/try").text


class TestUnreadable:
    """A policy that cannot be read is said on every page of its source, with the way out."""

    @pytest.fixture(autouse=True)
    def broken(self, source: Source, tmp_path: Path) -> None:
        """The only version there is."""
        break_policy(tmp_path / "tagwell.db")

    def test_it_is_said_everywhere(self, admin: Browser, source: Source, path: str) -> None:
        for tab in ("live", "install", "settings", "privacy", "privacy/history", "privacy/history/1"):
            told = text_of(admin.get(f"/sources/{source.source_id}/{tab}"))
            assert "Nothing is kept for this source, since its rules cannot be read." in told, tab
            assert "return to an earlier version" in told
        assert "rules unreadable" in text_of(admin.get("/"))
        assert "This release cannot read it" in text_of(admin.get(f"{path}/history/1"))

    def test_the_form_holds_the_defaults_and_saving_it_mends_the_source(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        assert PolicyForm.read(Form(pairs(fields_of(admin.get(path).text)))).policy() == Policy()
        assert send_policy(admin, path).status_code == 303
        assert in_force(store, source).problem == ""
        assert in_force(store, source).policy == Policy()
        assert "cannot be read" not in text_of(admin.get(path))

    def test_it_cannot_be_returned_to(self, admin: Browser, store: Store, source: Source, path: str) -> None:
        send_policy(admin, path)
        assert "Return to version 1" not in admin.get(f"{path}/history").text
        assert admin.send_form(path, {}, headers={}).status_code == 422
        csrf = admin.token(path)
        assert admin.post(f"{path}/history/1", {"csrf": csrf}).status_code == 404
        assert in_force(store, source).policy_version == 2


class TestRemarks:
    """What is odd is said, and nothing is said of an ordinary policy."""

    def test_a_new_source_has_none(self) -> None:
        assert remarks(Policy(), Settings()) == []

    @pytest.mark.parametrize(
        ("policy", "told"),
        [
            (Policy(block=("*",)), "nothing at all is kept"),
            (Policy(allow=("form.*",)), "page.visit is not let in"),
            (Policy(allow=("page.*",), consent="opt-in"), "With opt-in the tag waits"),
            (Policy(block_hosts=("a.example",), allow_hosts=("a.example",)), "the blocklist wins"),
            (Policy(block_countries=("UK",)), "The United Kingdom is GB"),
            (Policy(query="listed"), "none stays"),
            (Policy(hash_params=("formData.*",)), "no form makes a visitor known"),
            (Policy(retention={"form.*": 400}, retention_days=30), "form.* is kept longer than the 30 days"),
            (Policy(global_privacy_control=False), "Global Privacy Control is not honoured"),
        ],
    )
    def test_an_odd_combination_is_said(self, policy: Policy, told: str) -> None:
        assert [remark for remark in remarks(policy, Settings()) if told in remark]


def test_values_are_kept_as_they_will_be_compared() -> None:
    assert check_host_rule("*.ŁÓDŹ.example") == "*.xn--d-uga0v4h.example"
    assert check_host_rule("Shop.Example") == "shop.example"
    assert check_category('ads: a.* "two words"') == Category(name="ads", actions=("a.*", "two words"))
    assert check_retention("two words 30") == ("two words", 30)


def as_dict(policy: Policy) -> dict[str, Any]:
    """Its fields."""
    return {name: getattr(policy, name) for name in Policy.__struct_fields__}


def as_sets(policy: Policy) -> dict[str, Any]:
    """Its fields, with ticks in no order and paths as browsers write them."""
    fields = as_dict(policy)
    for name in ("redact", "allow_bots", "block_bots"):
        fields[name] = frozenset(fields[name])
    return fields


def pairs(fields: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Fields one by one."""
    return [(name, value) for name, values in fields.items() for value in values]
