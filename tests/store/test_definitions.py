"""The catalogue: every stored event is counted once, by its action and the types of its params."""

from collections import Counter
from typing import Any

import pytest

from collector.model.definition import Definition
from collector.store import Store, connect, definition_rows, definitions
from collector.store.definitions import is_name
from tests.store.events import MINUTE, NOON, EventMaker


def params_of(store: Store, action: str) -> dict[tuple[str, str], int]:
    found = store.definition(action)
    assert found is not None
    return {(param.name, param.type): param.count for param in found.params}


def counts(store: Store) -> dict[str, int]:
    return {one.action: one.count for one in store.catalogue().definitions}


async def test_an_action_defines_itself_with_its_params_and_their_types(
    store: Store, make: EventMaker
) -> None:
    assert store.catalogue().definitions == ()
    assert store.catalogue().complete
    first: dict[str, Any] = {"mood": "happy", "loud": 3, "scared": True, "at": None, "tags": ["a"]}
    first["place"] = {"city": "Rome", "deep": {"er": 1}}
    second = {"mood": 7, "loud": 3.5, "place": {"city": "Oslo"}}
    await store.append([make("dog.bark", minute=5, params=first), make("dog.bark", minute=2, params=second)])
    assert not store.catalogue().complete
    store.define_all_events()
    assert store.catalogue().complete
    assert params_of(store, "dog.bark") == {
        ("mood", "string"): 1,
        ("mood", "number"): 1,
        ("loud", "number"): 2,
        ("scared", "boolean"): 1,
        ("at", "null"): 1,
        ("tags", "array"): 1,
        ("place", "object"): 2,
        ("place.city", "string"): 2,
        ("place.deep", "object"): 1,
    }
    [one] = [each for each in store.catalogue().definitions if each.action == "dog.bark"]
    assert one == Definition(
        action="dog.bark", count=2, first_ms=NOON + 2 * MINUTE, last_ms=NOON + 5 * MINUTE
    )
    found = store.definition("dog.bark")
    assert found is not None
    [mood] = [param for param in found.params if (param.name, param.type) == ("mood", "number")]
    assert mood.last_ms == NOON + 2 * MINUTE
    assert store.definition("cat.purr") is None
    assert store.definition("") is None


async def test_derived_events_count_too_and_erased_ones_stay_counted(store: Store, make: EventMaker) -> None:
    await store.append([make("page.visit", uuid="b-1")])
    store.define_all_events()
    assert counts(store) == {"page.visit": 1, "session.start": 1}
    profile = store.find_profile("uuid", "b-1")
    assert profile is not None
    store.erase_person(profile.client_id, actor="test")
    store.define_all_events()
    assert counts(store) == {"page.visit": 1, "session.start": 1}


