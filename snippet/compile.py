"""From modules and settings to bytes: rendered, minified, compressed, and remembered."""

import gzip
import hashlib
import itertools
import json
import re
import string
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, get_args

import brotli  # type: ignore[import-untyped]
import minify  # type: ignore[import-untyped]
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from collector.assets import modules_dir, templates_dir
from collector.model.source import Facade
from snippet.module import read_module

_BROTLI_MODES = (brotli.MODE_GENERIC, brotli.MODE_TEXT, brotli.MODE_FONT)
"""Which of them is the smallest cannot be told beforehand."""

LASTING_NAMES = ("config", "url", "filters", "methods", "send", "post", "read", "box", "queue", "decide")
"""Members of the Tag whose letters stay from release to release, a for the first: only add to the end.

The debug script of today reads them in a tag that somebody froze years ago.
"""


@dataclass(frozen=True)
class BuiltTag:
    """A compiled script: minified, and the same compressed.

    `hash` is of the script, 16 hex digits; `etag` is weak, as one serves all encodings.
    """

    plain: bytes
    gzip: bytes
    brotli: bytes
    hash: str

    @property
    def etag(self) -> str:
        return f'W/"{self.hash}"'


@lru_cache(maxsize=256)
def compile_script(template: str, names: tuple[str, ...], config: str) -> BuiltTag:
    """Render a template and compress it. `config` is JSON: text can be a key, a dict cannot."""
    return pack(render(template, names, json.loads(config)).encode())


def render(template: str, names: tuple[str, ...], config: dict[str, Any]) -> str:
    """Render a template with these modules."""
    modules = [read_module(name) for name in names]
    return _environment().get_template(template).render(modules=modules, config=config)


def pack(script: bytes) -> BuiltTag:
    """Compress a script."""
    return BuiltTag(
        plain=script,
        gzip=gzip.compress(script, mtime=0),
        brotli=min((brotli.compress(script, mode=mode) for mode in _BROTLI_MODES), key=len),
        hash=hashlib.sha256(script).hexdigest()[:16],
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates_dir()), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["minify"] = _minify
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":")}
    return environment


@lru_cache(maxsize=256)
def _minify(script: str) -> Markup:
    """Rename and shorten. The text is our own modules only, so it is safe to pass on."""
    # One word instead of two for the same thing here: declarations join, and it packs better.
    script = re.sub(r"\bconst ", "let ", _MEMBER.sub(_shorten, str(script)))
    return Markup(minify.string("application/javascript", script))  # noqa: S704


_MEMBER = re.compile(r"\btag\.([a-zA-Z_]\w*)")


def _shorten(found: re.Match[str]) -> str:
    return f"tag.{short_names()[found[1]]}"


@cache
def short_names() -> dict[str, str]:
    """One or two letters for each member of the Tag that a module names.

    The minifier leaves members alone, since it cannot know who else reads them; nobody but the
    modules reads the Tag's, and they write `tag.member` always.
    """
    letters = string.ascii_letters
    short = itertools.chain(letters, map("".join, itertools.product(letters, letters)))
    members = dict.fromkeys(
        (
            *LASTING_NAMES,
            *(
                found[1]
                for file in sorted(modules_dir().glob("*.js"), key=_base_first)
                for found in _MEMBER.finditer(read_module(file.stem).source)
            ),
        )
    )
    return dict(zip(members, short, strict=False))


def _base_first(file: Path) -> tuple[bool, bool, str]:
    """Nearly every tag carries these: they come first, so that a new module changes none of their letters.

    Last come the page APIs of other vendors, which few tags carry.
    """
    base = file.stem in ("core", "storage", "visitor", "delivery", "page_visits")
    return not base, file.stem.startswith(get_args(Facade)), file.stem
