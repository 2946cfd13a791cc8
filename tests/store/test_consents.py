"""Evidence of consent: written once, in the commit of its event, and outliving it."""

import pytest

from collector.model.consent import ConsentState
from collector.model.event import StoredEvent
from collector.model.outcome import Outcome
from collector.model.policy import Category
from collector.model.source import Source
from collector.store import Store
from tests.store.events import MINUTE, NOON, EventMaker

GRANTED = ConsentState(granted=True, categories={"ads": False})
DENIED = ConsentState(granted=False)


async def test_a_decision_is_kept_with_who_when_and_which_text(
    store: Store, source: Source, make: EventMaker
) -> None:
    ads = Category(name="ads", actions=("ads.*",))
    granted = make.under(consent="opt-in", categories=(ads,))(
        "consent.granted",
        consent=GRANTED,
        params={"by": "call", "text_version": "v3"},
        uuid="browser-1",
        minute=1,
        received=2,
    )
    denied = make.under(consent_text="v4")("consent.denied", id="no", consent=DENIED, uuid=None, minute=5)
    assert await store.append([granted, denied]) == [Outcome.STORED] * 2
    second, first = store.consents(source.source_id)
    assert (first.uuid, first.event_id, first.source_id) == ("browser-1", granted.id, source.source_id)
    assert (first.time_ms, first.received_ms) == (NOON + MINUTE, NOON + 2 * MINUTE)
    assert first.decision == granted.evidence
    assert (first.decision.state, first.decision.method, first.decision.text_version) == (
        GRANTED,
        "call",
        "v3",
    )
    assert (second.uuid, second.decision.state, second.decision.text_version) == (None, DENIED, "v4")
    # An event as any other, too; it opens no session.
    assert [event.action for event in store.events(source.source_id)] == ["consent.granted", "consent.denied"]
    assert {event.session_id for event in store.events(source.source_id)} == {None}


async def test_evidence_is_kept_once_though_its_event_has_been_deleted(
    store: Store, source: Source, make: EventMaker
) -> None:
    def word(uuid: str) -> StoredEvent:
        return make("consent.granted", id="same", consent=GRANTED, uuid=uuid)

    assert await store.append([word("first"), word("again")]) == [Outcome.STORED, Outcome.DUPLICATE]
    assert store.delete_events(source.source_id, NOON + MINUTE, rule="*") == 1
    assert await store.append([word("later"), make("click")]) == [Outcome.STORED] * 2
    [record] = store.consents(source.source_id)
    assert record.event_id == "same"
    # With its last event the visitor went as well: who it was is a hash now.
    assert record.uuid is not None
    assert len(record.uuid) == 64


async def test_evidence_is_read_by_uuid_and_source(store: Store, source: Source, make: EventMaker) -> None:
    other = EventMaker(store.add_source("Blog"))
    said = [make("consent.granted", consent=GRANTED, uuid=f"browser-{n}") for n in (1, 2, 1)]
    await store.append([*said, other("consent.granted", id="event-1", consent=GRANTED, uuid="browser-1")])
    assert len(store.consents(other.source.source_id)) == 1
    found = store.consents(source.source_id, uuid="browser-1")
    assert [record.event_id for record in found] == [said[2].id, said[0].id]
    assert len(store.consents(source.source_id, limit=2)) == 2
    assert store.consents("no such source") == []


async def test_what_is_not_stored_is_no_evidence(store: Store, source: Source, make: EventMaker) -> None:
    """An event that cannot be written takes its decision along: one commit."""
    unfit = make("consent.granted", consent=GRANTED, params={"by": "call"}, context={"page": object()})
    with pytest.raises(TypeError):
        await store.append([unfit])
    assert store.consents(source.source_id) == []
