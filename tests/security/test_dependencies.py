"""What we stand on: pinned, from the registry, and nothing of others in the tree without its licence."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pins() -> dict[str, str]:
    """The constraints file: a version of each distribution."""
    lines = (ROOT / ".dev" / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def asked() -> list[str]:
    """All that pyproject.toml asks for, the extras too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]


def test_every_dependency_is_pinned() -> None:
    pinned = {_plain(name) for name in pins()}
    names = {_plain(re.split(r"[\[<>=!~; ]", one)[0]) for one in asked()}
    assert len(names) > 20
    assert names - pinned == set()
    assert all(re.fullmatch(r"[0-9][0-9A-Za-z.+]*", version) for version in pins().values())


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_nothing_comes_from_elsewhere_than_the_registry() -> None:
    for one in [*asked(), *pins()]:
        assert "://" not in one
        assert "@" not in one


def test_nothing_is_vendored_without_its_licence() -> None:
    """A folder of others' files would be called so, and hold a licence; minified code is others' code."""
    for folder in ("collector", "snippet", "static", "templates", "e2e/shop"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_dir() and re.search(r"vendor(ed)?$|third.party|node_modules", path.name):
                assert list(path.glob("LICEN[CS]E*")), path
            if path.suffix in (".js", ".css"):
                assert ".min." not in path.name, path
                assert max(map(len, path.read_text().splitlines())) < 400, f"{path} is minified"
