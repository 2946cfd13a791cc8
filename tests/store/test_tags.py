"""Tags: defined by whatever gives them first, taken from everybody by removing them."""

import pytest

from collector.model.profile import ProfileUpdate
from collector.model.source import Source
from collector.model.tag import DEFAULT_COLOR, Tag
from collector.store import Store, tag_names, tags
from tests.store.events import EventMaker
from tests.store.shop import BackEnd

HOSTILE = ["a", ",", '"', '","', "\\", "%", "_", "a%", "á", "'; --", "A"]


@pytest.fixture
def shop(store: Store, source: Source) -> BackEnd:
    return BackEnd(store, source)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two profiles at once, and three definitions at most."""
    monkeypatch.setattr(tags, "PIECE", 2)
    monkeypatch.setattr(tag_names, "MOST", 3)


def test_a_name_is_defined_once_and_keeps_its_color(store: Store) -> None:
    vip = store.add_tag("vip", "#ff0000")
    assert store.add_tag("vip", "#00ff00") == vip == store.tag(vip.id)
    assert store.set_tag_color(vip.id, "#0000ff") == Tag(id=vip.id, name="vip", color="#0000ff")
    assert store.set_tag_color(99, "#0000ff") is None
    assert [tag.color for tag in store.tags()] == ["#0000ff"]
    assert store.remove_tag(vip.id)
    assert not store.remove_tag(vip.id)
    assert store.tags() == []
    assert store.add_tag("vip", "#ff0000").id > vip.id, "an id is never given twice"


async def test_what_forms_and_back_ends_give_is_defined(
    shop: BackEnd, store: Store, make: EventMaker
) -> None:
    store.add_tag("late", "#ff0000")
    form = make("form.submit", profile=ProfileUpdate(email="a@b.example", tags=("contact", "late")))
    await store.append([form, make("form.submit", uuid="x", profile=ProfileUpdate(tags=("contact",)))])
    ann = shop.make(email="a@b.example", tags=("vip",))
    assert [(tag.name, tag.color) for tag in store.tags()] == [
        ("late", "#ff0000"),
        ("contact", DEFAULT_COLOR),
        ("vip", DEFAULT_COLOR),
    ]
    assert [tag.name for tag in store.tags_of(ann) or ()] == ["contact", "late", "vip"]
    assert store.tags_of(99) is None
    told = [event.params["tag"] for event in store.events_of(ann) if event.action == "client.addTag"]
    assert told == ["vip"]


def test_a_tag_is_removed_from_all_who_have_it_and_from_nobody_else(
    shop: BackEnd, store: Store, few: None
) -> None:
    ids = [shop.make(custom_id=str(n), tags=tuple(HOSTILE) if n % 2 else ("á",)) for n in range(5)]
    for name in HOSTILE[:3]:
        tag = store.add_tag(name, DEFAULT_COLOR)
        assert store.remove_tag(tag.id)
    left = [shop.read(one).tags for one in ids]
    assert left == [["á"], HOSTILE[3:], ["á"], HOSTILE[3:], ["á"]]


async def test_whoever_invents_types_of_forms_fills_no_list_without_end(
    store: Store, make: EventMaker, few: None
) -> None:
    update = ProfileUpdate(tags=("a", "b", "c", "d"))
    await store.append([make("form.submit", profile=update)])
    assert [tag.name for tag in store.tags()] == ["a", "b", "c"]
    visitor = store.find_profile("uuid", "browser-1")
    assert visitor is not None
    assert visitor.tags == ["a", "b", "c", "d"]
