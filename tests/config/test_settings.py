"""A source's settings by their dotted names, as the command line writes them."""

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import OperatorError
from collector.model.source import AutoEvent, Settings, Trigger
from collector.settings import change_settings

SHOP = "https://shop.example"
TRIGGER = '{"tag":"banner","interaction":"onClick","action":"banner.click"}'


def _get(settings: Settings, name: str) -> Any:
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        pytest.param(["tag.modules.forms=off"], "tag.modules.forms", False, id="switch off"),
        pytest.param(["tag.modules.forms=OFF"], "tag.modules.forms", False, id="in capitals"),
        pytest.param(["tag.modules.forms=false"], "tag.modules.forms", False, id="false"),
        pytest.param(
            ["tag.modules.forms=off", "tag.modules.forms=on"], "tag.modules.forms", True, id="last wins"
        ),
        pytest.param(["session.minutes=20"], "session.minutes", 20, id="number"),
        pytest.param(["quota=6000"], "quota", 6000, id="quota"),
        pytest.param([f"origins={SHOP}"], "origins", (SHOP,), id="list of one"),
        pytest.param([f"origins={SHOP}, null"], "origins", (SHOP, "null"), id="list by commas"),
        pytest.param([f'origins=["{SHOP}"]'], "origins", (SHOP,), id="list in JSON"),
        pytest.param([f"origins+={SHOP}", f"origins+={SHOP}"], "origins", (SHOP,), id="added twice is once"),
        pytest.param([f"origins={SHOP},null", f"origins-={SHOP}"], "origins", ("null",), id="taken away"),
        pytest.param([f"origins+={SHOP}", "origins="], "origins", (), id="emptied"),
        pytest.param(
            ['tag.auto_events+={"action":"shop.open","params":{"a":"x=y"}}'],
            "tag.auto_events",
            (AutoEvent(action="shop.open", params={"a": "x=y"}),),
            id="object in JSON, with = and a comma",
        ),
        pytest.param(
            [f"tag.triggers+={TRIGGER}"],
            "tag.triggers",
            (Trigger(tag="banner", interaction="onClick", action="banner.click"),),
            id="trigger",
        ),
        pytest.param(
            [f"tag.triggers+={TRIGGER}", f"tag.triggers-={TRIGGER}"],
            "tag.triggers",
            (),
            id="trigger taken away",
        ),
    ],
)
def test_change(changes: list[str], name: str, expected: Any) -> None:
    changed = change_settings(Settings(), changes)
    assert _get(changed, name) == expected


def test_change_leaves_everything_else_as_it_was() -> None:
    before = change_settings(Settings(), [f"origins={SHOP}", "session.minutes=5"])
    after = change_settings(before, ["tag.modules.lists=off"])
    assert msgspec.structs.replace(after, tag=before.tag) == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param("session.minutes", ["KEY=VALUE", "session.minutes=20"], id="no value"),
        pytest.param("colour=red", ["'colour'", "source show"], id="unknown"),
        pytest.param("tag.modules.colour=on", ["tag.modules.colour"], id="unknown in a group"),
        pytest.param("origins.first=x", ["origins.first"], id="below a list"),
        pytest.param("session.minutes.x=1", ["session.minutes.x"], id="below a number"),
        pytest.param("=x", ["''"], id="no name"),
        pytest.param("tag.modules=off", ["group", "forms"], id="a group"),
        pytest.param("tag.modules.forms=maybe", ["'tag.modules.forms=maybe'", "on or off"], id="no switch"),
        pytest.param("session.minutes=long", ["session.minutes=long", "whole number"], id="no number"),
        pytest.param("session.minutes=0", ["session.minutes=0", ">= 1"], id="too small"),
        pytest.param("session.minutes=1441", ["<= 1440"], id="too large"),
        pytest.param("quota=-1", ["quota=-1", ">= 0"], id="quota below nothing"),
        pytest.param("session.minutes+=5", ["only a list"], id="a number takes no +="),
        pytest.param("origins+=shop.example", ["shop.example", "origins"], id="origin without a scheme"),
        pytest.param("origins+=https://shop.example/", ["origins"], id="origin with a path"),
        pytest.param("origins+=https://Shop.example", ["origins"], id="origin no browser writes so"),
        pytest.param("origins+=*", ["origins"], id="a star is no origin"),
        pytest.param("tag.triggers=[{", ["JSON"], id="broken JSON"),
        pytest.param('tag.triggers=[{"tag":"x"}]', ["interaction"], id="trigger without an interaction"),
        pytest.param(
            'tag.triggers=[{"tag":"x","interaction":"onTap","action":"a"}]',
            ["onTap"],
            id="unknown interaction",
        ),
        pytest.param('tag.auto_events=[{"action":"not valid"}]', ["action"], id="invalid action"),
        pytest.param('tag.auto_events=[{"action":"a","colour":1}]', ["colour"], id="unknown field"),
    ],
)
def test_mistake_is_named(change: str, told: list[str]) -> None:
    with pytest.raises(OperatorError) as error:
        change_settings(Settings(), [change])
    for part in told:
        assert part in str(error.value)


def test_one_mistake_changes_nothing() -> None:
    before = Settings()
    with pytest.raises(OperatorError):
        change_settings(before, ["session.minutes=20", "tag.modules.forms=maybe"])
    assert before == Settings()


def test_taking_away_what_is_not_there_is_told() -> None:
    """Else a mistyped origin seems to be gone while the right one stays."""
    before = change_settings(Settings(), [f"origins={SHOP}"])
    with pytest.raises(OperatorError):
        change_settings(before, ["origins-=https://shop.exmaple"])


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_an_operators_error(change: str) -> None:
    with contextlib.suppress(OperatorError):
        assert isinstance(change_settings(Settings(), [change]), Settings)
