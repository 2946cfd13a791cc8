"""Planted secrets: what a policy forbids is nowhere in the data, the logs and the metrics, byte by byte.

A visitor's browser and whatever else may send to a collector put an e-mail address, an address of
the network and a cookie into every place that they can reach, well formed and malformed. Then every
file of the data folder, all that the server printed, its metrics, its answers and its admin pages
are searched. The same traffic under a policy that keeps all is the control: there the search finds.
"""

import base64
import gzip
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from playwright.sync_api import BrowserContext

from collector.auth.keys import hash_key
from collector.model.policy import Policy
from collector.model.source import Modules, Settings, Source, TagSettings
from e2e.conftest import USER_AGENT, StartCollector
from e2e.harness import Collector
from snippet.install import install_line

EMAIL = "planted.mia@secret-mail.example"
ADDRESS = "198.51.100.77"
ADDRESS_V6 = "2001:db8:77:77::4711"
COOKIE = "planted-cookie-8f3a61"
KEY = "planted-api-key-0f9d2c"

SETTINGS = Settings(
    tag=TagSettings(
        modules=Modules(
            **dict.fromkeys(Modules.__struct_fields__, True) | {"consent": False, "tokens": False}
        )
    )
)
FORBIDS = Policy(
    address="dropped",
    geo="country",
    query="none",
    redact_params=True,
    block=("form.submit", "client.*"),
    block_params=("mail", "formData"),
    keep_referrer=False,
)
KEEPS = Policy(address="full", redact=(), trust="trusting")


class _Request(NamedTuple):
    method: str
    path: str
    body: bytes | None


def test_what_the_policy_forbids_is_nowhere(
    start_collector: StartCollector, context: BrowserContext, tmp_path: Path
) -> None:
    collector = start_collector(environment={"TAGWELL_TRUSTED_PROXIES": "127.0.0.0/8"})
    source = collector.add_source("Forbids", settings=SETTINGS, policy=FORBIDS)
    answers = _plant(collector, context, source)
    assert len(collector.events(source.source_id)) > 20  # so much was kept, and without the secrets
    assert _found(collector, tmp_path, answers) == []


def test_the_search_finds_what_a_policy_keeps(
    start_collector: StartCollector, context: BrowserContext, tmp_path: Path
) -> None:
    collector = start_collector(environment={"TAGWELL_TRUSTED_PROXIES": "127.0.0.0/8"})
    source = collector.add_source("Keeps", settings=SETTINGS, policy=KEEPS)
    answers = _plant(collector, context, source)
    found = {needle for needle, _ in _found(collector, tmp_path, answers)}
    # A cookie and a key are nowhere, whatever the policy keeps.
    assert found == {EMAIL, ADDRESS, ADDRESS_V6}


def _plant(collector: Collector, context: BrowserContext, source: Source) -> list[bytes]:
    _browse(collector, context, source)
    return [_send(collector, request) for request in _requests(source)]


def _browse(collector: Collector, context: BrowserContext, source: Source) -> None:
    """A visit by a person: title, address, referrer, fragment, forms, custom events, errors, cookies."""
    line = install_line(collector.url, source.source_id)
    page = context.new_page()
    start = collector.page(
        f"<!doctype html><title>Order of {EMAIL}</title><meta property=og:title content='{EMAIL}'>{line}"
        f"<form data-synerise=contact onsubmit='return false'>"
        f"<input name=email data-synerise=email value='{EMAIL}'>"
        f"<input name=note data-synerise=note value='call {EMAIL}'><button>Go</button></form>"
        f"<a id=out href='http://127.0.0.1:9/?to={quote(EMAIL)}#{EMAIL}'"
        " onclick='event.preventDefault()'>out</a>"
        f"<p id=text>{EMAIL}</p>"
    )
    context.add_cookies([{"name": "sid", "value": COOKIE, "url": collector.url}])
    context.add_cookies([{"name": "sid", "value": COOKIE, "url": start}])
    page.goto(f"{start}?mail={quote(EMAIL)}&q={EMAIL}&utm_source=news#who={EMAIL}")
    page.evaluate(
        """(email) => {
            tagwell.track('note.made', {mail: email, text: 'from ' + email, deep: {list: [email]}}, email)
            history.pushState(null, '', '?again=' + encodeURIComponent(email))
            setTimeout(() => { throw new Error('no user ' + email) })
            getSelection().selectAllChildren(document.querySelector('#text'))
            document.execCommand('copy')
        }""",
        EMAIL,
    )
    page.click("#out")
    page.click("button")
    page.goto(f"{start}?second={quote(EMAIL)}")
    collector.wait_for(source.source_id, "page.visit", 3)
    page.close()


