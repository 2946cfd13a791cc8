"""The tag of one source: only the modules that it uses, minified and compressed.

Every site gets a script of its own, so a feature that is off costs no byte. The same settings give
the same bytes, in any process: they are their own cache key, and their hash is the ETag.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import brotli  # type: ignore[import-untyped]
import minify  # type: ignore[import-untyped]
import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from collector.assets import templates_dir
from collector.model.source import Source
from snippet.module import Module, read_module

START_ORDER = (
    "core",
    "storage",
    "visitor",
    "identity",
    # What decides about events, before what makes them.
    "lists",
    "sessions",
    "delivery",
    "page_visits",
    "auto_events",
    "custom_events",
    "forms",
    "triggers",
    "onVisible",
    "onClick",
    "onMouseOver",
    "onTextSelect",
)
"""The modules, in the order in which they stand in a tag and start."""

_BASE = ("core", "storage", "visitor")


@dataclass(frozen=True)
class BuiltTag:
    """A compiled tag: the script minified, and the same compressed.

    `hash` is of the script, 16 hex digits; `etag` is weak, as one serves all encodings.
    """

    plain: bytes
    gzip: bytes
    brotli: bytes
    hash: str

    @property
    def etag(self) -> str:
        return f'W/"{self.hash}"'


def build_tag(source: Source) -> BuiltTag:
    """Compile the tag of a source. Takes some 50 ms the first time; then it is remembered."""
    names = module_names(source)
    return _compile(names, json.dumps(_config(source, names), sort_keys=True))


def module_names(source: Source) -> tuple[str, ...]:
    """The modules that a source's tag carries: what is on and has something to do, and what that needs."""
    tag, policy = source.settings.tag, source.policy
    wanted = {*_BASE, *(name for name, on in msgspec.structs.asdict(tag.modules).items() if on)}
    if not (policy.allow or policy.block):
        wanted.discard("lists")
    if tag.auto_events:
        wanted.add("auto_events")
    if "triggers" in wanted:
        wanted.remove("triggers")
        wanted.update(trigger.interaction for trigger in tag.triggers)
    pending = list(wanted)
    while pending:
        needs = set(read_module(pending.pop()).needs) - wanted
        wanted |= needs
        pending += needs
    return tuple(sorted(wanted, key=START_ORDER.index))


def _config(source: Source, names: tuple[str, ...]) -> dict[str, Any]:
    """What the script is told; the shape is Config in tag.d.ts."""
    tag, policy = source.settings.tag, source.policy
    config: dict[str, Any] = {
        "source": source.source_id,
        "gpc": policy.global_privacy_control,
        "dnt": policy.do_not_track,
    }
    if "sessions" in names:
        config["minutes"] = source.settings.session.minutes
    if "lists" in names:
        config |= {"allow": policy.allow, "block": policy.block}
    if "auto_events" in names:
        config["auto"] = msgspec.to_builtins(tag.auto_events)
    if "triggers" in names:
        config["triggers"] = msgspec.to_builtins(tag.triggers)
    return config


@lru_cache(maxsize=256)
def _compile(names: tuple[str, ...], config: str) -> BuiltTag:
    """Render, minify and compress. `config` is JSON: text can be a key, a dict cannot."""
    modules: list[Module] = [read_module(name) for name in names]
    script = _template().render(modules=modules, config=json.loads(config)).encode()
    return BuiltTag(
        plain=script,
        gzip=gzip.compress(script, mtime=0),
        brotli=brotli.compress(script, mode=brotli.MODE_TEXT),
        hash=hashlib.sha256(script).hexdigest()[:16],
    )


@cache
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(templates_dir()), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["minify"] = _minify
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":")}
    return environment.get_template("tag.js.j2")


def _minify(script: str) -> Markup:
    """Rename and shorten. The text is our own modules only, so it is safe to pass on."""
    return Markup(minify.string("application/javascript", str(script)))  # noqa: S704
