"""The rules for params and texts, for JSON of which nobody knows what is a param."""

from typing import Any

import msgspec

from collector.model.event import Params
from collector.model.source import Source
from collector.privacy.hashing import hashed
from collector.privacy.lists import RuleList
from collector.privacy.params import MASK
from collector.privacy.rules import rules_of

MAX_DEPTH = 16
MAX_NAME = 256

_Path = tuple[str, ...]

_SECRET = frozenset({"token", "apikey", "api_key", "authorization", "cookie", "password", "ip"})
"""Never kept, in any case of the name: what opens a door, and an address in full."""

_OF_AN_EVENT = frozenset({"id", "action", "label", "time", "sent_at", "session", "uuid"})
"""An allow list for params does not speak of these, where they stand in an event or around it."""


class Walk:
    """Takes out of JSON what the policy of a source would take out of params, wherever it stands.

    A rule fits a value whose path ends as it says: `formData.phone` fits `params.formData.phone`. An allow
    list is asked for the path within the params, within an object of the context, or within the event.
    A label is not kept where the title of a page may not be, as it may hold one.
    """

    def __init__(self, source: Source, *, without_uuid: bool) -> None:
        self._rules = rules_of(source.policy)
        self._salt = source.salt
        title = ("title",)
        rules = (self._rules.block_params, self._rules.mask_params, self._rules.hash_params)
        refused = not self._is_allowed(title) or any(_ends(title, each) for each in rules)
        self._left_out = {name for name, out in (("label", refused), ("uuid", without_uuid)) if out}

    def json(self, value: Any, path: _Path = ()) -> str:
        """Return what may be kept of a JSON value that stands at this path, as text."""
        return msgspec.json.encode(self._rules.texts.unformed(self._kept(value, path))).decode()

    def _kept(self, value: Any, path: _Path) -> Any:
        if isinstance(value, dict):
            return self._object(value, path)
        if isinstance(value, list):
            return [self._kept(item, path) for item in value if self._may_stand(item, path)]
        if isinstance(value, str):
            return self._text(value, path)
        return value

    def _object(self, params: Params, path: _Path) -> Params:
        rules = self._rules
        kept: Params = {}
        for name, value in params.items():
            # No rule is longer; a longer name would cost its length for each rule that could end there.
            inner = (*path, name[:MAX_NAME])
            if name.lower() in _SECRET or name in self._left_out or _ends(inner, rules.block_params):
                continue
            if _ends(inner, rules.mask_params):
                kept[name] = MASK
                continue
            if not self._may_stand(value, inner):
                continue
            value = self._kept(value, inner)
            kept[name] = hashed(value, self._salt) if _ends(inner, rules.hash_params) else value
        return kept

    def _text(self, text: str, path: _Path) -> str:
        """JSON that was written twice holds names within a text; params of another form hold them unseen."""
        if text.lstrip()[:1] in ("{", "["):
            read = read_json(text.encode())
            if read is not None:
                return self.json(read, path)
        elif path[-1:] != ("params",):
            return text
        return "" if self._rules.of_params else text

    def _may_stand(self, value: Any, path: _Path) -> bool:
        """An allow list judges the values, not what holds them."""
        return isinstance(value, dict | list) or self._is_allowed(path)

    def _is_allowed(self, path: _Path) -> bool:
        if not self._rules.allow_params:
            return True
        match path[1:] if path[:1] == ("events",) else path:
            case ("consent",) | ("consent", "granted") | ("consent", "categories", _):
                return True
            case (name,) if name in _OF_AN_EVENT:
                return True
            case ("params", *within):
                pass
            case ("context", _, *within):
                pass
            case within:
                pass
        return self._rules.allow_params.match(".".join(within)) is not None


def _ends(path: _Path, rules: RuleList) -> bool:
    """Whether a rule fits the end of a path."""
    if not rules:
        return False
    return any(rules.match(".".join(path[start:])) is not None for start in range(len(path)))


def read_json(text: bytes) -> Any:
    """Return an object or a list that nests no deeper than MAX_DEPTH; None for anything else."""
    try:
        read = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return read if isinstance(read, dict | list) and not _nests(read, MAX_DEPTH) else None


def _nests(value: Any, limit: int) -> bool:
    """Whether a value nests deeper than so many levels."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return False
    return limit == 0 or any(_nests(item, limit - 1) for item in value)
