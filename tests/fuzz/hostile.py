"""What a hostile sender makes of an honest body: one mutator, for hypothesis and for atheris alike.

A body is changed as JSON, so that it still reaches what lies behind the parser, or as bytes. Every choice
is drawn from the `random.Random` that is handed in: who draws it can make the same body again.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any

DEEP = 10_000
"""Levels of a body that is nested too deep for any parser that recurses."""


class Literal(str):
    """A text that stands in the JSON as it is, without quotes."""

    __slots__ = ()


LITERALS = (
    *("1e400", "-1e400", "-0", "-0.0", "1e-400", "9007199254740993", "18446744073709551616"),
    *("-9223372036854775809", "0.1e1", "1" * 5_000, "1." + "1" * 5_000, "NaN", "Infinity", "-Infinity"),
    *("nul", "tru", "01", "+1", ".5", "1.", '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"'),
    *('"\\u0000"', '"\\u"', '"\\x41"', '"\\', "'a'", "/**/1", "[" * DEEP + "]" * DEEP),
    *('{"a":' * DEEP + "1" + "}" * DEEP, "[" * DEEP, '{"":{"":{"":[]}}}', "[,]", "{,}", '{"a":1,"a":2}'),
    *('{"":1,"":{"":2}}', '{"\\u0000":1}', '{"\\ud800":1}', '{"__proto__":{"a":1}}', ""),
)
"""Values that few senders mean. Some are no JSON."""

TEXTS = (
    *("", " ", "\x00", "a\x00b", "\x1b[31m", "\u202e", "\u2028", "\ufeff", "\uffff", "\U0001f600", "\x7f"),
    *("\x85", "é" * 40, "x" * 300, "x" * 33_000, "%", "%00", "%ff", "%zz", "{{7*7}}", "</script>"),
    *("' or 1=1 --", "=cmd()", "a,b\r\nc", "http://[", "http://[::1", "//a@b:c", "http://a:99999/"),
    *("http://\u2100/", "javascript:1", "a" * 64 + "@b.co", "a@b.co", "@", "a@", "+48 600 700 800"),
    *("\u0661\u0662\u0663", "٣", "1e3", "-1", "NaN", "null", "true", "4.4", "2026-02-30T25:61:61Z"),
    *("2026-01-01T00:00:00+99:99", "0000-00-00", "9999-12-31T23:59:59.999999999Z", "-1", "NaT"),
    *("10000-01-01T00:00:00Z", "2026-01-01", "12:00", "203.0.113.7", "::ffff:1.2.3.4", "fe80::1%eth0"),
    *("1.2.3.4.5", "00000000-0000-0000-0000-000000000000", "../../etc/passwd", "page.visit", "session.end"),
    *("form.submit", "a.b"),
)

NUMBERS = (
    *(0, -1, 1, 2**31, 2**53 - 1, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**30, 0.5, -0.0, 1e308, 5e-324),
)

KEYS = (
    *("", "\x00", "a" * 64_000, "__proto__", "constructor", "a.b", "a[0]", "$where", "é", "\u202e", "id"),
    *("time", "uuid", "events", "params", "context", "formData", "mapping", "tags", "products", "email"),
    *("consent", "token", "session", "traits", "properties", "integrations", "page", "source", "profile"),
    *("client", "type", "original", "url"),
)

BEFORE = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b" \t\r\n" * 20, b"\x00", b")]}',\n", b"\x1e")
INSIDE = (
    *(b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x00", b"\\ud800", b"\\u0000"),
    *(b"\\", b'"'),
)
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "cp037")


def mutated(random: Random, body: bytes) -> bytes:
    """An honest body after one to four changes to its JSON, or one to its bytes.

    JSON may stand behind a first line, which mostly stays.
    """
    for head, rest in ((b"", body), _first_line(body)):
        try:
            value = json.loads(rest)
            for _ in range(random.randint(1, 4)):
                value = _node_mutated(random, value)
            changed = head + written_out(value)
        except (ValueError, RecursionError):
            continue  # no JSON, or a body that an earlier change made too deep for ours
        return bytes_mutated(random, changed) if random.randint(0, 9) == 0 else changed
    return bytes_mutated(random, body)


def _first_line(body: bytes) -> tuple[bytes, bytes]:
    line, newline, rest = body.partition(b"\n")
    return line + newline, rest


def bytes_mutated(random: Random, body: bytes) -> bytes:
    """A body cut, overwritten, repeated, or in another encoding."""
    here = random.randint(0, len(body))
    there = min(len(body), here + random.randint(0, 8))
    match random.randint(0, 6):
        case 0:
            return body[:here]
        case 1:
            return random.choice(BEFORE) + body
        case 2:
            return body[:here] + random.choice(INSIDE) + body[there:]
        case 3:
            return body[:here] + bytes(random.randint(0, 255) for _ in range(8)) + body[there:]
        case 4:
            return body[:here] + body[here:there] * random.randint(2, 200) + body[there:]
        case 5:
            return body.decode("utf-8", "replace").encode(random.choice(ENCODINGS), "replace")
        case _:
            return body + random.choice((body, b"\x00", b"]", b"}", b" ,"))


def hostile_value(random: Random) -> Any:
    """A value that few senders mean, or an ordinary one of a type that is not expected here."""
    match random.randint(0, 5):
        case 0:
            return Literal(random.choice(LITERALS))
        case 1 | 2:
            return random.choice(TEXTS)
        case 3:
            return random.choice(NUMBERS)
        case 4:
            return random.choice((None, True, False, [], {}, [[]], [{}], {"": {}}, {"a": [None]}))
        case _:
            return random.choice(
                (["x"] * 3_000, [{}] * 3_000, [[0]] * 3_000, {f"k{n}": n for n in range(1_500)})
            )


def written_out(value: Any) -> bytes:
    """The JSON of a value whose literals stand as they are."""
    literals: list[str] = []

    def marked(value: Any) -> Any:
        if isinstance(value, Literal):
            literals.append(value)
            return f"\x01literal {len(literals) - 1}\x01"
        if isinstance(value, list):
            return [marked(item) for item in value]
        if isinstance(value, dict):
            return {key: marked(item) for key, item in value.items()}
        return value

    text = json.dumps(marked(value), ensure_ascii=False)
    for number, literal in enumerate(literals):
        text = text.replace(json.dumps(f"\x01literal {number}\x01"), literal)
    return text.encode("utf-8", "surrogatepass")


def _node_mutated(random: Random, value: Any) -> Any:
    """The same with one node replaced, nested, doubled, or with a key or item more or less."""
    places = _places(value)
    return _changed(value, random.choice(places), lambda node: _replacement(random, node))


def _replacement(random: Random, node: Any) -> Any:
    choice = random.randint(0, 7)
    if isinstance(node, dict) and choice < 5:
        keys = [key for key in node if isinstance(key, str)]
        match choice:
            case 0 if keys:
                return {key: item for key, item in node.items() if key != random.choice(keys)}
            case 1 if keys:
                gone = random.choice(keys)
                return {random.choice(KEYS) if key == gone else key: item for key, item in node.items()}
            case _:
                return {**node, random.choice(KEYS): hostile_value(random)}
    if isinstance(node, list) and node and choice < 4:
        item = random.choice(node)
        match choice:
            case 0:
                return []
            case 1:
                return [*node, hostile_value(random)]
            case 2:
                return [item] * (2 if len(_places(item)) > 30 else random.choice((2, 21, 1001, 2501)))
            case _:
                return node[1:]
    if choice == 7:
        for _ in range(random.choice((1, 15, 16, 17, 40))):
            node = [node] if random.randint(0, 1) else {"a": node}
        return node
    return hostile_value(random)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all nodes, the first of long lists only."""
    found = [path]
    if isinstance(value, dict):
        for key, item in list(value.items())[:50]:
            found += _places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value[:5]):
            found += _places(item, (*path, index))
    return found


def _changed(value: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(value)
    head, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {**value, head: _changed(value[head], rest, change)}
    return [_changed(item, rest, change) if index == head else item for index, item in enumerate(value)]
