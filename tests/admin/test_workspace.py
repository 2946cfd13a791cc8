"""The workspace's settings, the keys of back ends, the people."""

import re

import pytest

from collector.auth.keys import hash_key
from collector.model.source import Source
from collector.store import Store
from tests.admin.browser import Browser


class TestWorkspace:
    """What holds for all sources."""

    def test_settings_are_saved(self, admin: Browser, store: Store) -> None:
        data = {"newsletter_mode": "single", "time_zone": "Europe/Warsaw"}
        assert admin.send_form("/workspace", data).status_code == 303
        workspace = store.workspace()
        assert workspace.newsletter_mode == "single"
        assert workspace.time_zone == "Europe/Warsaw"
        assert workspace.unique_emails is False
        page = admin.get("/workspace").text
        assert "<option selected>Europe/Warsaw</option>" in page
        assert re.search(r'value="single" checked', page)

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param({"newsletter_mode": "double", "time_zone": "UTC"}, id="a mode that needs mails"),
            pytest.param({"newsletter_mode": "single", "time_zone": "Mars/Olympus"}, id="no such zone"),
            pytest.param({"newsletter_mode": "single", "time_zone": "../../etc/passwd"}, id="a path"),
            pytest.param({}, id="nothing"),
        ],
    )
    def test_what_is_no_choice_is_refused(self, admin: Browser, store: Store, data: dict[str, str]) -> None:
        before = store.workspace()
        assert admin.send_form("/workspace", data).status_code == 422
        assert store.workspace() == before


class TestKeys:
    """Shown once, kept as a hash."""

    def key_of(self, text: str) -> str:
        return text.partition('id="key" readonly value="')[2].partition('"')[0]

    def test_a_key_is_shown_once_and_works(self, admin: Browser, store: Store, source: Source) -> None:
        data = {"name": "shop <back end>", "source_id": source.source_id}
        page = admin.send_form("/keys", data)
        key = self.key_of(page.text)
        found = store.api_key(hash_key(key))
        assert found is not None
        assert (found.name, found.source_id) == ("shop <back end>", source.source_id)
        assert "shop &lt;back end&gt;" in page.text
        assert key not in admin.get("/keys").text

    def test_a_key_may_be_good_for_all_sources(self, admin: Browser, store: Store) -> None:
        page = admin.send_form("/keys", {"name": "all", "source_id": ""})
        found = store.api_key(hash_key(self.key_of(page.text)))
        assert found is not None
        assert found.source_id is None

    @pytest.mark.parametrize(
        "data", [{"name": "", "source_id": ""}, {"name": "x", "source_id": "not-a-source"}]
    )
    def test_a_mistake_makes_no_key(self, admin: Browser, data: dict[str, str]) -> None:
        page = admin.send_form("/keys", data)
        assert page.status_code == 422
        assert 'id="key"' not in page.text


def test_people_are_listed_without_their_hashes(admin: Browser, store: Store) -> None:
    store.add_user("grace <hopper>", "$argon2id$not-shown")
    page = admin.get("/people")
    assert "grace &lt;hopper&gt;" in page.text
    assert "argon2" not in page.text
