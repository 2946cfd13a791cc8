"""The settings of a source as a form: every value is text until all of them have been checked.

The form knows the settings of its own page only and leaves the others as they are, so that a
setting added later is not lost by saving here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from collector.admin.facades import FACADES
from collector.admin.forms import Errors, Form, Invalid, check_name, lines
from collector.admin.modules import GROUPS, INTERACTIONS, OPTIONS, apply_options
from collector.admin.values import (
    check_action,
    check_minutes,
    check_origin,
    check_params,
    check_percent,
    check_quota,
    check_seconds,
    check_trigger_tag,
)
from collector.model.source import AutoEvent, Interaction, Modules, Settings, Source, Trigger

EMPTY_ROWS = 2
"""Rows offered below the filled ones, so that adding needs no script."""

MAX_ROWS = 200

MODULES = tuple(name for group in GROUPS.values() for name in group)

T = TypeVar("T")


@dataclass
class Row:
    """One automatic event or trigger, as typed. An automatic event has an action and params only."""

    action: str = ""
    params: str = ""
    tag: str = ""
    interaction: str = ""
    percent: str = "10"
    seconds: str = "0"

    @property
    def blank(self) -> bool:
        """True when nothing was typed: such a row is not there."""
        return not (self.action.strip() or self.params.strip() or self.tag.strip())


@dataclass
class SettingsForm:
    """What stands in the fields of the settings page."""

    name: str
    enabled: bool
    origins: str
    minutes: str
    quota: str
    modules: frozenset[str]
    facades: frozenset[str]
    auto_events: list[Row]
    triggers: list[Row]
    options: dict[str, str]
    """What stands in the options' fields, by their ids."""

    @classmethod
    def of(cls, source: Source) -> "SettingsForm":
        """Return the form filled with a source's settings."""
        tag = source.settings.tag
        return cls(
            name=source.name,
            enabled=source.enabled,
            origins="\n".join(source.settings.origins),
            minutes=str(source.settings.session.minutes),
            quota=str(source.settings.quota or ""),
            modules=frozenset(name for name in MODULES if getattr(tag.modules, name)),
            facades=frozenset(tag.facades),
            auto_events=[Row(event.action, _json(event.params)) for event in tag.auto_events],
            triggers=[
                Row(
                    trigger.action,
                    _json(trigger.params),
                    trigger.tag,
                    trigger.interaction,
                    f"{trigger.percent}",
                    f"{trigger.seconds:g}",
                )
                for trigger in tag.triggers
            ],
            options={option.id: option.text_of(source.settings) for option in OPTIONS},
        )

    @classmethod
    def read(cls, form: Form) -> "SettingsForm":
        """Return the form as sent. Blank rows are dropped."""
        auto = zip(form.texts("auto_action"), form.texts("auto_params"), strict=False)
        triggers = zip(
            form.texts("trigger_action"),
            form.texts("trigger_params"),
            form.texts("trigger_tag"),
            form.texts("trigger_interaction"),
            form.texts("trigger_percent"),
            form.texts("trigger_seconds"),
            strict=False,
        )
        return cls(
            name=form.text("name"),
            enabled=form.on("enabled"),
            origins=form.text("origins"),
            minutes=form.text("minutes"),
            quota=form.text("quota"),
            modules=frozenset(name for name in MODULES if form.on(f"module_{name}")),
            facades=frozenset(name for name in FACADES if form.on(f"facade_{name}")),
            auto_events=[row for row in (Row(*fields) for fields in auto) if not row.blank],
            triggers=[row for row in (Row(*fields) for fields in triggers) if not row.blank],
            options={option.id: form.text(option.id) for option in OPTIONS},
        )

    def check(self, current: Settings) -> tuple[str, Settings]:
        """Return the name and the settings to save. Raises Invalid with every complaint."""
        errors: Errors = {}

        def checked(field: str, check: Callable[[str], T], text: str, fallback: T) -> T:
            try:
                return check(text)
            except ValueError as problem:
                errors.setdefault(field, str(problem))
                return fallback

        name = checked("name", lambda text: check_name(text, "source"), self.name, "")
        origins = [checked("origins", check_origin, line, "") for line in lines(self.origins)]
        minutes = checked("minutes", check_minutes, self.minutes, 0)
        quota = checked("quota", check_quota, self.quota, 0)
        for field, rows in (("auto", self.auto_events), ("trigger", self.triggers)):
            if len(rows) > MAX_ROWS:
                errors[f"{field}_action_0"] = f"There are {len(rows)} rows. Use at most {MAX_ROWS}."
        auto_events = [
            AutoEvent(
                action=checked(f"auto_action_{number}", check_action, row.action, ""),
                params=checked(f"auto_params_{number}", check_params, row.params, {}),
            )
            for number, row in enumerate(self.auto_events)
        ]
        triggers = [
            Trigger(
                tag=checked(f"trigger_tag_{number}", check_trigger_tag, row.tag, ""),
                interaction=checked(
                    f"trigger_interaction_{number}", _interaction, row.interaction, "onClick"
                ),
                action=checked(f"trigger_action_{number}", check_action, row.action, ""),
                params=checked(f"trigger_params_{number}", check_params, row.params, {}),
                percent=checked(f"trigger_percent_{number}", check_percent, row.percent, 10),
                seconds=checked(f"trigger_seconds_{number}", check_seconds, row.seconds, 0.0),
            )
            for number, row in enumerate(self.triggers)
        ]
        # First, on what is valid for sure, so that each complaint is about its own field.
        current = apply_options(current, self.options, errors)
        if errors:
            raise Invalid(errors)
        tag = replace(
            current.tag,
            modules=_modules(current.tag.modules, self.modules),
            facades=tuple(name for name in FACADES if name in self.facades),
            auto_events=tuple(auto_events),
            triggers=tuple(triggers),
        )
        session = replace(current.session, minutes=minutes)
        origins = list(dict.fromkeys(origins))
        return name, replace(current, origins=tuple(origins), quota=quota, session=session, tag=tag)


def _modules(current: Modules, chosen: frozenset[str]) -> Modules:
    return replace(current, **{name: name in chosen for name in MODULES})


def _interaction(text: str) -> Interaction:
    for interaction in INTERACTIONS:
        if interaction == text:
            return interaction
    raise ValueError(f"“{text[:60]}” is no interaction. Choose one of the list.")


def _json(params: dict[str, Any]) -> str:
    return msgspec.json.encode(params).decode() if params else ""
