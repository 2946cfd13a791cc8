"""The ES module: bundled by esbuild and by Rollup, typed, harmless where there is no window."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from collector.model.source import Settings, TagSettings
from e2e.harness import Collector
from e2e.install.conftest import Console
from e2e.tag.conftest import MakeSite, Site

TOOLS = {"esbuild": "0.28.2", "rollup": "4.68.7", "typescript": "6.0.3"}

ENTRY = """
import {start, track, debug} from './acme.mjs'
track('early', {n: 1})
start(%s)
track('later')
window.ask = debug
"""

BUNDLERS = {
    "esbuild": ["esbuild", "entry.js", "--bundle", "--minify", "--outfile=bundle.js"],
    "rollup": ["rollup", "entry.js", "--format", "iife", "--file", "bundle.js"],
}


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder of the tools' commands, installed once beside the venv's own things."""
    missing = "no npm here, which brings the bundlers"
    folder = Path(sys.prefix) / ("bundlers-" + "-".join(TOOLS.values()))
    if not (folder / "ready").exists():
        npm = shutil.which("npm")
        command = [str(npm), "install", "--prefix", str(folder), "--silent", "--no-audit", "--no-fund"]
        command += ["--ignore-scripts", *(f"{name}@{version}" for name, version in TOOLS.items())]
        if npm is None or subprocess.run(command, timeout=100).returncode != 0:
            pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
        (folder / "ready").touch()
    return folder / "node_modules/.bin"


@pytest.fixture
def app(make_site: MakeSite, tmp_path: Path) -> Site:
    """A site whose module and types lie in `tmp_path`, as an engineer downloads them."""
    site = make_site(Settings(tag=TagSettings(name="acme")))
    for kind in ("mjs", "d.mts"):
        downloaded = httpx.get(f"{site.collector.url}/t/{site.id}.{kind}")
        (tmp_path / f"acme.{kind}").write_text(downloaded.text)
    return site


Bundle = Callable[[str, str], str]


@pytest.fixture
def bundle(tools: Path, tmp_path: Path, collector: Collector) -> Bundle:
    """Bundles an entry that starts with these options, and serves a page with it; gives its address."""

    def bundle(bundler: str, options: str) -> str:
        (tmp_path / "entry.js").write_text(ENTRY % options)
        command = BUNDLERS[bundler]
        done = subprocess.run(
            [tools / command[0], *command[1:]], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        assert "warning" not in done.stderr.lower(), done.stderr
        script = collector.page(
            (tmp_path / "bundle.js").read_text(), headers={"Content-Type": "text/javascript"}
        )
        return collector.page(f"<!doctype html><title>App</title><script src='{script}'></script>")

    return bundle


@pytest.mark.parametrize("bundler", BUNDLERS)
def test_a_bundled_tag_is_the_tag(
    bundler: str, app: Site, bundle: Bundle, page: Page, console: Console, page_errors: list[str]
) -> None:
    address = bundle(bundler, "")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert app.wait_for("page.visit").params["title"] == "App"
    assert app.wait_for("early").params == {"n": 1}
    app.wait_for("later")
    page.evaluate("0")  # lets the news of the requests in
    # Neither its script is loaded beside it, nor anything but events sent.
    assert {url for url in asked if url.startswith(app.collector.url)} == {f"{app.collector.url}/b/{app.id}"}
    page.evaluate("ask()")
    console.wait_for("events go to")
    console.lines.clear()
    page.evaluate("ask()")
    console.wait_for("events go to")
    assert page_errors == []


def test_events_go_to_the_path_that_start_is_told(app: Site, bundle: Bundle, page: Page) -> None:
    address = bundle("esbuild", "{endpoint: '/own/path'}")
    page.route("**/own/path", lambda route: route.fulfill(status=204))
    with page.expect_request("**/own/path") as sent:
        page.goto(address)
    assert sent.value.url.partition("/own")[0] == address.rpartition("/")[0]
    assert "page.visit" in (sent.value.post_data or "")


def test_where_there_is_no_window_nothing_happens(app: Site, tools: Path, tmp_path: Path) -> None:
    (tmp_path / "entry.mjs").write_text(ENTRY.replace("window.ask = debug", "debug()") % "")
    done = subprocess.run(["node", "entry.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


TYPED = """
import {start, track, rescan, debug} from './acme.mjs'
start()
start({endpoint: '/own/path'})
track('video.play', {seconds: 9}, 'Watched')
rescan()
debug()
// @ts-expect-error an action is text
track(1)
// @ts-expect-error options are an object
start('/own/path')
// @ts-expect-error what the source does not carry is not there
import {nothing} from './acme.mjs'
"""


@pytest.mark.parametrize("resolution", ["bundler", "nodenext"])
def test_typescript_knows_it(app: Site, tools: Path, tmp_path: Path, resolution: str) -> None:
    """The compiler complains too where an expected complaint does not come."""
    module = "esnext" if resolution == "bundler" else "nodenext"
    (tmp_path / "entry.mts").write_text(TYPED)
    command = [str(tools / "tsc"), "--noEmit", "--strict", "--target", "es2020", "--lib", "es2020"]
    command += ["--module", module, "--moduleResolution", resolution, "entry.mts"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")
