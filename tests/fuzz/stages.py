"""What becomes of a body on its way from the decoder to the store, for sources of different rules."""

from typing import NamedTuple

from collector.enrich import Enricher
from collector.model.beacon import Beacon
from collector.model.event import RawEvent, StoredEvent
from collector.model.outcome import Rejected, Rejection
from collector.model.policy import Category, Policy
from collector.model.source import Settings, Source, TagSettings
from collector.pipeline import process_all, rejection
from tests.fuzz.dialects import Dialect
from tests.pipeline.make import make_beacon

CAREFUL = Policy(
    block=("debug.*",),
    allow_params=("a", "formData.*", "email", "url", "products.*", "tags"),
    block_params=("formData.phone", "b.*"),
    mask_params=("label", "a.b"),
    hash_params=("email", "formData.email"),
    block_paths=("/account/*",),
    block_referrers=("*.evil.example",),
    query="listed",
    redact=("email", "phone", "card", "iban"),
    redact_params=True,
    consent="opt-out",
    categories=(Category(name="marketing", actions=("form.*",)),),
    address="shortened",
    keep_user_agent=False,
    keep_screen=False,
    keep_referrer=False,
    keep_language=False,
)

POLICIES = {"usual": Policy(), "careful": CAREFUL, "trusting": Policy(trust="trusting")}
"""The rules of the sources that bodies are sent to, by their names."""


class Sender(NamedTuple):
    """Who sends: to a source, as a browser or with an api key."""

    source: Source
    trusted: bool = False


class Settled(NamedTuple):
    """What a body came to: so many items were read of it, and each is one of these."""

    read: int
    events: list[StoredEvent]
    rejections: list[Rejection]


def settings_of(name: str) -> Settings:
    """The settings that stand beside a policy: a careful source keeps nothing on the device."""
    return Settings(tag=TagSettings(device_storage=name != "careful"))


def settle(dialect: Dialect, body: bytes, sender: Sender, enricher: Enricher) -> Settled:
    """Take a body through the stages. Raises AssertionError where an item has not one outcome."""
    source = sender.source
    beacon = make_beacon(
        body,
        source_id=source.source_id,
        dialect=dialect.name,
        trusted=sender.trusted,
        address="203.0.113.77",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        origin="https://shop.example",
        referer="https://shop.example/?q=1",
        day_salt=b"" if source.settings.tag.device_storage else b"of this day",
    )
    read = 1
    decode = dialect.decode

    def counted(beacon: Beacon) -> list[RawEvent | Rejected]:
        nonlocal read
        items = decode(beacon)
        assert all(isinstance(item, RawEvent | Rejected) for item in items)
        read = len(items)
        return items

    results = process_all(counted, beacon, source, enricher)
    events = [result for result in results if isinstance(result, StoredEvent)]
    rejections = [rejection(one, beacon, source) for one in results if isinstance(one, Rejected)]
    assert len(results) == read
    return Settled(read, events, rejections)


__all__ = ["POLICIES", "Sender", "Settled", "settings_of", "settle"]
