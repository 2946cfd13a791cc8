"""The settings of a source, edited by form."""

from typing import Any, get_args

import msgspec
import pytest

from collector.admin.facades import FACADES
from collector.admin.modules import GROUPS, OPTIONS
from collector.model.source import (
    AutoEvent,
    Facade,
    Modules,
    SessionSettings,
    Settings,
    Source,
    TagSettings,
    Trigger,
)
from collector.store import Store
from tests.admin.browser import HOST, Browser, text_of

NAMES = Modules.__struct_fields__
MODULES = {f"module_{name}": "on" for name in NAMES}
ALL_ON = Modules(**dict.fromkeys(NAMES, True))
OPTIONS_AS_NEW = {option.id: option.text_of(Settings()) for option in OPTIONS if option.text_of(Settings())}
FILLED: dict[str, Any] = {
    "name": "Shop",
    "enabled": "on",
    "origins": "https://shop.example\r\nhttps://shop.example\r\nHTTP://localhost:8080/",
    "minutes": "45",
    "quota": "6000",
    **MODULES,
    **OPTIONS_AS_NEW,
    "auto_action": ["catalogue.open", "", ""],
    "auto_params": ['{"season": "autumn"}', "", ""],
    "trigger_tag": ["product", "", "buy", ""],
    "trigger_interaction": ["onVisible", "onClick", "onTextSelect", "onVisible"],
    "trigger_action": ["product.seen", "", "text.copied", ""],
    "trigger_params": ["", "", '{"a": [1]}', ""],
    "trigger_percent": ["50", "10", "10", "10"],
    "trigger_seconds": ["1,5", "0", "0", "0"],
}


