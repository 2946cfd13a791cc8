"""The lines to paste: one line, whole, whatever the names are."""

import base64
import hashlib
from html.parser import HTMLParser

import pytest

from collector.model.source import TagSettings
from snippet.build import page_methods
from snippet.frozen import freeze, integrity
from snippet.install import frozen_line, install_line, stub_hash, stub_line
from snippet.proxy import SERVERS, proxy_setup
from snippet.sizes import sample_source

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


def test_a_frozen_line_names_its_hash_and_its_proof() -> None:
    tag = freeze(sample_source(TagSettings()), author="ada", now_ms=0)
    assert frozen_line("https://stats.example", SOURCE, tag) == (
        f'<script async src="https://stats.example/t/{SOURCE}.{tag.hash}.js" '
        f'integrity="{integrity(tag)}" crossorigin="anonymous"></script>'
    )


def test_the_stub_is_one_line_that_knows_every_method() -> None:
    stub = stub_line("acme")
    assert stub.startswith("<script>")
    assert "\n" not in stub
    assert "w.acme=w.acme||{}" in stub
    for method in ("track", "rescan", "debug", *page_methods()):
        assert f"'{method}'" in stub


def test_the_stub_s_hash_is_of_its_text() -> None:
    text = stub_line().removeprefix("<script>").removesuffix("</script>")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert stub_hash() == f"sha256-{digest}"


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_s_setup_names_both_paths_and_both_addresses(server: str) -> None:
    source = sample_source(TagSettings(path="here/to"))
    setup = proxy_setup(server, "https://stats.example/a/", source, script="/x/y.js")
    for needed in ("/x/y.js", "/x/here/to", f"/a/t/{source.source_id}.js", f"/a/b/{source.source_id}"):
        assert needed in setup
    assert "https://stats.example" in setup
    # Neither the site's cookies nor its passwords are the collector's business.
    assert setup.lower().count("cookie") >= 1
    assert setup.lower().count("authorization") >= 1
