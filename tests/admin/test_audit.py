"""The audit page, and what the other pages write into it."""

from collector.model.policy import Policy
from collector.model.source import Source
from collector.store import Store
from tests.admin.browser import PASSWORD, Browser, text_of


def test_what_is_done_on_the_pages_is_written_under_the_persons_name(admin: Browser, store: Store) -> None:
    admin.send_form("/sources/new", {"name": "Made <here>", "origins": ""})
    source = next(each for each in store.sources())
    admin.send_form("/workspace", {"newsletter_mode": "off", "time_zone": "Europe/Warsaw"})
    admin.send_form("/keys", {"name": "back end", "source_id": "", "scope": "all"})
    new = {"current": PASSWORD, "new": "another long one", "repeat": "another long one"}
    admin.send_form("/password", new)
    done = [(line.actor, line.action, line.subject) for line in reversed(store.audit())]
    assert done[1:] == [  # the first is the fixture's own user
        ("ada", "user.sign_in", "ada"),
        ("ada", "source.add", source.source_id),
        ("ada", "workspace.save", "workspace"),
        ("ada", "api_key.add", "workspace"),
        ("ada", "user.password", "ada"),
    ]
    page = admin.get("/audit")
    assert "<here>" not in page.text
    text = text_of(page)
    assert "ada source.add Made <here> Made <here>" in text
    assert text.index("user.password") < text.index("source.add"), "newest first"
    assert "another long one" not in page.text


def test_it_is_paged(admin: Browser, store: Store, source: Source) -> None:
    for n in range(120):
        store.add_audit("ada", f"test.{n}", source.source_id, "")
    first = text_of(admin.get("/audit"))
    assert "test.119" in first
    assert "test.19 " not in first
    older = text_of(admin.get(f"/audit?before={store.audit(limit=100)[-1].number}"))
    assert "test.19 " in older
    assert "test.20 " not in older
    for odd in ("x", "-1", "9" * 30, "٣"):
        assert "test.119" in text_of(admin.get(f"/audit?before={odd}"))


def test_a_stranger_sees_nothing(stranger: Browser, store: Store, source: Source) -> None:
    store.save_policy(source.source_id, Policy(block=("a",)), author="ada", comment="")
    assert stranger.get("/audit").status_code == 303
