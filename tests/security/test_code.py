"""What our code must not hold, looked for in all of it: the kinds of fault that no single request shows.

Each rule is tried on a line that breaks it, so that a rule that finds nothing is known to look.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = sorted([*(ROOT / "collector").rglob("*.py"), *(ROOT / "snippet").rglob("*.py")])

OPENS_CONNECTIONS = {
    "collector.cli.serve": "listens",
    "collector.cli.draining": "takes in those who wait there when it ends",
    "collector.mail.smtp": "the operator's mail server, by TAGWELL_SMTP_URL",
    "collector.enrich.update": "the package client of `tagwell geo update`, by the operator's command",
    "collector.store.sqlite_rewrite": "runs one constant line, on the store's own file",
}
"""The modules that may reach the network or run programs. No request reaches any but the first two: mails
have no address but the operator's server's, an update is a command, a file is written anew when its disk
failed."""

NETWORK = {
    "socket",
    "ssl",
    "smtplib",
    "ftplib",
    "telnetlib",
    "httpx",
    "requests",
    "aiohttp",
    "subprocess",
} | {*("http.client", "urllib.request", "websockets", "socketserver", "xmlrpc", "imaplib", "poplib")}

SECRET = re.compile(r"(^|_)(secret|token|password|signature|digest|csrf|nonce|api_key|key_hash|mac)$")
COMPARED_IN_PLAIN = {
    ("collector/store/wishes.py", "nonce"): "the nonce of a link whose signature was checked before",
    ("collector/api/sign_in.py", "api_key"): "the id of a source, which is public",
    ("collector/enrich/geo.py", "signature"): "of files: their sizes and times",
    ("collector/store/upkeep.py", "nonce"): "looked up by the database, of a link that was checked before",
    ("collector/store/access.py", "key_hash"): "looked up by the database, by the hash of what was sent",
}
"""Comparisons of secrets that tell nothing by their time, and why."""


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of ours, by its path."""
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in PYTHON}


@cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """All of a module, looked through once."""
    return tuple(ast.walk(tree))


def connections(name: str, tree: ast.Module) -> list[str]:
    """Imports of what opens connections or runs programs."""
    if name.removesuffix(".py").replace("/", ".") in OPENS_CONNECTIONS:
        return []
    found = []
    for node in nodes(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        found += [one for one in names if one in NETWORK or one.partition(".")[0] in NETWORK - {"http"}]
        if isinstance(node, ast.Attribute) and node.attr in ("open_connection", "create_connection"):
            found.append(node.attr)
    return found


def plain_comparisons(name: str, tree: ast.Module) -> list[str]:
    """`==` between secrets, whose time tells how much of a guess is right."""
    found = []
    for node in nodes(tree):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) for side in sides):
            continue
        for side in sides:
            said = side.attr if isinstance(side, ast.Attribute) else getattr(side, "id", "")
            if SECRET.search(said) and (name, said) not in COMPARED_IN_PLAIN:
                found.append(said)
    return found


def weak_randomness(_name: str, tree: ast.Module) -> list[str]:
    """`random`, which anybody can predict, and hashes that can be forged."""
    found = []
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name == "random"]
        elif isinstance(node, ast.ImportFrom) and node.module == "random":
            found.append("random")
        elif isinstance(node, ast.Attribute) and node.attr in ("md5", "sha1", "uuid1"):
            found.append(node.attr)
    return found


def built_statements(name: str, tree: ast.Module) -> list[str]:
    """SQL put together from values. A table's or column's own name may be: no request makes one."""
    found = []
    for node in nodes(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("text", "execute", "exec_driver_sql", "executescript", "literal_column"):
            found += [ast.unparse(part) for part in _joined(node.args[0]) if not _names_a_table(part)]
    return found if "/migrations/" not in name else []


def _joined(argument: ast.expr) -> Iterator[ast.expr]:
    """What is put into a text that is made where it is used."""
    if isinstance(argument, ast.JoinedStr):
        for part in argument.values:
            if isinstance(part, ast.FormattedValue):
                yield part.value
    elif isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.Add | ast.Mod):
        yield argument


def _names_a_table(part: ast.expr) -> bool:
    said = ast.unparse(part)
    return said.isupper() or said in ("table", "day_salts.name")


