"""The workspace's settings, and the people."""

import re

import pytest

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

    def test_double_opt_in_is_a_choice_that_says_it_needs_a_mail_server(
        self, admin: Browser, store: Store
    ) -> None:
        data = {"newsletter_mode": "double", "time_zone": "UTC", "unique_emails": "on"}
        assert admin.send_form("/workspace", data).status_code == 303
        assert store.workspace().newsletter_mode == "double"
        assert "TAGWELL_SMTP_URL" in admin.get("/workspace").text

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param({"newsletter_mode": "triple", "time_zone": "UTC"}, id="no such mode"),
            pytest.param({"newsletter_mode": "single", "time_zone": "Mars/Olympus"}, id="no such zone"),
            pytest.param({"newsletter_mode": "single", "time_zone": "../../etc/passwd"}, id="a path"),
            pytest.param({}, id="nothing"),
        ],
    )
    def test_what_is_no_choice_is_refused(self, admin: Browser, store: Store, data: dict[str, str]) -> None:
        before = store.workspace()
        assert admin.send_form("/workspace", data).status_code == 422
        assert store.workspace() == before


def test_people_are_listed_without_their_hashes(admin: Browser, store: Store) -> None:
    store.add_user("grace <hopper>", "$argon2id$not-shown")
    page = admin.get("/people")
    assert "grace &lt;hopper&gt;" in page.text
    assert "argon2" not in page.text
