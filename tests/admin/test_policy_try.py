"""Try before you save: what an edited policy would have done is shown, and nothing is changed by it."""

import pytest

from collector.model.policy import Policy
from collector.model.shadow import ShadowCount
from collector.model.source import Source
from collector.store import Store
from tests.admin.browser import Browser, text_of
from tests.admin.conftest import NOON, PutEvent
from tests.admin.policy_page import fields_of, send_policy

SCRIPT = "<script>alert(1)</script>"
TURNED = "\u202etxt.exe"
DAY_MS = 86_400_000
CONTEXT = {"address": "203.0.113.0", "user_agent": "curl/8.5.0", "geo": {"country_code": "DE"}}


@pytest.fixture
def path(source: Source) -> str:
    """The page."""
    return f"/sources/{source.source_id}/privacy"


def test_what_would_be_dropped_and_changed_is_shown_by_rule_with_examples(
    admin: Browser, store: Store, source: Source, path: str, put: PutEvent
) -> None:
    for number in range(5):
        put("debug.x", f"Debug {number}", context=CONTEXT)
    put(params={"secret": {"name": "Ada"}, "kept": 1}, context=CONTEXT)
    put("form.open", "Form", context=CONTEXT)
    before = store.events(source.source_id)
    response = send_policy(admin, path, "/try", block=["debug.*"], block_params=["secret.*"], days=["7"])
    assert response.status_code == 200
    page = text_of(response)
    assert "7 stored events of the last 7 days were looked at" in page
    assert "Dropped 5 Changed 1 As they are 1" in page
    assert "The action is on the blocklist debug.* 5" in page
    assert "Blocklist of params secret.* 1" in page
    assert 'params.secret.name "Ada" not kept' in page
    assert [f"Debug {number}" in page for number in range(5)] == [False, False, True, True, True]
    assert "Blocklist of events debug.*" in page  # what was changed
    assert store.source(source.source_id) == source
    assert store.events(source.source_id) == before


def test_the_edits_go_on_to_the_form_or_into_force(
    admin: Browser, store: Store, source: Source, path: str
) -> None:
    edits = {
        "block": ["debug.*\r\n a "],
        "block_bots": ["seo", "scanner"],
        "comment": ["why"],
        "consent": ["opt-in"],
    }
    tried = fields_of(send_policy(admin, path, "/try", **edits).text)
    back = admin.post(path, tried | {"edit": ["1"]})
    assert "Not saved yet" in text_of(back)
    assert "With opt-in the tag waits" in text_of(back)
    again = fields_of(back.text)
    for name in ("block_bots", "comment", "consent"):
        assert again[name] == edits[name]
    assert again["block"] == ["debug.*\r\n a "]
    assert store.source(source.source_id) == source
    assert admin.post(path, tried).status_code == 303
    saved = store.policy_history(source.source_id)[0]
    assert (saved.policy, saved.comment) == (
        Policy(block=("debug.*", "a"), block_bots=("seo", "scanner"), consent="opt-in"),
        "why",
    )


def test_a_mistake_is_said_at_the_form(admin: Browser, store: Store, source: Source, path: str) -> None:
    for to in ("/try", "/shadow"):
        response = send_policy(admin, path, to, block=["a*"])
        assert response.status_code == 422
        assert "“a*” is not a rule" in text_of(response)
    assert store.source(source.source_id) == source


def test_only_events_of_these_days_count(admin: Browser, path: str, put: PutEvent) -> None:
    page = text_of(send_policy(admin, path, "/try", days=["x' OR 1"]))
    assert "No event was stored in the last 7 days" in page
    put("debug.old", received_ms=NOON - 2 * DAY_MS)
    put("debug.new", received_ms=NOON - DAY_MS // 2)
    for days, looked in (("1", "1 stored event of the last day was looked at"), ("30", "2 stored events")):
        assert looked in text_of(send_policy(admin, path, "/try", block=["debug.*"], days=[days]))


def test_what_cannot_be_known_is_named(admin: Browser, path: str, put: PutEvent) -> None:
    put(context={"address": "203.0.113.0"})
    put("order.done", context=CONTEXT)
    page = text_of(
        send_policy(
            admin,
            path,
            "/try",
            block_agents=["curl"],
            block_networks=["203.0.113.7"],
            block_referrers=["b.example"],
            token_actions=["order.*"],
            do_not_track=["on"],
            consent=["opt-out"],
        )
    )
    assert "1 event keeps no User-Agent, so that the lists of programs could not be asked about them" in page
    assert "2 events keep no whole address" in page
    assert "An event whose referrer was not kept is on no list of referrers here" in page
    assert "1 event would have needed a token" in page
    assert "Whether a browser sent Do Not Track was not kept" in page
    assert "Whether an api key came along was not kept" in page
    assert "tells of consent what the policy then in force asked for" in page
    assert "running it beside the one in force" in page


def test_what_visitors_sent_stays_text(admin: Browser, path: str, put: PutEvent) -> None:
    put("debug.x", SCRIPT + TURNED, context=CONTEXT)
    put(params={SCRIPT + TURNED: SCRIPT + TURNED + "x" * 5000}, context=CONTEXT)
    response = send_policy(admin, path, "/try", block=["debug.*"], allow_params=["kept"])
    assert SCRIPT not in response.text
    assert "\u202e" not in response.text
    assert "x" * 200 not in response.text
    assert text_of(response).count("\\u202etxt.exe") >= 3
    assert "&lt;script&gt;" in response.text


class TestShadow:
    """The trial over live traffic, as a person starts, reads and ends it."""

    def test_it_starts_from_the_form_and_ends(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        response = send_policy(admin, path, "/shadow", block=["debug.*"])
        assert response.headers["location"].endswith("/privacy/shadow")
        on_trial = store.source(source.source_id)
        assert on_trial is not None
        assert (on_trial.shadow, on_trial.policy) == (Policy(block=("debug.*",)), source.policy)
        page = admin.get(f"{path}/shadow")
        assert "No event yet" in text_of(page)
        assert "Blocklist of events debug.*" in text_of(page)
        assert "A policy is on trial" in text_of(admin.get(path))
        # It can be opened in the form, and saved from there.
        opened = admin.post(path, fields_of(page.text) | {"edit": ["1"]})
        assert fields_of(opened.text)["block"] == ["debug.*"]
        assert admin.post(f"{path}/shadow", fields_of(page.text) | {"stop": ["1"]}).status_code == 303
        assert store.source(source.source_id) == source
        assert admin.get(f"{path}/shadow").status_code == 303

    def test_its_counts_read_as_what_they_mean(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        store.save_shadow(source.source_id, Policy(block=("debug.*",)), author="ada")
        trial = store.source(source.source_id)
        assert trial is not None
        pairs = {
            ("stored", "stored"): 1_000,
            ("stored", "changed"): 20,
            ("stored", f"action_blocked: {SCRIPT}{TURNED}"): 3,
            ("page_blocked: /account", "stored"): 4,
            ("page_blocked: /account", "no_consent: opt-in"): 5,
        }
        store.count_shadow(
            [
                ShadowCount(
                    source=source.number, shadow_ms=trial.shadow_ms, live=live, shadow=shadow, count=count
                )
                for (live, shadow), count in pairs.items()
            ]
        )
        response = admin.get(f"{path}/shadow")
        page = text_of(response)
        assert "Would let in 4 Would drop 3 Would change 20 The same 1,005" in page
        assert "Now: The page is on the blocklist (/account) 4" in page
        assert SCRIPT not in response.text
        assert "\u202e" not in response.text
