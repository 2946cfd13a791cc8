"""The pages that the tag's cost is measured on: the floor, our own tag, and four tags that npm ships.

Each page is the same text, 60 links and a form; they differ in the lines that install a tag. The
packages are installed by npm into a folder of the venv, and served as they come, from the pages'
own server; what they ask their vendor for is answered there too.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import brotli  # type: ignore[import-untyped]

from collector.model.policy import Policy
from collector.model.source import Settings, TagSettings
from e2e.harness import Collector, Pages
from snippet.build import build_tag
from snippet.install import install_line
from snippet.sizes import BASE_MODULES, BASE_POLICY, EVERYTHING, EVERYTHING_POLICY

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / ".venv" / "bench-tags"
PACKAGES = {
    "@segment/analytics-next": "1.84.3",
    "posthog-js": "1.449.2",
    "@plausible-analytics/tracker": "0.4.6",
    "@snowplow/browser-tracker": "4.10.1",
}

BODY = (
    "<form action=/nowhere><input name=email><button>Send</button></form>"
    + "".join(f"<p>Some text, and <a href='/page/{n}'>link {n}</a>.</p>" for n in range(60))
    + "<p id=last>The end</p>"
)

FLOOR = """
for (const type of ['pagehide', 'visibilitychange', 'pageshow']) addEventListener(type, () => {}, true)
const body = JSON.stringify({url: location.href, title: document.title})
fetch('%s', {method: 'POST', body, keepalive: true})
"""
"""The least that a tag can do: one keepalive fetch and three listeners."""


@dataclass(frozen=True)
class Subject:
    """A page to measure. `track` is the expression that reports one custom event, "" where there is none."""

    name: str
    url: str
    track: str = ""
    raw: int = 0
    brotli: int = 0


def install_packages() -> bool:
    """Install the packages where they are not; tell whether they are there."""
    ready = FOLDER / "ready.json"
    if ready.exists() and json.loads(ready.read_text()) == PACKAGES:
        return True
    # One at a time: together their ranges conflict.
    for name, version in PACKAGES.items():
        command = ["npm", "install", "--prefix", str(FOLDER), "--silent", "--no-audit", "--no-fund"]
        try:
            done = subprocess.run([*command, "--ignore-scripts", f"{name}@{version}"], check=False)
        except FileNotFoundError:
            return False
        if done.returncode:
            return False
    ready.write_text(json.dumps(PACKAGES))
    return True


def page(pages: Pages, head: str) -> str:
    """Serve a page with these lines in its head."""
    return named(
        pages.add(f"<!doctype html><html lang=en><title>Cost</title>{head}<body>{BODY}</body></html>")
    )


def named(url: str) -> str:
    """The same server by a name, as sites have one: of three labels, for which cookies are tried as there."""
    return url.replace("127.0.0.1", "www.shop.localhost")


def our_pages(collector: Collector, pages: Pages) -> list[Subject]:
    """A blank page, the floor, and our tag with three sets of features."""
    beacon = f"{collector.url}/b/{collector.add_source('floor').source_id}"
    pages.add(FLOOR % beacon, path="/floor.js", headers={"content-type": "text/javascript"})
    subjects = [
        Subject("blank", page(pages, "")),
        Subject(
            "floor: one keepalive fetch, three listeners",
            page(pages, "<script async src=/floor.js></script>"),
            f"fetch('{beacon}', {{method: 'POST', keepalive: true, body: JSON.stringify({{n}})}})"
            ".catch(() => 0)",
        ),
    ]
    sets = {
        "Tagwell, visits + sessions + delivery": (TagSettings(modules=BASE_MODULES), BASE_POLICY),
        "Tagwell, a new source": (TagSettings(), Policy()),
        "Tagwell, everything": (EVERYTHING, EVERYTHING_POLICY),
    }
    for name, (settings, policy) in sets.items():
        source = collector.add_source(name, settings=Settings(tag=settings), policy=policy)
        built = build_tag(source)
        grant = "<script>(window.tagwell=window.tagwell||{}).q=[['consent',['granted'],Date.now()]]</script>"
        head = (grant if settings.modules.consent else "") + install_line(collector.url, source.source_id)
        track = "tagwell.track('cost.event', {n})" if settings.modules.custom_events else ""
        subjects.append(Subject(name, page(pages, head), track, len(built.plain), len(built.brotli)))
    return subjects


def other_pages(pages: Pages) -> list[Subject]:
    """Pages with the tags of others, each installed the way its own documentation says."""

    def serve(path: str, file: str) -> tuple[int, int]:
        content = (FOLDER / "node_modules" / file).read_bytes()
        pages.add(content.decode(), path=path, headers={"content-type": "text/javascript"})
        return len(content), len(brotli.compress(content))

    host = named(pages.url)
    pages.add('{"integrations":{"Segment.io":{"apiKey":"k"}}}', path="/v1/projects/k/settings")
    for path in (
        "/take",
        "/p",
        "/t",
        "/e/",
        "/flags/",
        "/array/k/config",
        "/com.snowplowanalytics.snowplow/tp2",
    ):
        pages.add("{}", path=path, headers={"content-type": "application/json"})
    installs = {
        "@plausible-analytics/tracker": (
            "@plausible-analytics/tracker/plausible.js",
            "<script type=module>import {init, track} from '/plausible.js';"
            f"init({{domain: 'x', endpoint: '{host}/take', captureOnLocalhost: true}});"
            "window.say = track</script>",
            "say('cost', {props: {n}})",
        ),
        "@snowplow/browser-tracker": (
            "@snowplow/browser-tracker/dist/index.umd.min.js",
            "<script src=/snowplow.js></script>"
            f"<script>snowplowBrowserTracking.newTracker('sp', '{host}', {{appId: 'x'}});"
            "snowplowBrowserTracking.trackPageView()</script>",
            "snowplowBrowserTracking.trackStructEvent({category: 'cost', action: 'event', value: n})",
        ),
        "@segment/analytics-next": (
            "@segment/analytics-next/dist/umd/standalone.js",
            "<script>window.analytics = []; analytics._writeKey = 'k'; analytics.initialize = false;"
            f"analytics._cdn = '{host}'; analytics._loadOptions = {{integrations: {{'Segment.io': "
            f"{{apiHost: '{host.removeprefix('http://')}', protocol: 'http'}}}}}};"
            "analytics.push(['page'])</script><script async src=/segment.js></script>",
            "analytics.track('cost', {n})",
        ),
        "posthog-js": (
            "posthog-js/dist/array.js",
            "<script>window.posthog = []; posthog._i = [['k', "
            f"{{api_host: '{host}'}}, 'posthog']]; posthog.__SV = 1</script>"
            "<script async src=/posthog.js></script>",
            "posthog.capture('cost', {n})",
        ),
    }
    subjects = []
    for name, (file, head, track) in installs.items():
        path = "/" + name.split("/")[0].strip("@").split("-")[0] + ".js"
        raw, packed = serve(path, file)
        subjects.append(Subject(name, page(pages, head), track, raw, packed))
    return subjects
