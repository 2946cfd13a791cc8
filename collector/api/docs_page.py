"""What the pages below /docs have in common: they are for anybody, without script or foreign files."""

from functools import cache
from importlib.metadata import version

from jinja2 import Environment
from markupsafe import Markup, escape

from collector.assets import html_templates

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def render(name: str, root: str, **context: object) -> str:
    """Render the page /docs/{name}. `root`: the path that the collector lies below, "" for none."""
    release = version("tagwell")
    return (
        _environment()
        .get_template(f"docs/{name}.html")
        .render(
            static=lambda path: f"{root}/static/{path}?v={release}",
            root=root,
            path=f"/docs/{name}",
            version=release,
            **context,
        )
    )


def prose(text: str) -> Markup:
    """Text as the document has it, in HTML: paragraphs, and `code`."""
    paragraphs = []
    for paragraph in str(text).strip().split("\n\n"):
        pieces = [str(escape(piece)) for piece in paragraph.split("`")]
        html = "".join(f"<code>{piece}</code>" if odd % 2 else piece for odd, piece in enumerate(pieces))
        paragraphs.append(f"<p>{html}</p>")
    return Markup("".join(paragraphs))  # noqa: S704 - every piece of it was escaped above


@cache
def _environment() -> Environment:
    environment = html_templates()
    environment.filters["prose"] = prose
    return environment
