"""A frozen tag: the bytes of one build, kept for pages that name their hash."""

import msgspec


class FrozenTag(msgspec.Struct, frozen=True, kw_only=True):
    """A build of a source's tag that its owner froze: the same for ever, whatever is switched later.

    hash        of the script, in its address: 16 hex digits
    script      the bytes themselves, since a later release would compile others
    name, modules    what it calls itself in a page, and what it carries
    author      who froze it: a user's name, or the command
    created_ms  ms since the epoch, UTC
    """

    hash: str
    script: str
    name: str
    modules: tuple[str, ...]
    author: str
    created_ms: int
