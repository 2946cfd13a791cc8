"""What the owner sets: kept, versioned, and seen by every process through the revision."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from collector.errors import OperatorError
from collector.model.policy import Policy
from collector.model.source import Modules, SessionSettings, Settings, Source, TagSettings, Trigger
from collector.store import Store, connect
from collector.store.interface import NewerPolicy
from tests.store.events import NOON


def test_a_source_is_kept_with_its_settings_and_its_first_policy(store: Store) -> None:
    made = store.add_source("Shop", Settings(origins=("https://shop.example",)), Policy(block=("debug.*",)))
    assert store.source(made.source_id) == made
    assert store.sources() == [made]
    assert (made.policy_version, made.policy.block) == (1, ("debug.*",))
    assert store.source("unknown") is None


def test_every_change_raises_the_revision(store: Store, source: Source) -> None:
    seen = [store.revision()]
    settings = Settings(session=SessionSettings(minutes=5))
    assert store.save_source(source.source_id, name="Blog", settings=settings).settings == settings
    seen.append(store.revision())
    store.save_policy(source.source_id, Policy(), author="ann", comment="")
    seen.append(store.revision())
    store.add_api_key("back end", "0" * 64)
    seen.append(store.revision())
    store.save_workspace(newsletter_mode="single")
    seen.append(store.revision())
    assert seen == sorted(set(seen))


def test_policies_are_versions_newest_first(store: Store, source: Source) -> None:
    saved = store.save_policy(source.source_id, Policy(allow=("a",)), author="ann", comment="tighter")
    assert saved.version == 2
    history = store.policy_history(source.source_id)
    assert [(v.version, v.author, v.comment) for v in history[:1]] == [(2, "ann", "tighter")]
    assert [v.policy.allow for v in history if v.policy] == [("a",), ()]
    found = store.source(source.source_id)
    assert found is not None
    assert (found.policy_version, found.policy.allow) == (2, ("a",))


def test_a_policy_is_not_saved_over_a_version_that_its_author_has_not_seen(
    store: Store, source: Source
) -> None:
    first, second = Policy(allow=("a",)), Policy(allow=("b",))
    store.save_policy(source.source_id, first, author="ann", comment="", expected_version=1)
    with pytest.raises(NewerPolicy, match="version 2"):
        store.save_policy(source.source_id, second, author="bob", comment="", expected_version=1)
    assert store.policy_history(source.source_id)[0].policy == first
    saved = store.save_policy(source.source_id, second, author="bob", comment="", expected_version=2)
    assert saved.version == 3


def test_of_many_who_save_over_one_version_at_once_one_does(store: Store, source: Source) -> None:
    def save(name: str) -> bool:
        try:
            policy = Policy(allow=(name,))
            store.save_policy(source.source_id, policy, author=name, comment="", expected_version=1)
        except NewerPolicy:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(save, "abcd")) == 1
    assert len(store.policy_history(source.source_id)) == 2


def test_what_is_a_default_is_not_written_so_that_the_last_release_can_read_the_rest(
    store: Store, store_url: str
) -> None:
    trigger = Trigger(tag="banner", interaction="onVisible", action="banner.seen", params={"percent": 10})
    settings = Settings(
        session=SessionSettings(minutes=20),
        tag=TagSettings(modules=Modules(forms=False, outbound_links=True), triggers=(trigger,)),
    )
    made = store.add_source("Shop", settings, Policy(block=("debug.*",), do_not_track=True))
    assert store.source(made.source_id) == made
    assert (made.settings, made.settings.tag.triggers[0].percent) == (settings, 10)
    plain = store.add_source("Blog", settings)
    assert store.save_source(plain.source_id, settings=Settings()).settings == Settings()
    store.save_policy(plain.source_id, Policy(), author="ann", comment="")
    assert _written(store_url, "settings FROM sources ORDER BY number") == [
        {
            "session": {"minutes": 20},
            "tag": {
                "modules": {"forms": False, "outbound_links": True},
                "triggers": [
                    {
                        "tag": "banner",
                        "interaction": "onVisible",
                        "action": "banner.seen",
                        "params": {"percent": 10},
                    }
                ],
            },
        },
        {},
    ]
    assert _written(store_url, "policy FROM policies ORDER BY source, version") == [
        {"block": ["debug.*"], "do_not_track": True},
        {},
        {},
    ]


def _written(store_url: str, what: str) -> list[object]:
    """A column as it lies in the store."""
    url = make_url(store_url)
    engine = create_engine(url if url.drivername == "sqlite" else url.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        found = [json.loads(value) for value in connection.execute(text(f"SELECT {what}")).scalars()]
    engine.dispose()
    return found


def test_what_is_unknown_is_said(store: Store) -> None:
    with pytest.raises(KeyError):
        store.save_source("unknown", name="x")
    with pytest.raises(KeyError):
        store.save_policy("unknown", Policy(), author="", comment="")
    with pytest.raises(KeyError):
        store.set_password("nobody", "hash")


def test_a_key_is_found_by_its_hash_only(store: Store, source: Source) -> None:
    made = store.add_api_key("back end", "a" * 64, source_id=source.source_id)
    assert store.api_key("a" * 64) == made
    assert (made.source_id, made.permissions) == (source.source_id, ("*",))
    assert store.api_key("b" * 64) is None


def test_a_users_name_is_taken_once_and_a_new_password_ends_the_sign_ins(store: Store) -> None:
    made = store.add_user("ann", "hash")
    with pytest.raises(ValueError, match="already a user 'ann'"):
        store.add_user("ann", "other")
    changed = store.set_password("ann", "new")
    assert (changed.password_hash, changed.epoch) == ("new", made.epoch + 1)
    assert store.user("ann") == changed
    assert store.users() == [changed]
    assert store.user("bob") is None


def test_attempts_are_counted_within_their_window(store: Store) -> None:
    window = 60_000
    assert [store.count_attempt("ann", NOON + s * 1000, window) for s in (0, 1, 2)] == [1, 2, 3]
    assert store.count_attempt("bob", NOON, window) == 1
    assert store.count_attempt("ann", NOON + window, window) == 1
    store.clear_attempts("ann")
    assert store.count_attempt("ann", NOON + window, window) == 1


def test_a_lease_has_one_holder_at_a_time(store: Store) -> None:
    assert store.take_lease("sessions", "a", NOON, 1000)
    assert not store.take_lease("sessions", "b", NOON + 999, 1000)
    assert store.take_lease("sessions", "a", NOON + 999, 1000)
    assert not store.take_lease("sessions", "b", NOON + 1001, 1000)
    assert store.take_lease("sessions", "b", NOON + 2000, 1000)


def test_an_empty_store_is_set_up_and_a_second_time_left_alone(empty_url: Callable[[], str]) -> None:
    url = empty_url()
    store = connect(url)
    with pytest.raises(OperatorError, match="Run: tagwell migrate"):
        store.open()
    store.close()
    store = connect(url)
    store.prepare()
    salt = store.workspace().salt
    store.prepare()
    store.migrate()
    assert store.workspace().salt == salt
    store.close()
