"""The lines that a person pastes into a site."""

import base64
import hashlib
import json
from html import escape
from urllib.parse import quote

from collector.model.frozen import FrozenTag
from snippet.build import page_methods
from snippet.frozen import integrity

STUB_CALLS = 100
"""How many early calls the stub keeps: enough for any page, and no leak where the tag is blocked."""


def install_line(base_url: str, source_id: str) -> str:
    """The one line that installs the tag. `base_url` is where the collector answers, a path allowed."""
    return script_line(f"{base_url.rstrip('/')}/t/{quote(source_id, safe='')}.js")


def script_line(address: str) -> str:
    """The line for a script that lies elsewhere, such as on a path of the site's own."""
    return f'<script async src="{escape(address)}"></script>'


def frozen_line(base_url: str, source_id: str, tag: FrozenTag) -> str:
    """The line of a frozen tag. The browser runs those bytes and no others; to compare them it needs CORS."""
    address = f"{base_url.rstrip('/')}/t/{quote(source_id, safe='')}.{tag.hash}.js"
    proof = f'integrity="{integrity(tag)}" crossorigin="anonymous"'
    return f'<script async src="{escape(address)}" {proof}></script>'


def stub_line(name: str = "tagwell") -> str:
    """Optional, before the install line: keeps calls that the page makes before the tag has arrived.

    With the time they were made. `name` is the page API's. It knows every method, whatever the source
    has switched on, so that it stays right when a switch is flipped.
    """
    return f"<script>{_stub(name)}</script>"


def stub_hash(name: str = "tagwell") -> str:
    """What a Content-Security-Policy without a nonce lists in script-src to allow the stub."""
    return "sha256-" + base64.b64encode(hashlib.sha256(_stub(name).encode()).digest()).decode()


def _stub(name: str) -> str:
    methods = json.dumps(list(page_methods()), separators=(",", ":")).replace('"', "'")
    return (
        f"(function(w){{var t=w.{name}=w.{name}||{{}},q=t.q=t.q||[];"
        f"{methods}.forEach(function(n){{t[n]=t[n]||function(){{"
        f"q.length<{STUB_CALLS}&&q.push([n,[].slice.call(arguments),Date.now()])}}}})}})(window)"
    )
