"""How a site's own server leads two of its paths to the collector.

Script and beacon then are the site's own: no other host to allow, none to look up, and nothing for
a list of trackers to name. The site's cookies stay with the site.
"""

from urllib.parse import urljoin, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from collector.assets import templates_dir
from collector.model.source import Source

SERVERS = {"nginx": "nginx", "caddy": "Caddy", "nextjs": "Next.js", "cloudflare": "Cloudflare"}
"""What we know to set up, by the name of its template in templates/proxy/."""

SCRIPT = "/shop/app.js"
BEACON = "app"
"""Where script and beacon lie in our examples: any two paths do. The beacon's is relative to the script's."""


def proxy_setup(server: str, base_url: str, source: Source, *, script: str = SCRIPT) -> str:
    """The lines to add to this server's setup. `base_url` is where it reaches the collector."""
    address = urlsplit(base_url.rstrip("/"))
    # Not HTML: what goes in are paths and an address of the owner's, and a page escapes the whole.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(templates_dir()), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template(f"proxy/{server}.j2").render(
        collector=address.geturl(),
        origin=f"{address.scheme}://{address.netloc}",
        path=address.path,
        source_id=source.source_id,
        script=script,
        beacon=urljoin(script, source.settings.tag.path or BEACON),
    )
