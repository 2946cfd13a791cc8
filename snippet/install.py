"""The lines that a person pastes into a site."""

from html import escape
from urllib.parse import quote

STUB_LINE = (
    "<script>(function(w){var t=w.tagwell=w.tagwell||{};t.q=t.q||[];"
    "['track','rescan'].forEach(function(n){t[n]=t[n]||function(){"
    "t.q.push([n,[].slice.call(arguments),Date.now()])}})})(window)</script>"
)
"""Optional, before the install line: keeps calls that the page makes before the tag has arrived,
with the time they were made. A page with a Content-Security-Policy must allow it as inline script."""


def install_line(base_url: str, source_id: str) -> str:
    """The one line that installs the tag. `base_url` is where the collector answers, a path allowed."""
    address = f"{base_url.rstrip('/')}/t/{quote(source_id, safe='')}.js"
    return f'<script async src="{escape(address)}"></script>'
