"""Paths of pages: one form for the many in which a server takes the same one."""

import re
from urllib.parse import quote

_ODD = re.compile(r"[%\\]|//|/\.|[^\x21-\x7e]")
_ENCODED = re.compile("%([0-9A-Fa-f]{2})")
_SLASHES = re.compile(r"[/\\]+")
_SAFE = "".join(map(chr, range(0x21, 0x7F)))
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""RFC 3986: characters that mean the same whether they are percent-encoded or not."""


def plain_path(path: str) -> str:
    """Return a path in which nothing is encoded that need not be, without dots and with single slashes."""
    if not _ODD.search(path):
        return path
    decoded = _ENCODED.sub(_plain_character, quote(path, _SAFE, errors="replace"))
    kept: list[str] = []
    parts = _SLASHES.sub("/", decoded).split("/")
    for part in parts:
        if part == "..":
            # The first is what stands before the slash at the beginning.
            del kept[max(1, len(kept) - 1) :]
        elif part != ".":
            kept.append(part)
    # A folder keeps the slash at its end.
    if parts[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


def plain_rule(rule: str) -> str:
    """Return a rule for paths that means plain paths."""
    return plain_path(rule.removesuffix("*")) + "*" * rule.endswith("*")


def _plain_character(encoded: re.Match[str]) -> str:
    character = chr(int(encoded[1], 16))
    return character if character in _UNRESERVED else encoded[0].upper()
