"""Frozen tags: kept as they were, found by source and hash, never twice."""

import msgspec
import pytest

from collector.model.frozen import FrozenTag
from collector.model.source import Source
from collector.store import Store

TAG = FrozenTag(
    hash="0123456789abcdef",
    script='(config=>{})({"name":"\u017c"})',
    name="acme",
    modules=("core", "page_visits"),
    author="ada",
    created_ms=1,
)
LATER = msgspec.structs.replace(TAG, hash="f" * 16, script="other", created_ms=2)


def test_each_is_kept_to_the_byte_and_listed_newest_first(store: Store, source: Source) -> None:
    for tag in (TAG, LATER):
        assert store.freeze_tag(source.source_id, tag) == tag
    assert store.frozen_tags(source.source_id) == [LATER, TAG]
    assert store.frozen_tag(source.source_id, TAG.hash) == TAG


def test_the_same_bytes_stay_as_they_were_first_kept(store: Store, source: Source) -> None:
    store.freeze_tag(source.source_id, TAG)
    again = msgspec.structs.replace(TAG, author="bob", created_ms=9)
    assert store.freeze_tag(source.source_id, again) == TAG
    assert store.frozen_tags(source.source_id) == [TAG]


def test_another_source_s_is_not_found(store: Store, source: Source) -> None:
    other = store.add_source("Other")
    store.freeze_tag(source.source_id, TAG)
    assert store.frozen_tag(other.source_id, TAG.hash) is None
    assert store.frozen_tag(source.source_id, LATER.hash) is None
    with pytest.raises(KeyError):
        store.freeze_tag("unknown", TAG)