async def test_many_events_are_counted_in_several_steps_of_several_pieces(
    store: Store, make: EventMaker
) -> None:
    step = definitions.PIECE * definitions.PIECES
    await store.append([make("a", uuid=None) for _ in range(step + definitions.PIECE // 2)])
    assert store.define_events()
    assert counts(store) == {"a": step}
    assert not store.define_events()
    assert counts(store) == {"a": step + definitions.PIECE // 2}


async def test_each_event_is_counted_once_whoever_counts(
    store: Store, store_url: str, make: EventMaker
) -> None:
    """In small steps, by two stores at once that both saw the same events, and after a restart."""
    other = connect(store_url)
    other.open()
    await store.append([make("a", uuid=None, params={"n": n}) for n in range(7)])
    with store._reading() as mine, other._reading() as theirs:  # type: ignore[attr-defined]
        steps = [definitions.read_on(connection, limit=5) for connection in (mine, theirs)]
    for step in steps:
        with store._writing() as connection:  # type: ignore[attr-defined]
            definitions.keep(connection, step)
    assert counts(store) == {"a": 5}
    other.define_all_events()
    other.close()
    assert not store.define_events()
    assert counts(store) == {"a": 7}
    assert params_of(store, "a") == {("n", "number"): 7}


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        *(
            (name, True)
            for name in ("sku", "snr-original-time", "Prix d’achat", "form.field 12", "$ref", "ü")
        ),
        *((name, True) for name in ("<script>", "step123456", "x" * 64)),
        *((name, False) for name in ("", "ann@shop.example", "+48 600 100 200", "a\nb", "x" * 65, "\u0085")),
        ("07243772-008a-42e1-ba37-c3807cebde8f", False),
    ],
)
def test_what_may_be_a_person_is_no_name(name: str, listed: bool) -> None:
    assert is_name(name) is listed


async def test_names_that_are_not_listed_are_counted_as_others(store: Store, make: EventMaker) -> None:
    params = {"ann@shop.example": 1, "ok": {"48600100200": 2}}
    await store.append(
        [make("a", uuid=None, params=params), make("order.1234567", uuid=None, params={"n": 1})]
    )
    store.define_all_events()
    assert params_of(store, "a") == {("ok", "object"): 1}
    found = store.definition("a")
    assert found is not None
    assert found.others == 2
    assert (counts(store), store.catalogue().others) == ({"a": 1}, 1)


async def test_a_flood_of_names_leaves_what_is_frequent_and_lets_in_what_is_new(
    store: Store, make: EventMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(definition_rows, "MAX_ACTIONS", 20)
    monkeypatch.setattr(definition_rows, "MAX_PARAMS", 20)
    monkeypatch.setattr(definitions, "MAX_PARAMS", 20)
    sent: Counter[str] = Counter()

    async def send(*actions: str) -> None:
        events = [make(action, uuid=None, minute=sum(sent.values()) + n) for n, action in enumerate(actions)]
        await store.append(events)
        sent.update(actions)
        store.define_all_events()

    def word(n: int) -> str:
        return "".join(chr(ord("a") + int(digit)) for digit in str(n))

    await send(*["page.visit"] * 3, *["cart"] * 3)
    for n in range(4):
        junk = [f"junk.{word(number)}" for number in range(30 * n, 30 * n + 30)]
        await send(*junk, *junk)
    await send("zebra.new")
    listed = counts(store)
    assert len(listed) == 20
    assert {"page.visit": 3, "cart": 3, "zebra.new": 1}.items() <= listed.items()
    assert sum(listed.values()) + store.catalogue().others == sum(sent.values())

    def params(start: int) -> dict[str, int]:
        return {"sku": 1} | {f"p{word(n)}": n for n in range(start, start + 15)}

    await store.append([make("cart", uuid=None, minute=500 + n, params=params(15 * n)) for n in range(4)])
    store.define_all_events()
    kept = params_of(store, "cart")
    assert len(kept) == 20
    assert kept["sku", "number"] == 4
    found = store.definition("cart")
    assert found is not None
    assert sum(kept.values()) + found.others == 4 * 16


async def test_one_event_of_many_params_is_bounded(
    store: Store, make: EventMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(definitions, "MAX_NEW", 250)
    words = ["".join(chr(ord("a") + int(digit)) for digit in f"{n:04}") for n in range(1000)]
    events = [
        make("a", uuid=None, params=dict.fromkeys(words[:500], 1)),
        make("b", uuid=None, params=dict.fromkeys(words[500:], 1)),
    ]
    await store.append(events)
    store.define_all_events()
    for action, listed in (("a", definition_rows.MAX_PARAMS), ("b", 49)):
        found = store.definition(action)
        assert found is not None
        assert (len(found.params), found.others) == (listed, 500 - listed)


async def test_no_value_is_kept(store: Store, make: EventMaker) -> None:
    await store.append([make("a", params={"name": "planted-77", "deep": {"name": "planted-77"}})])
    store.define_all_events()
    assert "planted-77" not in repr((store.catalogue(), store.definition("a")))