def _requests(source: Source) -> Iterator[_Request]:
    """What else may be sent: by every door, well formed and not."""
    path = f"/b/{source.source_id}"
    visit = {"action": "page.visit", "uuid": "u-1", "params": {"url": f"https://a.example/?m={EMAIL}"}}
    texts = [EMAIL, quote(EMAIL, safe=""), quote(quote(EMAIL, safe=""), safe=""), EMAIL.upper(), f"<{EMAIL}>"]
    for text in texts:
        yield _post(path, [{"action": "note.made", "label": text, "params": {"text": text, "at": [text]}}])
        yield _post(path, [visit | {"params": {"url": f"/{text}/x?{text}", "title": text, "referrer": text}}])
        yield _post(path, [visit | {"context": {"page": {"url": f"/{text}", "title": text}, "own": text}}])
        yield _post(path, [visit | {"unknown": text}])
    for malformed in (
        {"action": f"no action {EMAIL}", "params": {"text": EMAIL}},
        {"action": "page.visit", "time": f"never {EMAIL}", "params": {"url": f"/?{EMAIL}"}},
        {"action": "page.visit", "label": {"who": EMAIL}},
        {"action": "page.visit", "params": EMAIL},
        {"action": "page.visit", "id": {"who": EMAIL}},
        {"action": "page.visit", "id": EMAIL * 20},
        f"no object {EMAIL}",
    ):
        yield _post(path, [malformed])
        yield _post(path, {"events": [malformed], "uuid": EMAIL, "context": {"page": EMAIL}})
    yield _post(
        path, [{"action": "consent.granted", "params": {"by": EMAIL, "text_version": EMAIL, "x": EMAIL}}]
    )
    yield _post(path, {"events": [visit], "consent": {"granted": True, "categories": {EMAIL: True}}})
    yield _post(path, {"events": [visit], "token": EMAIL})
    yield _post(path, {"events": [visit], "token": f"{EMAIL}.{EMAIL}.{EMAIL}"})
    for name in ("id", "uuid", "session"):
        yield _post(path, [visit | {name: EMAIL}])
    for name in (
        "screen",
        "language",
        "timezone",
        "page",
        "session",
        "campaign",
        "geo",
        "bot_class",
        "consent",
    ):
        yield _post(path, [visit | {"context": {name: EMAIL}}])
        yield _post(path, [visit | {"context": {name: {"width": EMAIL, EMAIL: {"url": EMAIL}}}}])
    yield _post(path, [visit | {"params": {EMAIL: 1, "utm": {EMAIL: EMAIL}}}])
    yield _post(path, [visit | {"params": {"url": f"/?utm_source={EMAIL}&gclid={EMAIL}"}}])
    yield _post(path, {"eventz": [visit]})
    yield _Request("POST", path, f"no JSON {EMAIL}".encode())
    yield _Request("POST", path, gzip.compress(json.dumps([visit]).encode())[:-9])
    yield _Request("POST", path, b'{"mail": "%b", ' % EMAIL.encode())
    yield _Request("POST", path, json.dumps([visit | {"x": EMAIL * 3000}]).encode())
    yield _post(path, [{"action": "form.submit", "params": {"formData": {"email": EMAIL}}}])
    yield _post(path, [{"action": "client.createOrUpdate", "uuid": "u-1", "params": {"email": EMAIL}}])
    yield _post("/b/nobody-knows-this", [visit])
    for query in (
        f"action=note.made&label={quote(EMAIL)}&mail={quote(EMAIL)}",
        f"action=no%20{quote(EMAIL)}",
    ):
        yield _Request("GET", f"{path}.gif?{query}", None)
    yield _Request("GET", f"/t/{quote(EMAIL)}.js", None)
    yield _Request("PUT", f"{path}?{quote(EMAIL)}", EMAIL.encode())


def _post(path: str, sent: object) -> _Request:
    return _Request("POST", path, json.dumps(sent).encode())


def _send(collector: Collector, request: _Request) -> bytes:
    """One request of a browser behind a proxy: twice, as an IPv4 and as an IPv6 visitor."""
    method, path, body = request
    answers = b""
    for address in (ADDRESS, ADDRESS_V6):
        connection = http.client.HTTPConnection(urlsplit(collector.url).netloc, timeout=20)
        headers = {
            "User-Agent": f"{USER_AGENT} (+{EMAIL})" if address == ADDRESS_V6 else USER_AGENT,
            "X-Forwarded-For": address,
            "Cookie": f"sid={COOKIE}",
            "Referer": f"https://a.example/{quote(EMAIL)}?m={EMAIL}",
            "From": EMAIL,
        }
        if body is not None and body[:2] == b"\x1f\x8b":
            headers["Content-Encoding"] = "gzip"
        if b"no JSON" in (body or b""):
            headers["Authorization"] = f"Bearer {KEY}"
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        assert response.status < 500
        answers += response.read() + str(response.getheaders()).encode()
        connection.close()
    return answers


def _found(collector: Collector, folder: Path, answers: list[bytes]) -> list[tuple[str, str]]:
    """Each needle that lies anywhere, with where."""
    key = "key-of-the-test-that-reads-metrics"
    collector.store.add_api_key("metrics", hash_key(key))
    connection = http.client.HTTPConnection(urlsplit(collector.url).netloc, timeout=20)
    connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {key}"})
    metrics = connection.getresponse().read()
    connection.close()
    assert b"tagwell_events_total" in metrics
    collector.stop()
    places = {"metrics": metrics, "answers": b"".join(answers), "log": collector.server.output().encode()}
    places |= {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert "tagwell.db" in places
    return [
        (needle, place)
        for needle in (EMAIL, ADDRESS, ADDRESS_V6, COOKIE, KEY)
        for place, content in places.items()
        if any(spelled in content.lower() for spelled in _spellings(needle))
    ]


def _spellings(needle: str) -> list[bytes]:
    """A needle as it may be written, in lower case but for base64, which has its own."""
    encoded = quote(needle, safe="").lower()
    spelled = [needle, encoded, encoded.replace("%", "%25"), needle.encode().hex()]
    spelled += [base64.b64encode(needle.encode()).decode().rstrip("=").lower()[:-1]]
    return [text.encode() for text in spelled]
