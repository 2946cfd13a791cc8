"""The lines to paste: one line, whole, whatever the names are."""

from html.parser import HTMLParser

import pytest

from snippet.install import STUB_LINE, install_line

SOURCE = "d3a0c0de-0000-4000-8000-000000000001"


def test_the_line() -> None:
    assert (
        install_line("https://stats.example", SOURCE)
        == f'<script async src="https://stats.example/t/{SOURCE}.js"></script>'
    )


@pytest.mark.parametrize("base", ["https://shop.example/stats", "https://shop.example/stats/"])
def test_the_collector_may_lie_under_a_path(base: str) -> None:
    assert f'src="https://shop.example/stats/t/{SOURCE}.js"' in install_line(base, SOURCE)


@pytest.mark.parametrize(
    ("base", "source_id"),
    [
        ('https://x"><script>alert(1)</script>', SOURCE),
        ("https://x", '"></script><script>alert(1)//'),
        ("https://x", "a/../b?c#d&e <f>"),
    ],
)
def test_a_hostile_name_stays_in_the_attribute(base: str, source_id: str) -> None:
    tags: list[tuple[str, list[str]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append((tag, [name for name, _ in attrs]))

    Reader().feed(install_line(base, source_id))
    assert tags == [("script", ["async", "src"])]


def test_the_stub_is_one_line_too() -> None:
    assert STUB_LINE.startswith("<script>")
    assert "\n" not in STUB_LINE
