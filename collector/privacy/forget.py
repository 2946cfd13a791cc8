"""What would let a visitor be known again, of whom a cookieless source keeps nothing that lasts.

The names are those of the dialects, and hold for whatever a page of ours calls by them.
Source: contracts/segment-customerio.md section 3, contracts/tracardi.md sections 5 and 7.
"""

import re
from typing import Any

import msgspec

from collector.model.event import Event, Params

_IDS = frozenset(
    {"anonymousid", "previousid", "deviceid", "advertisingid", "sessionid", "idfa", "idfv", "gaid"}
    | {"clientid", "rudderid", "sid", "externalids"}
)
"""What tells one browser from all others, and does so again tomorrow. In any spelling: `device_id`."""

_IDS_WITHIN: dict[str, frozenset[str]] = {
    "context": frozenset({"ids", "ga", "cookies", "storage"}),
    "tracardi": frozenset({"pass"}),
    **dict.fromkeys(("device", "amp", "referrer", "session", "profile"), frozenset({"id", "token"})),
}
"""The same, by the object that it stands in."""

_CARRIED = re.compile(r"([?&#])(?:(?:__tr_pid|__tr_src|ajs_aid)=[^&#\s]*&?)+")
"""Ids that an address hands from one site to another."""

_MARK = re.compile(rb"__tr_(?:pid|src)=|ajs_aid=")

_encoded = msgspec.json.Encoder().encode


def forget(event: Event) -> None:
    """Take out of an event what tells its visitor's browser or visit from others, tomorrow too."""
    event.context.pop("session", None)
    for name in [name for name in event.params if _plain(name) == "anonymousid"]:
        del event.params[name]
    # One look through all texts at once: hardly any event holds one.
    if _MARK.search(_encoded([event.params, event.context])):
        event.params, event.context = _uncarried(event.params), _uncarried(event.context)


def without_ids(value: Any, around: str = "") -> Any:
    """A value without such ids, nor an object that held nothing else."""
    if isinstance(value, list):
        return [without_ids(item, around) for item in value]
    if not isinstance(value, dict):
        return value
    within = _IDS_WITHIN.get(around, frozenset())
    kept: Params = {}
    for name, item in value.items():
        if name in within or _plain(name) in _IDS:
            continue
        left = without_ids(item, name)
        if left != {} or item == {}:
            kept[name] = left
    return kept


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _uncarried(value: Any) -> Any:
    if isinstance(value, str):
        return _CARRIED.sub(r"\1", value)
    if isinstance(value, list):
        return [_uncarried(item) for item in value]
    if isinstance(value, dict):
        return {name: _uncarried(item) for name, item in value.items()}
    return value
