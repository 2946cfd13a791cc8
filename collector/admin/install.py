"""How to install the tag of a source, in each of its forms, and whether the first event has come."""

from typing import Any

from starlette.responses import Response

from collector.admin.display import event_view, moment, reason_words, zone
from collector.admin.guard import AdminRequest
from collector.model.source import Source
from snippet.build import build_tag
from snippet.frozen import freeze
from snippet.install import frozen_line, install_line, script_line, stub_hash, stub_line
from snippet.moving import API_KEY, moves
from snippet.proxy import BEACON, SCRIPT, SERVERS, proxy_setup


def install_page(page: AdminRequest) -> Response:
    """Show the line to paste, the other ways, and whether the first event has come."""
    source, base_url = page.source(), base_url_of(page)
    name = source.settings.tag.name
    return page.render(
        "install.html",
        source=source,
        tab="install",
        base_url=base_url,
        line=install_line(base_url, source.source_id),
        stub=stub_line(name),
        stub_hash=stub_hash(name),
        address=f"{base_url}/b/{source.source_id}",
        frozen=_frozen(page, source, base_url),
        own_line=script_line(SCRIPT),
        own_path=source.settings.tag.path or BEACON,
        setups={title: proxy_setup(server, base_url, source) for server, title in SERVERS.items()},
        moves=moves(base_url, source.source_id),
        api_key=API_KEY,
        just_frozen=page.query("frozen") == "yes",
        **_status(page, source),
    )


def install_status(page: AdminRequest) -> Response:
    """Return the piece of the install page that says whether the first event has come."""
    source = page.source()
    return page.render("install_status.html", source=source, **_status(page, source))


def freeze_tag(page: AdminRequest) -> Response:
    """Keep the tag as it is now, so that a page may name its hash."""
    source, context = page.source(), page.context
    tag = freeze(source, author=page.user.name, now_ms=context.now_ms())
    context.store.freeze_tag(source.source_id, tag)
    return page.go(f"/sources/{source.source_id}/install?frozen=yes#frozen")


def _frozen(page: AdminRequest, source: Source, base_url: str) -> list[dict[str, Any]]:
    now_ms, store = page.context.now_ms(), page.context.store
    shown_in, now = zone(store.workspace().time_zone), build_tag(source).hash
    return [
        {
            "line": frozen_line(base_url, source.source_id, tag),
            "time": moment(tag.created_ms, now_ms, shown_in),
            "author": tag.author,
            "is_current": tag.hash == now,
        }
        for tag in store.frozen_tags(source.source_id)
    ]


def _status(page: AdminRequest, source: Source) -> dict[str, Any]:
    store, now_ms = page.context.store, page.context.now_ms()
    first = store.events(source.source_id, limit=1)
    shown_in = zone(store.workspace().time_zone)
    refused = [] if first else store.rejections(source.source_id, limit=1)
    return {
        "first": event_view(first[0], now_ms, shown_in) if first else None,
        "refused": (reason_words(refused[0].reason), refused[0].detail) if refused else None,
    }


def base_url_of(page: AdminRequest) -> str:
    if page.context.base_url:
        return page.context.base_url.rstrip("/")
    url = page.request.url
    return f"{url.scheme}://{url.netloc}{page.request.scope.get('app_root_path', '')}"
