"""Visitors: what is held of whoever asks, given to them or erased.

What is typed into the search travels in a form and never in an address, which proxies and browsers
would write down.
"""

import heapq
from datetime import tzinfo
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from collector.admin.display import EventView, Moment, event_view, moment, visible, zone
from collector.admin.forms import Errors, shown
from collector.admin.guard import AdminRequest
from collector.model.person import Person
from collector.model.profile import NATIVE_FIELDS, Profile
from collector.profiles.erase import erase
from collector.profiles.export import FORMATS, Format, export, file_name
from collector.profiles.find import find
from collector.profiles.receipt import BadReceipt, read_receipt
from collector.store import CannotUndo

NEWEST = 20
"""Events, sessions, decisions and merges shown on a visitor's page; the export has all."""

MAX_SHOWN = 100
"""People in a list of hits."""


def search_page(page: AdminRequest) -> Response:
    """Show the box to look for somebody."""
    return _search(page)


def search(page: AdminRequest) -> Response:
    """Lead to whoever was found; list them where they are several."""
    identifier = page.form.text("identifier").strip()
    if not identifier:
        return _search(page, 422, errors={"identifier": "Give an identifier to look for."})
    found = find(page.context.store, identifier)
    if len(found.profiles) == 1:
        return page.go(f"/visitors/{found.profiles[0].client_id}")
    return _search(
        page,
        identifier=identifier,
        hits=[(each, _moment(page, each.last_activity_ms)) for each in found.profiles[:MAX_SHOWN]],
        more=max(0, len(found.profiles) - MAX_SHOWN),
        nobody="" if found.profiles else shown(identifier),
        erased=_moment(page, found.erased_ms) if found.erased_ms is not None else None,
    )


def visitor_page(page: AdminRequest) -> Response:
    """Show what is held of a visitor: counts and the newest of each."""
    return _visitor(page)


def undo_merge(page: AdminRequest) -> Response:
    """Make two visitors of one again."""
    store, client_id, merge_id = page.context.store, _client_id(page), page.form.text("merge")
    if all(merge.id != merge_id for merge in store.merges_of(client_id, limit=NEWEST)):
        return _visitor(page, 404, problem="There is no such merge of this visitor among the newest.")
    try:
        source, target = store.undo_merge(merge_id, actor=page.user.name)
    except CannotUndo as problem:
        return _visitor(page, 409, problem=str(problem))
    except KeyError:
        return _gone(page)
    return page.go(f"/visitors/{target}?undone={source}")


def _visitor(page: AdminRequest, status: int = 200, problem: str = "") -> Response:
    store = page.context.store
    undone = page.query("undone")
    person = store.person(_client_id(page), everywhere=False)
    if person is None:
        return _gone(page)
    shown_in, now_ms = _zone(page), page.context.now_ms()
    sources = {source.source_id: source for source in store.sources()}
    newest = heapq.nlargest(NEWEST, (seq for seqs in person.events.values() for seq in seqs))
    events: list[tuple[str, EventView]] = [
        (event.source_id, event_view(event, now_ms, shown_in)) for event in store.held_events(newest)[::-1]
    ]
    return page.render(
        "visitor.html",
        status,
        problem=problem,
        undone=undone if undone.isascii() and undone.isdigit() else "",
        merges=[
            (each, _moment(page, each.created_ms), each.undone_ms and _moment(page, each.undone_ms))
            for each in store.merges_of(person.profile.client_id, limit=NEWEST)
        ],
        profile=person.profile,
        facts=_facts(person.profile),
        since=_moment(page, person.profile.created_ms),
        active=_moment(page, person.profile.last_activity_ms),
        counts=_counts(person),
        by_source=[(sources[source_id], len(seqs)) for source_id, seqs in person.events.items()],
        sources=sources,
        events=events,
        sessions=[
            (each, _moment(page, each.started_ms), _moment(page, each.last_ms))
            for each in store.held_sessions(person.sessions[-NEWEST:])[::-1]
        ],
        consents=[
            (each, _moment(page, each.time_ms))
            for each in store.held_consents(person.consents[-NEWEST:])[::-1]
        ],
        claims=[(each, _moment(page, each.created_ms)) for each in person.profile.claims],
        newest=NEWEST,
    )


