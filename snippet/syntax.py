"""Finds JavaScript syntax newer than ES2020, without a JavaScript engine.

The browsers of the tests accept newer syntax, so they cannot catch it, and a browser that does not
know it runs nothing of the tag. Comments, strings, templates and regular expressions are blanked
first, then the tokens that came after ES2020 are looked for. It knows tokens and no grammar, which
is enough for a list this short; the test beside it compares with the TypeScript compiler where
there is one. Source: TC39, "Finished proposals", editions 2021 to 2025.
"""

import re

_LITERAL = re.compile(
    r"""//[^\n]* | /\*.*?\*/
    | '(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*" | `(?:\\.|[^`\\])*`
    | (?<=[=(,:;!&|?{}\[\n\s])/(?![*/\s])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/(?P<flags>[a-z]*)""",
    re.VERBOSE | re.DOTALL,
)
_NEWER = {
    "logical assignment (2021)": re.compile(r"(?:&&|\|\||\?\?)="),
    "numeric separator (2021)": re.compile(r"(?<![\w$])\d[\da-fA-FxXoObB]*_\d"),
    "private name (2022)": re.compile(r"#[A-Za-z_$]"),
    "static block (2022)": re.compile(r"\bstatic\s*\{"),
    "class field (2022)": re.compile(r"\bclass\b[^{]*\{\s*(?:static\s+)?[\w$]+\s*(?:=|;|\n\s*[\w$}])"),
    "import attributes (2025)": re.compile(r"\bfrom\s*''\s*with\b"),
    "using (2026)": re.compile(r"\b(?:await\s+)?using\s+[\w$]+\s*="),
}


def newer_than_es2020(source: str) -> str | None:
    """Name the first construct of an edition after 2020 in `source`, None where there is none.

    Code inside `${...}` of a template is not looked at.
    """
    for literal in _LITERAL.finditer(source):
        if set(literal["flags"] or "") & set("dv"):
            return "regular expression flag d or v (2022)"
    bare = _LITERAL.sub(lambda found: " " if found[0].startswith(("//", "/*")) else "''", source)
    return next((name for name, pattern in _NEWER.items() if pattern.search(bare)), None)
