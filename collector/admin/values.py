"""Values that people type into settings, checked one by one: origins, actions, list rules, params.

Each function returns the value in the form that is stored, or raises ValueError with a complaint
that names the value and the mend.
"""

import json
import re
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from collector.admin.forms import shown
from collector.admin.quoting import unquote_rule
from collector.model.policy import PathRule, Rule
from collector.model.source import MAX_QUOTA, Action, Origin

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_PARAMS = 8_000


def check_origin(text: str) -> str:
    """Return an origin as a browser writes it: lower case, punycode, no default port, no path.

    `null` is the origin of a file, and schemes beside http and https are those of apps.
    """
    if text == "null":
        return text
    complaint = ValueError(
        f"“{shown(text)}” is not an origin. Write scheme://host or scheme://host:port, such as https://shop.example."
    )
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
        host = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    except ValueError:
        raise complaint from None
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise complaint
    if not parts.scheme or not re.fullmatch(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", host):
        raise complaint
    usual = port is None or port == DEFAULT_PORTS.get(parts.scheme)
    origin = f"{parts.scheme}://{host}" + ("" if usual else f":{port}")
    try:
        return msgspec.convert(origin, Origin)
    except msgspec.ValidationError:
        raise complaint from None


def check_action(text: str) -> str:
    """Return an action that keeps the rule of custom events."""
    action = text.strip()
    if not action:
        raise ValueError("Give an action, such as product.seen.")
    try:
        return msgspec.convert(action, Action)
    except msgspec.ValidationError:
        raise ValueError(
            f"“{shown(action)}” is not an action. "
            "Use 1 to 32 letters a–z and A–Z, digits, dots, hyphens, underscores."
        ) from None


def check_rule(text: str) -> str:
    """Return a list rule: a name, `prefix.*` for all that begin with `prefix.`, or `*` for all."""
    try:
        return msgspec.convert(unquote_rule(text), Rule)
    except msgspec.ValidationError:
        raise ValueError(
            f"“{shown(text)}” is not a rule. Write a name of up to 255 characters. "
            "A star may only stand at the end, after a dot: product.*"
        ) from None


def check_path_rule(text: str) -> str:
    """Return a rule for pages: a path, `/folder/*` for all within it, or `*` for all.

    A path is kept as browsers write it, so what is not ASCII is percent-encoded here. In quotes it is
    taken as it stands.
    """
    path = unquote_rule(text)
    try:
        return msgspec.convert(_as_browsers_write(path) if path == text else path, PathRule)
    except msgspec.ValidationError:
        raise ValueError(
            f"“{shown(text)}” is not a rule for pages. Write a path without host and query: /account. "
            "A star may only stand at the end, after a slash: /account/*"
        ) from None


def quote_path_rule(rule: str) -> str:
    """Return a rule for pages as a line shows it: in quotes where browsers would write it otherwise."""
    return rule if _as_browsers_write(rule) == rule else json.dumps(rule)


def _as_browsers_write(path: str) -> str:
    return quote(path, safe="/%!$&'()*+,;=:@[]|^?#")


def check_trigger_tag(text: str) -> str:
    """Return the name that an element carries in `data-tracardi-tag`."""
    tag = text.strip()
    if not tag:
        raise ValueError("Give the tag that the element carries in data-tracardi-tag.")
    if len(tag) > 128 or not tag.isprintable():
        raise ValueError(f"“{shown(tag)}” is not a tag. Use up to 128 printable characters.")
    return tag


def check_params(text: str) -> dict[str, Any]:
    """Return params written as a JSON object; nothing written means none."""
    if not text.strip():
        return {}
    if len(text) > MAX_PARAMS:
        raise ValueError(f"The params have {len(text):,} characters. Use at most {MAX_PARAMS:,}.")
    try:
        params = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise ValueError(f'“{shown(text)}” is not JSON ({problem}). Write {{"colour": "red"}}.') from None
    if not isinstance(params, dict):
        raise ValueError(f'“{shown(text)}” is not a JSON object. Write {{"colour": "red"}}.')
    return params


def check_minutes(text: str) -> int:
    """Return the length of a session's silence, in minutes."""
    if not re.fullmatch(r"[0-9]{1,4}", text.strip()) or not 1 <= int(text) <= 1440:
        raise ValueError(f"“{shown(text)}” is not a number of minutes. Use 1 to 1440 (a day).")
    return int(text)


def check_quota(text: str) -> int:
    """Return how many events a minute a source takes; nothing written means any number, 0."""
    digits = text.strip() or "0"
    if not re.fullmatch(r"[0-9]{1,9}", digits) or int(digits) > MAX_QUOTA:
        raise ValueError(
            f"“{shown(text)}” is not a number of events. Use 1 to {MAX_QUOTA:,}, or nothing for any number."
        )
    return int(digits)


def check_percent(text: str) -> int:
    """Return a share of an element, in percent; nothing written means the usual tenth."""
    if not text.strip():
        return 10
    if not re.fullmatch(r"[0-9]{1,3}", text.strip()) or not 1 <= int(text) <= 100:
        raise ValueError(f"“{shown(text)}” is not a share. Use 1 to 100 percent.")
    return int(text)


def check_seconds(text: str) -> float:
    """Return a time in seconds, up to an hour, half seconds and such included; nothing written means 0."""
    if not text.strip():
        return 0
    if not re.fullmatch(r"[0-9]{1,4}([.,][0-9]{1,3})?", text.strip()):
        raise ValueError(f"“{shown(text)}” is not a time. Use 0 to 3600 seconds.")
    seconds = float(text.replace(",", "."))
    if seconds > 3600:
        raise ValueError(f"“{shown(text)}” is more than an hour. Use 0 to 3600 seconds.")
    return seconds
