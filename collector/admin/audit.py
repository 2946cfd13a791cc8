"""The audit: who changed, exported or erased what, newest first."""

from starlette.responses import Response

from collector.admin.display import moment, zone
from collector.admin.guard import AdminRequest

PAGE_SIZE = 100


def audit_page(page: AdminRequest) -> Response:
    """Show the newest lines, or with `before` those older than a line."""
    store, now_ms = page.context.store, page.context.now_ms()
    shown_in = zone(store.workspace().time_zone)
    before = page.query("before")
    seen = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    lines = store.audit(before=seen, limit=PAGE_SIZE + 1)
    shown = lines[:PAGE_SIZE]
    names = {source.source_id: source.name for source in store.sources()}
    return page.render(
        "audit.html",
        lines=[(moment(line.time_ms, now_ms, shown_in), names.get(line.subject), line) for line in shown],
        is_first=seen is None,
        older_than=shown[-1].number if len(lines) > PAGE_SIZE else None,
    )
