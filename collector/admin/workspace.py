"""What holds for all sources: the workspace's settings, and the people."""

from zoneinfo import available_timezones

from starlette.responses import Response

from collector.admin.display import moment, zone
from collector.admin.forms import Errors
from collector.admin.guard import AdminRequest
from collector.model.workspace import NewsletterMode

NEWSLETTER_MODES: dict[NewsletterMode, tuple[str, str]] = {
    "off": ("Off", "A ticked newsletter box changes no agreement."),
    "single": ("Single opt-in", "A ticked box turns the agreement on at once."),
    "double": ("Double opt-in", "A ticked box or a newsletter form sends a mail; its link turns it on."),
}
"""The modes that can be chosen."""


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
        mail_server=page.context.mail_server,
        time_zones=_time_zones(page),
        errors=errors,
        saved=not errors and page.query("saved") == "1",
    )


def _time_zones(page: AdminRequest) -> list[str]:
    """Return UTC, what is set now, and the zones by place (none on a machine without a zone database)."""
    places = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return ["UTC", *sorted((places | {page.context.store.workspace().time_zone}) - {"UTC"})]
