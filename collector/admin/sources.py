"""The sources: the list, and a new one."""

from starlette.responses import Response

from collector.admin.display import DAY_MS, moment, outcome_sums, zone
from collector.admin.forms import Errors, check_name, lines
from collector.admin.guard import AdminRequest
from collector.admin.values import check_origin
from collector.model.outcome import OutcomeCount
from collector.model.source import Settings


def index(page: AdminRequest) -> Response:
    """List the sources with what became of their events in the last 24 hours."""
    store, now_ms = page.context.store, page.context.now_ms()
    counts: dict[str | None, list[OutcomeCount]] = {}
    for count in store.outcomes(since_ms=now_ms - DAY_MS):
        counts.setdefault(count.source_id, []).append(count)
    shown_in = zone(store.workspace().time_zone)
    rows = []
    for source in store.sources():
        last = store.events(source.source_id, limit=1, newest=True)
        rows.append(
            {
                "source": source,
                "last": moment(last[0].time_ms, now_ms, shown_in) if last else None,
                "sums": outcome_sums(counts.get(source.source_id, ())),
            }
        )
    return page.render("sources.html", rows=rows)


def home(page: AdminRequest) -> Response:
    """Lead to the page of a source that is of use now: live once events came, else how to install it."""
    source = page.source()
    arrived = page.context.store.events(source.source_id, limit=1)
    return page.go(f"/sources/{source.source_id}/{'live' if arrived else 'install'}")


def new_source(page: AdminRequest) -> Response:
    """Show the form for a new source."""
    return page.render("source_new.html", errors={}, name="", origins="")


def create(page: AdminRequest) -> Response:
    """Create a source and show how to install it."""
    errors: Errors = {}
    name, text = page.form.text("name"), page.form.text("origins")
    origins: list[str] = []
    try:
        name = check_name(name, "source")
    except ValueError as problem:
        errors["name"] = str(problem)
    try:
        origins = [check_origin(line) for line in lines(text)]
    except ValueError as problem:
        errors["origins"] = str(problem)
    if errors:
        return page.render("source_new.html", 422, errors=errors, name=name, origins=text)
    settings = Settings(origins=tuple(dict.fromkeys(origins)))
    source = page.context.store.add_source(name, settings, actor=page.user.name)
    return page.go(f"/sources/{source.source_id}/install")
