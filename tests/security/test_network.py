"""No endpoint fetches a URL that a visitor gives, whichever place they put it in.

A trap listens beside a collector that runs for real. Its address goes into everything that a visitor, a
back end or a mail's link can send; at the end nobody has knocked.
"""

import base64
import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from collector.auth.keys import hash_key, new_api_key
from e2e.harness import Collector, run_collector, serve_pages


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """Listens; whoever connects waits in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def knocked(trap: socket.socket) -> bool:
    """Whether anybody has connected."""
    try:
        trap.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def test_the_trap_tells_who_knocks(trap: socket.socket) -> None:
    assert not knocked(trap)
    socket.create_connection(trap.getsockname()).close()
    assert knocked(trap)


class _Sender:
    """Sends the same URL in every place of a request."""

    def __init__(self, collector: Collector, url: str) -> None:
        self._address = urlsplit(collector.url).netloc
        jwt = ".".join(
            base64.urlsafe_b64encode(part).rstrip(b"=").decode()
            for part in (
                json.dumps({"alg": "RS256", "kid": url, "jku": url, "x5u": url, "typ": "JWT"}).encode(),
                json.dumps({"iss": url, "sub": url}).encode(),
                b"x" * 256,
            )
        )
        self._headers = {
            "Referer": url,
            "Origin": url,
            "User-Agent": url,
            "X-Forwarded-For": url,
            "Forwarded": url,
            "X-Forwarded-Host": urlsplit(url).netloc,
            "X-Original-URL": url,
            "Cookie": f"a={url}",
            "Authorization": f"Bearer {jwt}",
            "Content-Type": "application/json",
        }

    def send(self, method: str, path: str, content: object = None, **headers: str) -> int:
        connection = http.client.HTTPConnection(self._address, timeout=30)
        body = None if content is None else json.dumps(content)
        connection.request(method, path, body, {**self._headers, **headers})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status


def test_nobody_fetches_what_a_visitor_names(tmp_path: Path, trap: socket.socket) -> None:
    url = f"http://127.0.0.1:{trap.getsockname()[1]}/fetched"
    with serve_pages() as pages, run_collector(tmp_path, pages) as collector:
        source = collector.add_source()
        key = new_api_key()
        collector.store.add_api_key("back end", hash_key(key))
        by_key = {"Authorization": f"Bearer {key}", "Api-Version": "4.4"}
        sender = _Sender(collector, url)
        params = dict.fromkeys(
            ("url", "referrer", "image", "avatarUrl", "webhook", "callback", "redirect", "schema", "sitemap"),
            url,
        )
        event = {"action": "page.visit", "label": url, "uuid": url[:36], "params": params | {"email": url}}
        native = {"events": [event], "sent_at": url, "page": url, "callback": url}
        sender.send("POST", f"/b/{source.source_id}", native)
        stored = [{"action": "trap.visit", "params": params}]
        connection = http.client.HTTPConnection(urlsplit(collector.url).netloc, timeout=30)
        connection.request(
            "POST", f"/b/{source.source_id}", json.dumps(stored), {"Referer": url, "User-Agent": url}
        )
        assert connection.getresponse().status == 204
        connection.close()
        sender.send("GET", f"/b/{source.source_id}.gif?url={quote(url)}&referrer={quote(url)}")
        sender.send("POST", f"/b/{source.source_id}?link", url)
        segment = {"writeKey": source.source_id, "event": url, "context": {"page": params}, "traits": params}
        for path in ("/v1/track", "/v1/identify", "/v1/page", "/v1/batch", "/v1/group"):
            sender.send("POST", path, {**segment, "batch": [segment], "userId": url})
        tracardi = {
            "source": {"id": source.source_id},
            "session": {"id": url},
            "events": [{"type": "a", "properties": params}],
            "context": {"page": params},
        }
        sender.send("POST", "/track", tracardi)
        sender.send("POST", f"/collect/a/{source.source_id}/{quote(url, safe='')}", params)
        client = {"email": "a@b.example", "avatarUrl": url, "attributes": params, "customId": url}
        assert sender.send("POST", "/v4/clients", client, **by_key) == 202
        custom = {"action": "a.b", "label": url, "client": {"customId": url}, "params": params}
        assert sender.send("POST", "/v4/events/custom", custom, **by_key) == 202
        sender.send(
            "POST", "/sauth/v3/auth/login/client/anonymous", {"apiKey": source.source_id, "uuid": url}
        )
        sender.send("POST", "/uauth/v2/auth/login/profile", {"apiKey": url})
        for page in ("confirm", "stop", "unsubscribe", "activate"):
            sender.send("POST", f"/mail/{page}?t={quote(url)}")
        for path in ("/admin/sign-in?next=", "/docs/migrate?u=", f"/t/{source.source_id}.js?facade=", "/"):
            sender.send("GET", path + (quote(url) if path != "/" else ""))
        sender.send("GET", f"/{quote(url, safe='')}/sourceConfig?writeKey={source.source_id}")
        collector.wait_for(source.source_id, "trap.visit")
        collector.stop()  # what was begun is finished by then
    assert not knocked(trap)