class TestSettings:
    """Of the tag and the source."""

    @pytest.fixture
    def path(self, source: Source) -> str:
        """The page."""
        return f"/sources/{source.source_id}/settings"

    def saved(self, store: Store, source: Source) -> Source:
        found = store.source(source.source_id)
        assert found is not None
        return found

    def test_what_is_typed_is_what_is_stored(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        values = FILLED | {}
        del values["module_forms"]
        assert admin.send_form(path, values).headers["location"] == f"/admin{path}?saved=1"
        now = self.saved(store, source)
        assert now.name == "Shop"
        assert now.settings == Settings(
            origins=("https://shop.example", "http://localhost:8080"),
            quota=6000,
            session=SessionSettings(minutes=45),
            tag=TagSettings(
                modules=msgspec.structs.replace(ALL_ON, forms=False),
                auto_events=(AutoEvent(action="catalogue.open", params={"season": "autumn"}),),
                triggers=(
                    Trigger(
                        tag="product", interaction="onVisible", action="product.seen", percent=50, seconds=1.5
                    ),
                    Trigger(tag="buy", interaction="onTextSelect", action="text.copied", params={"a": [1]}),
                ),
            ),
        )
        assert "In force within a second" in text_of(admin.get(f"{path}?saved=1"))

    def test_saving_the_page_as_it_stands_changes_nothing(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        admin.send_form(path, FILLED)
        first = self.saved(store, source)
        page = admin.get(path).text
        assert "&#34;season&#34;:&#34;autumn&#34;" in page
        checks = [option for option in OPTIONS if option.kind == "check" and option.id in OPTIONS_AS_NEW]
        assert page.count(" checked") == 1 + len(MODULES) + len(checks)
        again = FILLED | {
            "auto_params": ['{"season":"autumn"}', "", ""],
            "origins": "\n".join(first.settings.origins),
        }
        admin.send_form(path, again)
        assert self.saved(store, source).settings == first.settings

    def test_every_module_has_its_switch(self) -> None:
        assert sorted(name for group in GROUPS.values() for name in group) == sorted(NAMES)

    def test_options_are_stored(self, admin: Browser, store: Store, source: Source, path: str) -> None:
        typed = {
            "tag_domains": "shop.example, blog.example",
            "tag_consent_purposes": "1,9",
            "tag_consent_until": "granted",
            "tag_name": "shopdata",
            "tag_path": "/shop/app",
            "session_campaign": "on",
        }
        admin.send_form(path, {k: v for k, v in FILLED.items() if k != "tag_device_storage"} | typed)
        settings = self.saved(store, source).settings
        assert settings.session.campaign
        assert settings.tag.domains == ("shop.example", "blog.example")
        assert (settings.tag.consent.purposes, settings.tag.consent.until) == ((1, 9), "granted")
        assert (settings.tag.name, settings.tag.path) == ("shopdata", "/shop/app")
        assert not settings.tag.device_storage

    def test_pages_made_for_other_vendors_are_ticked_and_unticked(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        page = text_of(admin.get(path))
        for title in ("Segment or Customer.io", "Tracardi", "Synerise"):
            assert title in page.partition("Pages made for")[2]
        assert f'href="{HOST}/docs/migrate"' in admin.get(path).text
        admin.send_form(
            path, FILLED | {"facade_synerise": "on", "facade_segment": "on", "facade_nobody": "on"}
        )
        assert self.saved(store, source).settings.tag.facades == ("segment", "synerise")
        shown = admin.get(path).text
        assert [name for name in FACADES if f'name="facade_{name}" value="on" checked' in shown] == [
            "segment",
            "synerise",
        ]
        admin.send_form(path, FILLED)
        assert self.saved(store, source).settings.tag.facades == ()

    def test_every_facade_has_its_tick(self) -> None:
        assert sorted(FACADES) == sorted(get_args(Facade))

    def test_a_source_can_be_switched_off(
        self, admin: Browser, store: Store, source: Source, path: str
    ) -> None:
        values = FILLED | {}
        del values["enabled"]
        admin.send_form(path, values)
        assert self.saved(store, source).enabled is False
        assert "switched off" in text_of(admin.get(path))

    @pytest.mark.parametrize(
        ("change", "field", "complaint"),
        [
            pytest.param({"name": ""}, "name", "Give the source a name.", id="no name"),
            pytest.param({"name": "x" * 101}, "name", "101 characters", id="long name"),
            pytest.param(
                {"origins": "shop.example"}, "origins", "“shop.example” is not an origin", id="origin"
            ),
            pytest.param({"tag_name": "7up"}, "tag_name", "Expected a name: up to 32", id="name"),
            pytest.param({"tag_path": "/a?b"}, "tag_path", "a path of letters", id="path"),
            pytest.param({"tag_domains": "Shop.example"}, "tag_domains", "a host in lower case", id="host"),
            pytest.param({"tag_consent_purposes": "1, 12"}, "tag_consent_purposes", "<= 11", id="purposes"),
            pytest.param({"tag_consent_until": "x"}, "tag_consent_until", "does not fit", id="choice"),
            pytest.param(
                {"trigger_percent": ["0", "10", "10", "10"]}, "trigger_percent_0", "1 to 100", id="percent"
            ),
            pytest.param(
                {"trigger_seconds": ["soon", "0", "0", "0"]}, "trigger_seconds_0", "0 to 3600", id="seconds"
            ),
            pytest.param({"quota": "many"}, "quota", "“many” is not a number of events", id="quota"),
            pytest.param({"quota": "100000001"}, "quota", "Use 1 to 100,000,000", id="too large a quota"),
            pytest.param({"minutes": "1441"}, "minutes", "“1441” is not a number of minutes", id="minutes"),
            pytest.param(
                {"auto_action": ["two words", "", ""]},
                "auto_action_0",
                "“two words” is not an action",
                id="action of an automatic event",
            ),
            pytest.param(
                {"auto_params": ["[1]", "", ""]}, "auto_params_0", "“[1]” is not a JSON object", id="params"
            ),
            pytest.param(
                {"auto_action": ["", "", ""]}, "auto_action_0", "Give an action", id="params without action"
            ),
            pytest.param(
                {"trigger_action": ["product.seen", "", "x" * 33, ""]},
                "trigger_action_1",
                "is not an action",
                id="action of a trigger, counted without the blank rows",
            ),
            pytest.param(
                {"trigger_tag": ["", "", "buy", ""]},
                "trigger_tag_0",
                "Give the tag",
                id="trigger without tag",
            ),
            pytest.param(
                {"trigger_interaction": ["onLoad", "onClick", "onClick", "onClick"]},
                "trigger_interaction_0",
                "“onLoad” is no interaction",
                id="interaction",
            ),
        ],
    )
    def test_a_mistake_saves_nothing_and_is_said_at_its_field(
        self,
        admin: Browser,
        store: Store,
        source: Source,
        path: str,
        change: dict[str, Any],
        field: str,
        complaint: str,
    ) -> None:
        response = admin.send_form(path, FILLED | {"name": "Kept name"} | change)
        assert response.status_code == 422
        assert complaint in text_of(response)
        assert f'id="{field}-error"' in response.text
        assert f'href="#{field}"' in response.text
        assert f'id="{field}"' in response.text
        assert self.saved(store, source) == source
        if "name" not in change:
            assert 'value="Kept name"' in response.text

    def test_several_mistakes_are_said_at_once(self, admin: Browser, path: str) -> None:
        response = admin.send_form(path, FILLED | {"name": "", "minutes": "0"})
        assert "2 values need mending" in text_of(response)
