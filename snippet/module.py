"""One feature of the tag: a file of JavaScript with one function of the file's name.

The file's header says what it needs (`Needs    storage, visitor`), so that a build carries a
feature with all it stands on and nothing else.
"""

import re
from dataclasses import dataclass
from functools import cache

from collector.assets import modules_dir
from snippet.syntax import newer_than_es2020

_NEEDS = re.compile(r"^ \* Needs +(\w+(?:, \w+)*)$", re.MULTILINE)
_METHOD = re.compile(r"\btag\.methods\.(\w+) =")


@dataclass(frozen=True)
class Module:
    """A feature's name, its source, the modules it stands on, and what it adds to the page API."""

    name: str
    source: str
    needs: tuple[str, ...]
    methods: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of its source, comments included."""
        return len(self.source.encode())


@cache
def read_module(name: str) -> Module:
    """Read a module from the modules' folder; a running process reads each once.

    Raises FileNotFoundError for an unknown name, ValueError for a file without its function or
    with syntax that is newer than ES2020, on which an older browser would stop.
    """
    source = (modules_dir() / f"{name}.js").read_text(encoding="utf-8")
    if not re.search(rf"^function {name}\(", source, re.MULTILINE):
        raise ValueError(f"{name}.js has no function {name}()")
    if re.search(r"\}\s*=\s*tag(?![.\w])|\btag(\[|\?\.)", source):
        raise ValueError(f"{name}.js reads the tag otherwise than as tag.member, which the build shortens")
    if found := newer_than_es2020(source):
        raise ValueError(f"{name}.js uses syntax newer than ES2020: {found}")
    needs = _NEEDS.search(source)
    return Module(
        name=name,
        source=source,
        needs=tuple(needs[1].split(", ")) if needs else (),
        methods=tuple(_METHOD.findall(source)),
    )
