"""Where templates, static files, the tag's modules and the demo shop are.

In a checkout they lie in folders of the top level; in a wheel inside `collector/_assets/`, so
that nothing of ours but `collector` and `snippet` lands in site-packages.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_PACKAGE = Path(__file__).resolve().parent
_WHEEL = _PACKAGE / "_assets"


def _folder(in_wheel: str, in_checkout: str) -> Path:
    return _WHEEL / in_wheel if _WHEEL.is_dir() else _PACKAGE.parent / in_checkout


def templates_dir() -> Path:
    """The Jinja2 templates."""
    return _folder("templates", "templates")


def html_templates() -> Environment:
    """Reads the templates of HTML pages: what they are given is escaped, and a missing value is an error."""
    return Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def static_dir() -> Path:
    """The admin pages' css and js."""
    return _folder("static", "static")


def modules_dir() -> Path:
    """The tag's modules, a file a feature."""
    return _folder("modules", "snippet/modules")


def shop_dir() -> Path:
    """The demo shop."""
    return _folder("shop", "e2e/shop")
