"""Prints what the tag weighs: `python -m snippet.sizes`.

Two ends of a range: what nearly every site wants, and everything that there is.
"""

from typing import get_args

from collector.model.policy import Policy
from collector.model.source import (
    AutoEvent,
    Consent,
    Interaction,
    Modules,
    Settings,
    Source,
    TagSettings,
    Trigger,
)
from snippet.build import build_tag, with_facade
from snippet.compile import BuiltTag

_OFF = dict.fromkeys(Modules.__struct_fields__, False)

BASE_MODULES = Modules(**_OFF | dict.fromkeys(("page_visits", "sessions", "delivery"), True))
"""Page visits, sessions and delivery."""

BASE_POLICY = Policy(global_privacy_control=False)
"""With them alone: to honour the wish is a module of its own, on where the owner does not switch it off."""

EVERYTHING = TagSettings(
    modules=Modules(**dict.fromkeys(Modules.__struct_fields__, True)),
    auto_events=(AutoEvent(action="shop.open"),),
    triggers=tuple(
        Trigger(tag="product", interaction=interaction, action="product.seen")
        for interaction in get_args(Interaction)
    ),
    consent=Consent(google=True, tcf=True, evidence=True),
    domains=("shop.example",),
)


EVERYTHING_POLICY = Policy(
    block=("debug.*",), block_params=("debug",), block_paths=("/debug",), do_not_track=True
)
"""With what the tag carries for the owner's lists and the browser's wishes."""


def sample_source(tag: TagSettings, policy: Policy | None = None) -> Source:
    """A source with these settings, made up: the tag has no need of a store."""
    return Source(
        number=1,
        source_id="d3a0c0de-0000-4000-8000-000000000001",
        workspace_id=1,
        name="Sample",
        enabled=True,
        settings=Settings(tag=tag),
        policy=policy or Policy(),
        policy_version=1,
        salt=b"",
        created_ms=0,
    )


def measured() -> dict[str, BuiltTag]:
    """The tags whose sizes are told, by a title."""
    return {
        "page visits, sessions, delivery": build_tag(
            sample_source(TagSettings(modules=BASE_MODULES), BASE_POLICY)
        ),
        "and Global Privacy Control": build_tag(sample_source(TagSettings(modules=BASE_MODULES))),
        "a new source": build_tag(sample_source(TagSettings())),
        "a new source, as Segment's": build_tag(with_facade(sample_source(TagSettings()), "segment")),
        "a new source, as Tracardi's": build_tag(with_facade(sample_source(TagSettings()), "tracardi")),
        "a new source, as Synerise's": build_tag(with_facade(sample_source(TagSettings()), "synerise")),
        "everything": build_tag(sample_source(EVERYTHING, EVERYTHING_POLICY)),
    }


def main() -> None:
    """Print the table, in bytes."""
    print(f"{'the tag, in bytes':<34}{'minified':>9}{'gzip':>7}{'brotli':>8}")
    for title, tag in measured().items():
        print(f"{title:<34}{len(tag.plain):>9}{len(tag.gzip):>7}{len(tag.brotli):>8}")


if __name__ == "__main__":
    main()
