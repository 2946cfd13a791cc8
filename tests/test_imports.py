"""The house holds: imports go strictly down, and the pure stages stay pure.

The table is the map of the code. What it forbids is what makes the parts hard to test apart, so
a shortcut is refused here rather than in a review. The rules are tried on small synthetic trees
too: a check that cannot fail would prove nothing.
"""

import ast
import graphlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("collector", "snippet")

LAYERS = (
    {"model", "errors", "auth", "assets", "prepared", "security_headers"},
    {"config", "settings", "wire", "admit", "normalise", "enrich", "privacy", "store"},
    {"pipeline", "profiles", "mail", "snippet", "outcomes", "limits"},
    {"receive", "api", "admin", "jobs", "demo", "probes", "tag_cache"},
    {"front_door"},
    {"app"},
    {"cli"},
)
"""From the bottom up. A name is a module or folder of `collector`, or the package `snippet`."""

LAYER = {name: number for number, names in enumerate(LAYERS, start=1) for name in names}

PURE = {"wire", "admit", "normalise", "privacy"}
"""Stages that are functions of their arguments: time and answers of a database are handed to them."""

IMPURE_MODULES = {"time", "sqlite3", "sqlalchemy", "alembic", "socket", "ssl", "asyncio", "selectors"} | {
    *("subprocess", "threading", "http", "urllib.request", "httpx", "requests", "aiohttp", "uvicorn")
}
CLOCKS = {"now", "utcnow", "today"}


class Module(NamedTuple):
    """One file: its dotted name, what it holds, and where it lies in the table."""

    name: str
    tree: ast.Module
    is_package: bool

    @property
    def unit(self) -> str:
        """The name of the table that this module falls under; "" for the package `collector` itself."""
        parts = self.name.split(".")
        return parts[0] if parts[0] == "snippet" else ".".join(parts[1:2])


def read_modules(root: Path) -> dict[str, Module]:
    """Parse every module of our packages, by dotted name."""
    modules = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            modules[name] = Module(name, ast.parse(path.read_text(), str(path)), is_package)
    return modules


