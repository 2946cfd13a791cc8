"""What the lists of a policy mean, as cases that the collector and the tag are both held to."""

from typing import Any, NamedTuple


class PathCase(NamedTuple):
    """Whether an event on this page may be kept."""

    name: str
    path: str
    kept: bool
    allow: tuple[str, ...] = ()
    block: tuple[str, ...] = ()


class ParamCase(NamedTuple):
    """What is left of these params; of the collector's, where it takes out more than the tag."""

    name: str
    params: dict[str, Any]
    kept: dict[str, Any]
    allow: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    stored: dict[str, Any] | None = None


def leaves(params: dict[str, Any], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Each value that is no object, by the names that lead to it."""
    found: dict[tuple[str, ...], Any] = {}
    for name, value in params.items():
        found |= leaves(value, (*path, name)) if isinstance(value, dict) else {(*path, name): value}
    return found


PATHS = [
    PathCase("no list", "/account", True),
    PathCase("blocked", "/account", False, block=("/account",)),
    PathCase("exact is no prefix", "/account/orders", True, block=("/account",)),
    PathCase("exact is no beginning", "/accounts", True, block=("/account",)),
    PathCase("a slash at the end is another path", "/account/", True, block=("/account",)),
    PathCase("case counts", "/Account", True, block=("/account",)),
    PathCase("folder", "/account/orders/1", False, block=("/account/*",)),
    PathCase("the folder itself", "/account/", False, block=("/account/*",)),
    PathCase("a folder needs its slash", "/account", True, block=("/account/*",)),
    PathCase("a folder ends at its slash", "/account-closed/1", True, block=("/account/*",)),
    PathCase("folder in a folder", "/a/b/c", False, block=("/a/b/*",)),
    PathCase("all, by a slash", "/", False, block=("/*",)),
    PathCase("all", "/account", False, block=("*",)),
    PathCase("home page", "/", False, block=("/",)),
    PathCase("percent-encoded", "/caf%C3%A9", False, block=("/caf%C3%A9",)),
    PathCase("query and fragment are no path", "/account?a=/b#/c", False, block=("/account",)),
    PathCase("a dot is a letter", "/account.html", True, block=("/account/*", "/account")),
    PathCase("allowed", "/shop/1", True, allow=("/shop/*",)),
    PathCase("not on the allow list", "/account", False, allow=("/shop/*",)),
    PathCase("block wins", "/shop/secret", False, allow=("/shop/*",), block=("/shop/secret",)),
    PathCase("block wins by folder", "/shop/secret", False, allow=("/shop/secret",), block=("/shop/*",)),
]

FORM = {"formType": "contact", "formData": {"phone": "1", "name": "A", "parts": {"a": 1, "b": 2}}}

PARAMS = [
    ParamCase("no list", FORM, FORM),
    ParamCase("no params", {}, {}, block=("a",), allow=("b",)),
    ParamCase("blocked", {"a": 1, "b": 2}, {"b": 2}, block=("a",)),
    ParamCase("exact is no beginning", {"ab": 1}, {"ab": 1}, block=("a",)),
    ParamCase("the tag's case counts", {"A": 1}, {"A": 1}, block=("a",), stored={}),
    ParamCase(
        "within, in any case", {"a": {"B": 1}}, {"a": {"B": 1}}, block=("A.b", "a.b"), stored={"a": {}}
    ),
    ParamCase(
        "all within, in any case", {"Ab": {"B": 1}}, {"Ab": {"B": 1}}, block=("aB.*",), stored={"Ab": {}}
    ),
    ParamCase("a sharp s", {"STRASSE": 1}, {"STRASSE": 1}, block=("straße",), stored={}),
    ParamCase("an allowed name's case counts", {"A": 1, "a": 2}, {"a": 2}, allow=("a",)),
    ParamCase("an object goes with all it holds", FORM, {"formType": "contact"}, block=("formData",)),
    ParamCase("within", {"a": {"b": 1, "c": 2}, "b": 3}, {"a": {"c": 2}, "b": 3}, block=("a.b",)),
    ParamCase("all within", {"a": {"b": 1, "c": 2}, "b": 3}, {"a": {}, "b": 3}, block=("a.*",)),
    ParamCase("deep within", {"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"d": 2}}}, block=("a.b.c",)),
    ParamCase("a name with a dot", {"a.b": 1, "a": {"b": 2}}, {"a": {}}, block=("a.b",)),
    ParamCase("a name with a dot, by its beginning", {"a.b": 1, "ab": 2}, {"ab": 2}, block=("a.*",)),
    ParamCase("a list is one value", {"a": [{"b": 1}]}, {"a": [{"b": 1}]}, block=("a.b", "b")),
    ParamCase("a list goes whole", {"a": [{"b": 1}]}, {}, block=("a",)),
    ParamCase("all", FORM, {}, block=("*",)),
    ParamCase("names of other tongues", {"imię": 1, "og:title": 2}, {}, block=("imię", "og:title")),
    ParamCase("beyond 16 bits", {"😀": 1, "😁": {"a": 2}}, {"😁": {}}, block=("😀", "😁.*")),
    ParamCase(
        "a name that objects have", {"constructor": 1, "toString": 2}, {"toString": 2}, block=("constructor",)
    ),
    ParamCase("allowed", {"a": 1, "b": 2}, {"a": 1}, allow=("a",)),
    ParamCase("allowed within", {"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 1}}, allow=("a.b",)),
    ParamCase("all within allowed", {"a": {"b": {"c": 1}}, "d": 3}, {"a": {"b": {"c": 1}}}, allow=("a.*",)),
    ParamCase("an allowed object names no values", {"a": {"b": 1}}, {"a": {}}, allow=("a",)),
    ParamCase("an allowed list", {"a": [1, {"b": 2}], "c": [3]}, {"a": [1, {"b": 2}]}, allow=("a",)),
    ParamCase("all allowed", FORM, FORM, allow=("*",)),
    ParamCase("block wins", {"a": 1, "b": 2}, {"b": 2}, allow=("*",), block=("a",)),
    ParamCase("block wins by prefix", {"a": {"b": 1}}, {"a": {}}, allow=("a.b",), block=("a.*",), stored={}),
    ParamCase(
        "the name of an object left empty",
        {"John": {"x": 1, "y": {}}},
        {"John": {"y": {}}},
        allow=("a",),
        stored={},
    ),
    ParamCase(
        "the name of an object sent empty",
        {"John": {}, "a": 1},
        {"John": {}, "a": 1},
        ("a",),
        stored={"a": 1},
    ),
    ParamCase("nothing and false are values", {"a": None, "b": False, "c": ""}, {"b": False}, allow=("b",)),
]
