"""What holds for all sources: the workspace's settings, the keys of back ends, the people."""

from zoneinfo import available_timezones

from starlette.responses import Response

from collector.admin.display import moment, zone
from collector.admin.forms import Errors, check_name
from collector.admin.guard import AdminRequest
from collector.auth.keys import hash_key, new_api_key
from collector.model.workspace import NewsletterMode

NEWSLETTER_MODES: dict[NewsletterMode, tuple[str, str]] = {
    "off": ("Off", "A ticked newsletter box changes no agreement."),
    "single": ("Single opt-in", "A ticked box turns the agreement on at once."),
}
"""The modes that can be chosen. Double opt-in needs mails, which this release does not send."""


def workspace_page(page: AdminRequest) -> Response:
    """Show the workspace's settings."""
    return _show_workspace(page, {})


def save(page: AdminRequest) -> Response:
    """Save the workspace's settings."""
    errors: Errors = {}
    mode = page.form.choice("newsletter_mode", NEWSLETTER_MODES, errors)
    time_zone = page.form.text("time_zone")
    if time_zone not in _time_zones(page):
        errors["time_zone"] = (
            f"“{time_zone[:60]}” is no time zone that this machine knows. Choose one of the list."
        )
    if errors or mode is None:
        return _show_workspace(page, errors)
    page.context.store.save_workspace(
        newsletter_mode=mode,
        unique_emails=page.form.on("unique_emails"),
        time_zone=time_zone,
        actor=page.user.name,
    )
    return page.go("/workspace?saved=1")


def keys_page(page: AdminRequest) -> Response:
    """Show the form for a new key."""
    return _show_keys(page, {})


def create_key(page: AdminRequest) -> Response:
    """Make a key and show it, this once."""
    errors: Errors = {}
    name, source_id = page.form.text("name"), page.form.text("source_id")
    try:
        name = check_name(name, "key")
    except ValueError as problem:
        errors["name"] = str(problem)
    if source_id and page.context.store.source(source_id) is None:
        errors["source_id"] = "There is no such source. Choose one of the list."
    if errors:
        return _show_keys(page, errors, name=name, source_id=source_id)
    key = new_api_key()
    page.context.store.add_api_key(name, hash_key(key), source_id=source_id or None, actor=page.user.name)
    return _show_keys(page, {}, key=key, key_name=name)


def people(page: AdminRequest) -> Response:
    """List the people who may sign in."""
    store, now_ms = page.context.store, page.context.now_ms()
    shown_in = zone(store.workspace().time_zone)
    users = [(user.name, moment(user.created_ms, now_ms, shown_in)) for user in store.users()]
    return page.render("people.html", users=users)


def _show_workspace(page: AdminRequest, errors: Errors) -> Response:
    return page.render(
        "workspace.html",
        422 if errors else 200,
        workspace=page.context.store.workspace(),
        modes=NEWSLETTER_MODES,
        time_zones=_time_zones(page),
        errors=errors,
        saved=not errors and page.query("saved") == "1",
    )


def _show_keys(page: AdminRequest, errors: Errors, **values: str) -> Response:
    return page.render(
        "keys.html",
        422 if errors else 200,
        sources=page.context.store.sources(),
        errors=errors,
        **({"name": "", "source_id": "", "key": "", "key_name": ""} | values),
    )


def _time_zones(page: AdminRequest) -> list[str]:
    """Return UTC, what is set now, and the zones by place (none on a machine without a zone database)."""
    places = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return ["UTC", *sorted((places | {page.context.store.workspace().time_zone}) - {"UTC"})]
