"""Frozen tags: an address and a hash under which a page gets the same bytes for ever.

A page that carries a script's hash (Subresource Integrity) loses its tag the moment the bytes
change, be it by a switch or by our next release. So a build is kept when its owner asks for such a
line, and is served from then on, beside whatever the source has become.
"""

import base64
import hashlib
from functools import lru_cache

from collector.model.frozen import FrozenTag
from collector.model.source import Source
from snippet.build import build_tag, debug_script, module_names
from snippet.compile import BuiltTag, pack


def freeze(source: Source, *, author: str, now_ms: int) -> FrozenTag:
    """The tag of a source as it is now, to be kept in the store."""
    built = build_tag(source)
    return FrozenTag(
        hash=built.hash,
        script=built.plain.decode(),
        name=source.settings.tag.name,
        modules=module_names(source),
        author=author,
        created_ms=now_ms,
    )


def integrity(tag: FrozenTag) -> str:
    """What a page puts into the script's `integrity` attribute. Source: W3C Subresource Integrity."""
    return "sha384-" + base64.b64encode(hashlib.sha384(tag.script.encode()).digest()).decode()


def frozen_tag(tag: FrozenTag) -> BuiltTag:
    """The frozen bytes, compressed."""
    return _packed(tag.script)


def frozen_debug(source: Source, tag: FrozenTag) -> BuiltTag:
    """What `debug()` loads into a page with a frozen tag."""
    return debug_script(tag.name, source.source_id[:8], tag.modules)


@lru_cache(maxsize=64)
def _packed(script: str) -> BuiltTag:
    return pack(script.encode())