def code_from_data(_name: str, tree: ast.Module) -> list[str]:
    """What would run or unpack something that was sent."""
    found = []
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            found += [called] if isinstance(node.func, ast.Name) and called in ("eval", "exec") else []
            found += [called] if called in ("from_string", "system", "popen") else []
            found += [one.arg or "" for one in node.keywords if one.arg == "shell"]
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        module = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        roots = {one.partition(".")[0] for one in [*names, *module]}
        found += sorted(roots & {"pickle", "marshal", "shelve", "yaml", "xml", "lxml", "dill"})
    return found


def log_lines_made_of_data(_name: str, tree: ast.Module) -> list[str]:
    """Log lines whose form is not constant."""
    return [
        ast.unparse(node)
        for node in nodes(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) in ("log", "_log", "logger", "logging")
        and node.func.attr in ("debug", "info", "warning", "error", "exception", "critical")
        and not isinstance(node.args[0], ast.Constant)
    ]


Rule = Callable[[str, ast.Module], list[str]]
RULES = (
    (connections, "import urllib.request"),
    (connections, "from http import client"),
    (connections, "asyncio.open_connection('a', 1)"),
    (plain_comparisons, "given.token == user.token"),
    (weak_randomness, "import random"),
    (weak_randomness, "hashlib.md5(b'')"),
    (built_statements, "connection.execute(text(f'SELECT {name}'))"),
    (built_statements, "connection.execute('SELECT ' + name)"),
    (code_from_data, "eval(text)"),
    (code_from_data, "import pickle"),
    (code_from_data, "subprocess.run(command, shell=True)"),
    (log_lines_made_of_data, "log.warning(f'{name} is gone')"),
)


@pytest.mark.parametrize(
    "rule", list(dict.fromkeys(rule for rule, _ in RULES)), ids=lambda rule: rule.__name__
)
def test_our_code_keeps_the_rule(rule: Rule) -> None:
    assert {name: found for name, tree in modules().items() if (found := rule(name, tree))} == {}


@pytest.mark.parametrize(("rule", "line"), RULES)
def test_a_broken_rule_is_found(rule: Rule, line: str) -> None:
    assert rule("collector/x.py", ast.parse(line))


def test_what_is_excused_is_there() -> None:
    for name in OPENS_CONNECTIONS:
        assert (ROOT / f"{name.replace('.', '/')}.py").is_file()
    for name, said in COMPARED_IN_PLAIN:
        assert said in (ROOT / name).read_text()


NOT_HTML = {"snippet/proxy.py": "settings of other servers, made of checked addresses, shown as text"}


def test_every_template_is_escaped_as_it_is_filled_in() -> None:
    found = {}
    for name, tree in modules().items():
        for call in (node for node in nodes(tree) if isinstance(node, ast.Call)):
            if ast.unparse(call.func) in ("Environment", "jinja2.Environment"):
                given = {one.arg: ast.unparse(one.value) for one in call.keywords}
                found[name] = given.get("autoescape", "False")
    escaped = {"True", "select_autoescape(('html',))"}
    assert {name for name, how in found.items() if how not in escaped} == set(NOT_HTML)
    assert len(found) > 3


SAFE = re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+false")


def test_no_page_takes_escaping_away_from_what_it_is_given() -> None:
    pages = [*(ROOT / "templates").rglob("*.html")]
    assert len(pages) > 30
    for page in pages:
        # A mark for the line's end is ours; what it stands in is escaped before.
        text = page.read_text().replace('| e | replace("_", "_<wbr>" | safe)', "")
        assert not SAFE.search(text), page


MARKUP_BY_SCRIPT = re.compile(
    r"\beval\(|new Function|document\.write|insertAdjacentHTML|\.innerHTML\s*\+?=|outerHTML\s*="
)
OWN_MARKUP = {"static/admin/admin.js": 2}
"""The rows and pieces that our own server made, escaped."""


def test_no_script_makes_markup_or_code_of_what_it_is_given() -> None:
    scripts = [*(ROOT / "static").rglob("*.js"), *(ROOT / "snippet" / "modules").rglob("*.js")]
    assert len(scripts) > 10
    for script in scripts:
        name = str(script.relative_to(ROOT))
        assert len(MARKUP_BY_SCRIPT.findall(script.read_text())) == OWN_MARKUP.get(name, 0), name


def test_the_admin_pages_keep_nothing_in_the_browser() -> None:
    for script in (ROOT / "static").rglob("*.js"):
        assert not re.search(
            r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.", script.read_text()
        )