def download(page: AdminRequest) -> Response:
    """Give all that is held of a visitor as a file."""
    errors: Errors = {}
    form: Format | None = page.form.choice("format", FORMATS, errors)
    if form is None:
        raise HTTPException(400)
    context = page.context
    person = context.store.person(_client_id(page))
    if person is None:
        return _gone(page)
    context.store.add_audit(page.user.name, "profile.export", str(person.profile.client_id), form)
    response = StreamingResponse(
        export(context.store, person, form, context.now_ms()), media_type=FORMATS[form]
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(person, form)}"'
    return response


def erase_page(page: AdminRequest) -> Response:
    """Ask whether it is meant."""
    return _ask(page, {})


def erase_visitor(page: AdminRequest) -> Response:
    """Erase, and give the receipt."""
    client_id, typed = _client_id(page), page.form.text("confirm").strip()
    if typed != str(client_id):
        text = f"Type {client_id} to confirm." if not typed else f"“{shown(typed)}” is not {client_id}."
        return _ask(page, {"confirm": text})
    context = page.context
    done = erase(context.store, client_id, actor=page.user.name, secret_key=context.secret_key)
    if done is None:
        return _gone(page)
    return page.render("visitor_erased.html", done=done, erased=_moment(page, done.erasure.erased_ms))


def receipt_page(page: AdminRequest) -> Response:
    """Show the box for a receipt."""
    return _receipt(page)


def check_receipt(page: AdminRequest) -> Response:
    """Say whether a receipt holds; give it back as a file where that is asked."""
    text = page.form.text("receipt").strip()
    try:
        content = read_receipt(text, page.context.secret_key)
    except BadReceipt as problem:
        return _receipt(page, 422, text=text, errors={"receipt": str(problem)})
    if not page.form.on("download"):
        return _receipt(page, text=text, content=content)
    return Response(
        text + "\n",
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="erasure-{content["client_id"]}.json"'},
    )


def _search(page: AdminRequest, status: int = 200, **values: Any) -> Response:
    blank = {"identifier": "", "hits": [], "more": 0, "nobody": "", "erased": None, "errors": {}}
    return page.render("visitors.html", status, **(blank | values))


def _gone(page: AdminRequest) -> Response:
    client_id = str(_client_id(page))
    erased_ms = page.context.store.tombstone("clientId", client_id)
    erased = _moment(page, erased_ms) if erased_ms is not None else None
    return _search(page, 404, nobody=client_id, erased=erased)


def _ask(page: AdminRequest, errors: Errors) -> Response:
    person = page.context.store.person(_client_id(page))
    if person is None:
        return _gone(page)
    return page.render(
        "visitor_erase.html",
        422 if errors else 200,
        client_id=_client_id(page),
        profile=person.profile,
        counts=_counts(person),
        errors=errors,
    )


def _receipt(page: AdminRequest, status: int = 200, **values: Any) -> Response:
    return page.render("receipt.html", status, **({"text": "", "content": None, "errors": {}} | values))


def _facts(profile: Profile) -> list[tuple[str, str]]:
    """What is known of a person, by name."""
    known: list[tuple[str, Any]] = [("email", profile.email), ("customId", profile.custom_id)]
    known += [(name, profile.fields.get(name)) for name in NATIVE_FIELDS]
    known += sorted(profile.attributes.items())
    known += [("tags", ", ".join(profile.tags))]
    known += [(f"agreement: {name}", "yes" if on else "no") for name, on in profile.agreements.items()]
    known += [(f"waits for a word: {name}", wish) for name, wish in profile.pending.items()]
    known += [("merged ids", ", ".join(map(str, profile.previous_ids)))]
    return [(name, visible(str(value))) for name, value in known if value not in (None, "")]


def _counts(person: Person) -> dict[str, int]:
    return {
        "Browsers": len(person.profile.uuids),
        "Events": sum(map(len, person.events.values())),
        "Sessions": len(person.sessions),
        "In quarantine": len(person.quarantined),
        "Decisions about consent": len(person.consents),
    }


def _client_id(page: AdminRequest) -> int:
    text = page.request.path_params["client_id"]
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise HTTPException(404)
    return int(text)


def _zone(page: AdminRequest) -> tzinfo:
    return zone(page.context.store.workspace().time_zone)


def _moment(page: AdminRequest, ms: int) -> Moment:
    return moment(ms, page.context.now_ms(), _zone(page))
