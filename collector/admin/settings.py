"""The settings page of a source."""

from starlette.responses import Response

from collector.admin.facades import FACADES
from collector.admin.forms import Errors, Invalid
from collector.admin.guard import AdminRequest
from collector.admin.install import base_url_of
from collector.admin.modules import GROUPS, INTERACTIONS, OPTIONS
from collector.admin.settings_form import EMPTY_ROWS, Row, SettingsForm
from collector.model.source import Source


def settings_page(page: AdminRequest) -> Response:
    """Show the settings in force."""
    source = page.source()
    return _show(page, source, SettingsForm.of(source), {})


def save(page: AdminRequest) -> Response:
    """Save the settings, or show the form again with its values and what is wrong with them."""
    source = page.source()
    form = SettingsForm.read(page.form)
    try:
        name, settings = form.check(source.settings)
    except Invalid as problem:
        return _show(page, source, form, problem.errors)
    page.context.store.save_source(
        source.source_id, name=name, enabled=form.enabled, settings=settings, actor=page.user.name
    )
    return page.go(f"/sources/{source.source_id}/settings?saved=1")


def _show(page: AdminRequest, source: Source, form: SettingsForm, errors: Errors) -> Response:
    empty = [Row() for _ in range(EMPTY_ROWS)]
    return page.render(
        "settings.html",
        422 if errors else 200,
        source=source,
        base_url=base_url_of(page),
        tab="settings",
        form=form,
        auto_rows=form.auto_events + empty,
        trigger_rows=form.triggers + empty,
        groups=GROUPS,
        facades=FACADES,
        options=OPTIONS,
        interactions=INTERACTIONS,
        errors=errors,
        saved=not errors and page.query("saved") == "1",
    )
