"""The wheel is whole: installed elsewhere, into an empty environment, it serves everything.

In a checkout every file is at hand, so a template or a module of the tag that was left out of the
wheel would be missed by every other test and found by the first person who installs it.
"""

import importlib.metadata
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from e2e.harness import ServerProcess

ROOT = Path(__file__).parent.parent
DEMO_SOURCE = "d3a0c0de-0000-4000-8000-000000000001"

pytestmark = pytest.mark.timeout(600)


def run(*command: str | Path, folder: Path) -> None:
    """Run a command; a failure shows what it printed."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an environment that holds the wheel and what it depends on, and no more."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    (wheel,) = folder.glob("tagwell-*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    # The pip of the tests fills it: an empty environment has none, and making one takes seconds.
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", folder / "venv/bin/python"]
    run(*pip, "install", "--no-compile", "-q", "-c", ROOT / ".dev/constraints.txt", wheel, folder=folder)
    return folder / "venv"


@pytest.fixture(scope="module")
def served(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of the installed command, run in a folder with nothing in it."""
    command = [str(installed / "bin/tagwell"), "serve", "--host", "127.0.0.1", "--port", "0", "--demo"]
    # Nothing of the checkout: neither its settings nor its folder on the path.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TAGWELL_", "PYTHON"))}
    server = ServerProcess(command, folder=tmp_path_factory.mktemp("data"), environment=clean)
    try:
        with httpx.Client(base_url=server.url, follow_redirects=True) as client:
            yield client
    finally:
        server.stop()


def test_nothing_of_ours_but_the_two_packages_is_installed(installed: Path) -> None:
    (site_packages,) = installed.glob("lib/python*/site-packages")
    (tagwell,) = importlib.metadata.distributions(name="tagwell", path=[str(site_packages)])
    tops = {file.parts[0] for file in tagwell.files or [] if file.parts[0] != ".."}
    assert tops == {"collector", "snippet", f"tagwell-{tagwell.version}.dist-info"}


def test_no_source_of_the_tag_lies_twice(installed: Path) -> None:
    (site_packages,) = installed.glob("lib/python*/site-packages")
    assert list(site_packages.glob("snippet/**/*.js")) == []
    assert list(site_packages.glob("collector/_assets/modules/*.js")) != []


@pytest.mark.parametrize(
    ("path", "kind", "part"),
    [
        pytest.param(f"/t/{DEMO_SOURCE}.js", "text/javascript", "page.visit", id="the tag"),
        pytest.param("/admin/", "text/html", 'type="password"', id="the sign-in page"),
        pytest.param("/demo/", "text/html", f"/t/{DEMO_SOURCE}.js", id="the demo shop"),
    ],
)
def test_the_installed_command_serves(served: httpx.Client, path: str, kind: str, part: str) -> None:
    answer = served.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert part in answer.text


def test_the_sign_in_page_finds_its_styles(served: httpx.Client) -> None:
    page = served.get("/admin/").text
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert served.get(style).headers["content-type"].startswith("text/css")
