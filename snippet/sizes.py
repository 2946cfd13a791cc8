"""Prints what the tag weighs: `python -m snippet.sizes`.

Two ends of a range: what nearly every site wants, and everything that there is.
"""

from collector.model.policy import Policy
from collector.model.source import AutoEvent, Modules, Settings, Source, TagSettings, Trigger
from snippet.build import BuiltTag, build_tag

BASE_MODULES = Modules(custom_events=False, triggers=False, forms=False, lists=False)
"""Page visits, sessions and delivery alone."""

_EVERYTHING = TagSettings(
    auto_events=(AutoEvent(action="shop.open"),),
    triggers=(
        Trigger(tag="product", interaction="onVisible", action="product.seen"),
        Trigger(tag="product", interaction="onClick", action="product.click"),
        Trigger(tag="banner", interaction="onMouseOver", action="banner.hover"),
        Trigger(tag="story", interaction="onTextSelect", action="text.select"),
    ),
)


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
        "page visits, sessions, delivery": build_tag(sample_source(TagSettings(modules=BASE_MODULES))),
        "everything": build_tag(sample_source(_EVERYTHING, Policy(block=("debug.*",)))),
    }


def main() -> None:
    """Print the table, in bytes."""
    print(f"{'the tag, in bytes':<34}{'minified':>9}{'gzip':>7}{'brotli':>8}")
    for title, tag in measured().items():
        print(f"{title:<34}{len(tag.plain):>9}{len(tag.gzip):>7}{len(tag.brotli):>8}")


if __name__ == "__main__":
    main()
