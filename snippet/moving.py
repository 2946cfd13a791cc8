"""What a person changes in a page or a server that was made for another vendor: the address and the key.

Each change is shown as the vendor's own guide writes the line, and as it reads afterwards. Pages get
the source's id, which is public; servers an API key, which is secret and makes what they say trusted.

Source: contracts/segment-customerio.md section 6, contracts/tracardi.md section 1,
contracts/synerise-sdk.md section 1.1.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

API_KEY = "API_KEY"
"""Stands for the secret key, which nobody is shown twice."""


class Change(NamedTuple):
    """Lines at one place. `place`: in words; `before`, `after`: plain text, not HTML."""

    place: str
    before: str
    after: str


class Move(NamedTuple):
    """All that changes for one vendor. `id`: of its section on the page /docs/migrate."""

    id: str
    vendor: str
    changes: tuple[Change, ...]


def moves(base_url: str, source_id: str) -> tuple[Move, ...]:
    """Return the changes, a vendor each. `base_url` is where the collector answers, a path allowed."""
    base = base_url.rstrip("/")
    return (
        Move("segment", "Segment", _segment(base, source_id)),
        Move("customerio", "Customer.io", _customerio(base, source_id)),
        Move("rudderstack", "RudderStack", _rudderstack(base, source_id)),
        Move("tracardi", "Tracardi", _tracardi(base, source_id)),
        Move("synerise", "Synerise", _synerise(base, source_id)),
    )


def _segment(base: str, source_id: str) -> tuple[Change, ...]:
    return (
        _snippet("https://cdn.segment.com/analytics.js/v1/", f"{base}/analytics.js/v1/", source_id),
        _browser("@segment/analytics-next", base, source_id),
        Change(
            "On a server, segment-analytics-python",
            "analytics.write_key = 'WRITE_KEY'",
            f"analytics.write_key = '{API_KEY}'\nanalytics.host = '{base}'",
        ),
        _node("@segment/analytics-node", base),
    )


def _customerio(base: str, source_id: str) -> tuple[Change, ...]:
    path = "/v1/analytics-js/snippet/"
    return (
        _snippet(f"https://cdp.customer.io{path}", f"{base}{path}", source_id),
        _browser("@customerio/cdp-analytics-browser", base, source_id),
        Change(
            "On a server, customerio-cdp-analytics",
            "client = analytics.Client('WRITE_KEY')",
            f"client = analytics.Client('{API_KEY}', host='{base}')",
        ),
        _node("@customerio/cdp-analytics-node", base),
    )


def _rudderstack(base: str, source_id: str) -> tuple[Change, ...]:
    return (
        Change(
            "In the page, RudderStack’s own script or @rudderstack/analytics-js",
            "rudderanalytics.load('WRITE_KEY', 'https://DATA_PLANE')",
            f"rudderanalytics.load('{source_id}', '{base}', {{configUrl: '{base}'}})",
        ),
        Change(
            "On a server, rudder-sdk-python",
            "rudder_analytics.write_key = 'WRITE_KEY'\nrudder_analytics.dataPlaneUrl = 'https://DATA_PLANE'",
            f"rudder_analytics.write_key = '{API_KEY}'\nrudder_analytics.dataPlaneUrl = '{base}'",
        ),
        Change(
            "On a server, @rudderstack/rudder-sdk-node",
            "new RudderAnalytics('WRITE_KEY', {dataPlaneUrl: 'https://DATA_PLANE'})",
            f"new RudderAnalytics('{API_KEY}', {{dataPlaneUrl: '{base}'}})",
        ),
    )


def _tracardi(base: str, source_id: str) -> tuple[Change, ...]:
    def options(host: str, source: str) -> str:
        return f"url: {{script: '{host}/tracker', api: '{host}'}},\nsource: {{id: '{source}'}},"

    theirs = "https://tracardi.example"
    return (
        Change(
            "In the page’s const options, below tracker",
            options(theirs, "EVENT_SOURCE"),
            options(base, source_id),
        ),
        Change(
            "On a server that sends payloads",
            f"POST {theirs}/track",
            f"POST {base}/track\nAuthorization: Bearer {API_KEY}",
        ),
        Change(
            "In a webhook",
            f"{theirs}/collect/EVENT_TYPE/EVENT_SOURCE",
            f"{base}/collect/EVENT_TYPE/{source_id}",
        ),
    )


def _synerise(base: str, source_id: str) -> tuple[Change, ...]:
    script = "/synerise-javascript-sdk.min.js"
    without_scheme = base.removeprefix(urlsplit(base).scheme + ":")
    return (
        Change(
            "In the snippet",
            f's.src = "//web.snrbox.com{script}"\nSR.init({{trackerKey: "TRACKER_KEY"}})',
            f's.src = "{without_scheme}{script}"\nSR.init({{trackerKey: "{source_id}"}})',
        ),
        Change(
            "On a server",
            'POST https://api.synerise.com/uauth/v2/auth/login/profile\n{"apiKey": "API_KEY_OF_SYNERISE"}',
            f'POST {base}/uauth/v2/auth/login/profile\n{{"apiKey": "{API_KEY}"}}',
        ),
    )


def _snippet(theirs: str, ours: str, source_id: str) -> Change:
    def lines(address: str, key: str) -> str:
        return (
            f't.src = "{address}" + key + "/analytics.min.js"\n'
            f'analytics._writeKey = "{key}"\n'
            f'analytics.load("{key}")'
        )

    return Change("In the snippet", lines(theirs, "WRITE_KEY"), lines(ours, source_id))


def _browser(package: str, base: str, source_id: str) -> Change:
    return Change(
        f"In your bundle, {package}",
        "AnalyticsBrowser.load({writeKey: 'WRITE_KEY'})",
        f"AnalyticsBrowser.load({{writeKey: '{source_id}', cdnURL: '{base}'}})",
    )


def _node(package: str, base: str) -> Change:
    return Change(
        f"On a server, {package}",
        "new Analytics({writeKey: 'WRITE_KEY'})",
        f"new Analytics({{writeKey: '{API_KEY}', host: '{base}'}})",
    )