def imported(module: Module) -> Iterator[str]:
    """Give the dotted names of all that a module imports, at its top or inside a function.

    `from a.b import c` gives a.b.c: whether c is a module is for the caller to find out.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                climbed = module.name.split(".")
                up = node.level - module.is_package
                parent = climbed[: len(climbed) - up] if up else climbed
                base = ".".join([*parent, *([base] if base else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def our_imports(module: Module, modules: dict[str, Module]) -> set[str]:
    """Return the modules of ours that this one imports: the longest part of each name that is a module."""
    found = set()
    for name in imported(module):
        if name.split(".")[0] in PACKAGES:
            while name and name not in modules:
                name = name.rpartition(".")[0]
            found.add(name)
    return found - {module.name, ""}


def layer_faults(modules: dict[str, Module]) -> list[str]:
    """Imports that do not go strictly down, and modules the table does not know."""
    faults = []
    for module in modules.values():
        if module.unit not in LAYER and module.unit:
            faults.append(f"{module.name}: not in the table of layers")
            continue
        for other in sorted(our_imports(module, modules)):
            unit = modules[other].unit
            if unit != module.unit and LAYER.get(unit, 0) >= LAYER.get(module.unit, 0):
                faults.append(f"{module.name} imports {other}: not strictly down")
    return faults


def cycle_faults(modules: dict[str, Module]) -> list[str]:
    """Modules of one folder that import each other in a ring."""
    graph = {name: our_imports(module, modules) for name, module in modules.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        ring = error.args[1][:-1]
        first = ring.index(min(ring))
        return [f"ring of imports: {', '.join([*ring[first:], *ring[:first]])}"]
    return []


def purity_faults(modules: dict[str, Module]) -> list[str]:
    """Clocks, files and sockets in stages that are functions of their arguments."""
    faults = []
    for module in modules.values():
        if module.unit not in PURE:
            continue
        for name in imported(module):
            if any(name == impure or name.startswith(f"{impure}.") for impure in IMPURE_MODULES):
                faults.append(f"{module.name} imports {name}: this stage does no I/O and has no clock")
        for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr in CLOCKS:
                faults.append(f"{module.name} calls {call.func.attr}(): the time is handed to this stage")
            if isinstance(call.func, ast.Name) and call.func.id == "open":
                faults.append(f"{module.name} calls open(): this stage does no I/O")
    return faults


def maker_faults(modules: dict[str, Module]) -> list[str]:
    """Places outside privacy that make a StoredEvent, by calling it or by handing the type to a decoder."""
    faults = []
    for module in modules.values():
        if module.unit == "privacy":
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and not _is_call_of(node, "isinstance"):
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                if _is_stored_event(node.func) or any(map(_names_stored_event, given)):
                    faults.append(f"{module.name}:{node.lineno} makes a StoredEvent: only privacy may")
            elif isinstance(node, ast.alias) and node.name == "StoredEvent" and node.asname:
                faults.append(f"{module.name} imports StoredEvent under another name")
    return faults


def _is_call_of(call: ast.Call, name: str) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == name


def _is_stored_event(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "StoredEvent") or (
        isinstance(node, ast.Attribute) and node.attr == "StoredEvent"
    )


def _names_stored_event(node: ast.expr) -> bool:
    """Tell whether an argument is the type itself or one made of it, such as `list[StoredEvent] | None`."""
    if isinstance(node, ast.Subscript | ast.BinOp):
        return any(_is_stored_event(part) for part in ast.walk(node))
    return _is_stored_event(node)


Rule = Callable[[dict[str, Module]], list[str]]
RULES: tuple[Rule, ...] = (layer_faults, cycle_faults, purity_faults, maker_faults)


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.__name__) for rule in RULES])
def test_our_code_keeps_the_rule(rule: Rule) -> None:
    assert rule(read_modules(ROOT)) == []


BROKEN = [
    pytest.param(
        {"collector/store/a.py": "from collector.receive import x", "collector/receive.py": "x = 1"},
        "collector.store.a imports collector.receive: not strictly down",
        id="an import goes up",
    ),
    pytest.param(
        {"collector/enrich/a.py": "import collector.store.b", "collector/store/b.py": ""},
        "collector.enrich.a imports collector.store.b: not strictly down",
        id="two of one line import each other",
    ),
    pytest.param(
        {"collector/model/a.py": "def f():\n    from snippet import build", "snippet/build.py": ""},
        "collector.model.a imports snippet.build: not strictly down",
        id="an import hides in a function",
    ),
    pytest.param(
        {"collector/wire/a.py": "from ..cli import main", "collector/cli.py": "main = 1"},
        "collector.wire.a imports collector.cli: not strictly down",
        id="a relative import goes up",
    ),
    pytest.param(
        {"collector/helpers.py": ""},
        "collector.helpers: not in the table of layers",
        id="a module that the table does not know",
    ),
    pytest.param(
        {"collector/store/a.py": "from collector.store import b", "collector/store/b.py": "from . import a"},
        "ring of imports: collector.store.a, collector.store.b",
        id="a ring inside a folder",
    ),
    pytest.param(
        {"collector/normalise/time.py": "from time import time"},
        "collector.normalise.time imports time.time: this stage does no I/O and has no clock",
        id="a clock in a pure stage",
    ),
    pytest.param(
        {"collector/privacy.py": "import datetime\ndatetime.datetime.now()"},
        "collector.privacy calls now(): the time is handed to this stage",
        id="the clock of datetime",
    ),
    pytest.param(
        {"collector/wire/a.py": "open('x')"},
        "collector.wire.a calls open(): this stage does no I/O",
        id="a file in a pure stage",
    ),
    pytest.param(
        {"collector/pipeline.py": "import collector.model.event as e\ne.StoredEvent(id='1')"},
        "collector.pipeline:2 makes a StoredEvent: only privacy may",
        id="a storable event made outside privacy",
    ),
    pytest.param(
        {"collector/jobs/a.py": "msgspec.json.decode(b'', type=list[StoredEvent])"},
        "collector.jobs.a:1 makes a StoredEvent: only privacy may",
        id="a storable event decoded outside privacy",
    ),
    pytest.param(
        {"collector/store/a.py": "from collector.model.event import StoredEvent as S"},
        "collector.store.a imports StoredEvent under another name",
        id="a storable event under another name",
    ),
]


@pytest.mark.parametrize(("files", "fault"), BROKEN)
def test_a_broken_rule_is_found(files: dict[str, str], fault: str, tmp_path: Path) -> None:
    write_tree(tmp_path, {**GOOD, **files})
    assert fault in [found for rule in RULES for found in rule(read_modules(tmp_path))]


def test_a_tree_that_keeps_the_rules_has_no_fault(tmp_path: Path) -> None:
    write_tree(tmp_path, GOOD)
    assert [fault for rule in RULES for fault in rule(read_modules(tmp_path))] == []


GOOD = {
    "collector/__init__.py": "",
    "collector/model/__init__.py": "",
    "collector/model/event.py": "class StoredEvent: ...",
    "collector/store/__init__.py": "from collector.store.sqlite import connect",
    "collector/store/sqlite.py": "import collector.model.event as e\nf(isinstance(1, e.StoredEvent))",
    "collector/privacy/__init__.py": "from collector.model.event import StoredEvent\nStoredEvent()",
    "collector/app.py": "import time\nfrom collector.store import connect\nimport snippet",
    "snippet/__init__.py": "",
}


def write_tree(root: Path, files: dict[str, str]) -> None:
    """Write the files of a synthetic tree, by their path."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
