"""ES2020 and no newer: a browser that cannot parse the tag runs none of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from collector.assets import modules_dir
from snippet.module import read_module
from snippet.syntax import newer_than_es2020

MODULES = sorted(file.stem for file in modules_dir().glob("*.js"))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a ||= b", "logical assignment"),
        ("a &&= b", "logical assignment"),
        ("a ??= b", "logical assignment"),
        ("const n = 60_000", "numeric separator"),
        ("class A { #b = 1 }", "private name"),
        ("x.#y", "private name"),
        ("class A { static { f() } }", "static block"),
        ("class A { b = 1 }", "class field"),
        ("class A {\n  b\n  c() {}\n}", "class field"),
        ("const r = /x/d", "regular expression flag"),
        ("t.match(/[a--b]/v)", "regular expression flag"),
        ("import x from './y.json' with {type: 'json'}", "import attributes"),
        ("using f = open()", "using"),
        ("await using f = open()", "using"),
        ("/* old */ 'old' + (a ??= b)", "logical assignment"),
        ("const x = a / b; c ??= d / e", "logical assignment"),
    ],
)
def test_newer_syntax_is_found(source: str, found: str) -> None:
    assert (newer_than_es2020(source) or "").startswith(found)


@pytest.mark.parametrize(
    "source",
    [
        "a?.b ?? c ?? 10n ** 2n",
        "a = b || c; a == b; a !== b; x = y && z",
        "// a ||= b",
        "/* class A { #b } */",
        "'a ??= b' + \"x.#y\" + `1_000`",
        "const r = /[/]a ??= #b/gimsuy",
        "const snake_case_1 = a_1; $1_2 = 3",
        "class A { b() {} static c() {} }",
        "async () => { for await (const x of y) {} try {} catch {} }",
        "const using = 1; use(using)",
    ],
)
def test_syntax_up_to_es2020_is_not(source: str) -> None:
    assert newer_than_es2020(source) is None


@pytest.mark.parametrize("name", MODULES)
def test_each_module_is_es2020_with_its_own_function(name: str) -> None:
    module = read_module(name)
    assert module.name == name
    assert module.size < 10_000
    assert set(module.needs) < set(MODULES)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("function other() {}", "no function broken", id="another name"),
        pytest.param("function broken(tag) { tag.a ??= 1 }", "newer than ES2020", id="newer syntax"),
    ],
)
def test_a_module_that_breaks_the_rules_is_not_built(
    text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.js").write_text(text)
    monkeypatch.setattr("snippet.module.modules_dir", lambda: tmp_path)
    with pytest.raises(ValueError, match=complaint):
        read_module("broken")


REWRITTEN = """
const ts = require(process.argv[1])
const emit = (text, target) => ts.transpileModule(text, {compilerOptions: {target}}).outputText
for (const file of process.argv.slice(2)) {
  const text = require('fs').readFileSync(file, 'utf8')
  if (emit(text, ts.ScriptTarget.ES2020) !== emit(text, ts.ScriptTarget.ESNext)) console.log(file)
}
"""


def test_the_typescript_compiler_agrees(tmp_path: Path) -> None:
    """It rewrites only what is newer than its target, so for two targets its output must be one."""
    node = shutil.which("node")
    compiler = next(Path(sys.prefix).glob("typescript-*/node_modules/typescript"), None)
    if node is None or compiler is None:
        pytest.skip("no TypeScript; `make lint` installs it where there is npm")
    newer = tmp_path / "newer.js"
    newer.write_text("let a; a ??= 1")
    files = [str(newer), *(str(modules_dir() / f"{name}.js") for name in MODULES)]
    ran = subprocess.run([node, "-e", REWRITTEN, str(compiler), *files], capture_output=True, check=True)
    assert ran.stdout.decode().split() == [str(newer)]
