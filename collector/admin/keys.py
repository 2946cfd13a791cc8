"""The api keys of back ends: made with a scope and shown once, listed, revoked."""

from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.admin.display import Moment, moment, zone
from collector.admin.forms import Errors, check_name
from collector.admin.guard import AdminRequest
from collector.admin.install import base_url_of
from collector.auth.keys import hash_key, new_api_key
from collector.auth.permissions import GROUPS, PERMISSIONS
from collector.model.workspace import ApiKey

SCOPES = {
    "all": ("Everything", "All that the API has, and what a later release adds."),
    "send": (
        "Send events only",
        "Events and transactions. It reads nothing.",
    ),
    "some": ("What is ticked below", "As little as its server needs."),
}
"""What a new key may do."""

SENDING = ("Events", "Transactions")
"""The groups of "send"."""

MEANINGS = {
    "Events": "Send what customers did",
    "Transactions": "Send what they bought",
    "Reading events": "Read the events of a profile",
    "Profiles": "Make, change, merge and erase profiles",
    "Reading profiles": "Read and list profiles",
    "Tags": "Read, make and assign tags",
    "Accounts": "Register visitors, activate accounts, sign people out",
}
"""What the groups of permissions are for."""


class Shown(NamedTuple):
    """A key in the list. `may` is what it may do: a group, how many of it, and their names."""

    key: ApiKey
    source: str | None
    may: list[tuple[str, str, tuple[str, ...]]]
    made: Moment
    revoked: Moment | None


def keys_page(page: AdminRequest) -> Response:
    """Show the keys, and the form for a new one."""
    return _show(page, {})


def create_key(page: AdminRequest) -> Response:
    """Make a key and show it, this once."""
    form, errors = page.form, Errors()
    name, source_id = form.text("name"), form.text("source_id")
    try:
        name = check_name(name, "key")
    except ValueError as problem:
        errors["name"] = str(problem)
    if source_id and source_id not in {source.source_id for source in page.context.store.sources()}:
        errors["source_id"] = "There is no such source. Choose one of the list."
    scope = form.choice("scope", SCOPES, errors)
    groups, ticked = _ticked(page)
    if scope == "some" and not ticked:
        errors["permissions"] = "Tick what the key may do, or choose another scope."
    if scope not in ("some", None) and ticked:
        errors["scope"] = (
            f"Permissions are ticked, but the choice is “{SCOPES[scope][0]}”. Choose the last one."
        )
    if errors:
        return _show(
            page, errors, name=name, source_id=source_id, scope=scope or "", groups=groups, ticked=ticked
        )
    permissions = {"all": ("*",), "send": _all_of(SENDING)}.get(scope or "", ticked)
    key = new_api_key()
    page.context.store.add_api_key(
        name, hash_key(key), source_id=source_id or None, permissions=permissions, actor=page.user.name
    )
    return _show(page, {}, made=key, made_name=name)


def revoke_key(page: AdminRequest) -> Response:
    """End a key."""
    store, key_id = page.context.store, page.request.path_params["key_id"]
    if key_id not in {key.id for key in store.api_keys()}:
        raise HTTPException(404)
    try:
        store.revoke_api_key(key_id, actor=page.user.name)
    except KeyError:
        raise HTTPException(404) from None
    return page.go("/keys?saved=revoked")


def _ticked(page: AdminRequest) -> tuple[list[str], tuple[str, ...]]:
    """The groups that were ticked whole, and all permissions that were, in the order of the page."""
    groups = [group for group in GROUPS if group in page.form.texts("group")]
    wanted = {*page.form.texts("permission"), *_all_of(groups)}
    return groups, tuple(name for name in PERMISSIONS if name in wanted)


def _all_of(groups: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for group in groups for name in GROUPS[group])


def _may(permissions: tuple[str, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    if "*" in permissions:
        return [("Everything", "", ())]
    found = []
    for group, names in GROUPS.items():
        held = tuple(name for name in names if name in permissions)
        if held:
            found.append((group, "" if held == names else f"{len(held)} of {len(names)}", held))
    others = tuple(name for name in permissions if name not in PERMISSIONS)
    return [*found, ("Other", "", others)] if others else found


def _show(page: AdminRequest, errors: Errors, **values: object) -> Response:
    store, now_ms = page.context.store, page.context.now_ms()
    workspace, sources = store.workspace(), store.sources()
    shown_in, names = zone(workspace.time_zone), {source.source_id: source.name for source in sources}
    keys = [
        Shown(
            key=key,
            source=names.get(key.source_id) if key.source_id else None,
            may=_may(key.permissions),
            made=moment(key.created_ms, now_ms, shown_in),
            revoked=moment(key.revoked_ms, now_ms, shown_in) if key.revoked_ms is not None else None,
        )
        for key in sorted(store.api_keys(), key=lambda key: key.revoked)
    ]
    form = {
        "name": "",
        "source_id": "",
        "scope": "all",
        "groups": [],
        "ticked": (),
        "made": "",
        "made_name": "",
    }
    return page.render(
        "keys.html",
        422 if errors else 200,
        keys=keys,
        sources=sources,
        scopes=SCOPES,
        all_groups=GROUPS,
        meanings=MEANINGS,
        guid=workspace.guid,
        base_url=base_url_of(page),
        errors=errors,
        saved=page.query("saved"),
        **(form | values),
    )
