"""The tag's modules as the settings page tells them: what each does, and its options.

An option is a setting by its dotted name, as in the command `tagwell source set`; the settings' own
types say what is allowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal, get_args

import msgspec

from collector.admin.forms import Errors, shown
from collector.model.source import Consent, Interaction, Settings
from collector.settings import explain


@dataclass(frozen=True)
class Module:
    """A switch: its title, and what the visitor's browser then does."""

    title: str
    meaning: str


GROUPS: dict[str, dict[str, Module]] = {
    "Visits": {
        "page_visits": Module(
            "Page visits",
            "page.visit with address, title and referrer, for every page that is opened or comes back.",
        ),
        "single_page": Module(
            "Views of single-page apps", "page.visit too where a page changes its address by script."
        ),
        "metas": Module("Metas", "Adds the page’s og: and product: metas to page.visit."),
        "canonical": Module("Canonical address", "Adds the page’s link rel=canonical to page.visit."),
        "device": Module("Device", "Adds the size of the screen and the browser’s language."),
        "sessions": Module(
            "Sessions", "The collector makes session.start and session.end, and gives events their session."
        ),
        "engagement": Module(
            "Engagement",
            "page.engagement: how long a page was really looked at, and how far it was scrolled.",
        ),
        "not_found": Module("Missing pages", "page.notFound where the server answered 404 or 410."),
    },
    "What visitors do": {
        "custom_events": Module(
            "Custom events", "What your pages send themselves by tagwell.track(action, params, label)."
        ),
        "triggers": Module(
            "Triggers",
            "The events of the table below, when a visitor sees or clicks a marked element, and so on.",
        ),
        "forms": Module(
            "Forms",
            "When a form marked with data-synerise is sent: its marked fields, never a password or card.",
        ),
        "outbound_links": Module("Outbound links", "link.outbound when a link to another site is followed."),
        "downloads": Module("Downloads", "file.download when a link to a file is followed."),
        "copied_text": Module("Copied text", "text.copy with how much was copied, never what."),
        "site_search": Module(
            "Site search", "search with what was looked for, from the address of the results."
        ),
        "frustration": Module(
            "Rage and dead clicks",
            "click.rage for many clicks on one spot, click.dead for one that nothing follows.",
        ),
    },
    "How pages fare": {
        "script_errors": Module(
            "Script errors", "script.error for each different error of the page’s scripts, counted."
        ),
        "web_vitals": Module("Web Vitals", "web.vitals once a page: LCP, CLS, INP, FCP and TTFB."),
    },
    "Who they are, and delivery": {
        "identify": Module("Identify", "tagwell.identify({email, customId}) and tagwell.reset()."),
        "cross_domain": Module(
            "Across your domains",
            "A visitor who follows a link to another of your hosts stays the same visitor.",
        ),
        "tokens": Module(
            "Tokens", "tagwell.token(jwt): what your own back end has signed about the visitor."
        ),
        "consent": Module(
            "Consent", "Waits for the visitor’s decision, and removes what is there when it is no."
        ),
        "lists": Module("Lists", "Keeps what the privacy lists forbid from leaving the browser."),
        "delivery": Module(
            "Delivery", "Keeps events until they have arrived, gathers them into few requests, tries again."
        ),
    },
}
"""The modules by what they are for."""

INTERACTIONS: dict[Interaction, str] = {
    "onVisible": "is seen",
    "onClick": "is clicked",
    "onMouseOver": "is pointed at",
    "onHover": "is pointed at longer than usual",
    "onTextSelect": "has text selected in it",
    "onCopy": "has text copied from it",
    "onFocus": "gets the focus",
    "onChange": "is changed",
    "onSubmit": "is submitted",
    "onScroll": "is scrolled to a depth",
    "onTimer": "has been there for a time",
}
"""What is done to an element, as its row says it."""


@dataclass(frozen=True)
class Option:
    """A setting beside the switches, by its dotted name. `words` are items divided by commas."""

    setting: str
    title: str
    meaning: str
    kind: Literal["check", "text", "words", "choice"]
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The field's id and name on the page."""
        return self.setting.replace(".", "_")

    def text_of(self, settings: Settings) -> str:
        """The setting's value as the field shows it; of a check `on` or nothing."""
        value = attrgetter(self.setting)(settings)
        if isinstance(value, bool):
            return "on" if value else ""
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

    def value_of(self, text: str) -> Any:
        """The text as the settings' types want it, unchecked."""
        if self.kind == "check":
            return text == "on"
        if self.kind == "words":
            return [word.strip() for word in text.replace("\n", ",").split(",") if word.strip()]
        return text.strip()


_UNTIL = dict(
    zip(
        get_args(Consent.__annotations__["until"]),
        ("wait: events stay in memory", "collect until the visitor says no"),
        strict=True,
    )
)

OPTIONS: tuple[Option, ...] = (
    Option(
        "session.campaign",
        "Another campaign begins another session",
        "A visit from another campaign or ad is a session of its own.",
        "check",
    ),
    Option(
        "tag.single_page.query",
        "A changed query is another view",
        "Single-page apps: ?page=2 after ?page=1 counts.",
        "check",
    ),
    Option(
        "tag.single_page.hash",
        "A changed hash is another view",
        "Single-page apps that put their address behind the #.",
        "check",
    ),
    Option(
        "tag.search_params",
        "Search parameters",
        "Site search: the query parameters that hold what was looked for.",
        "words",
    ),
    Option(
        "tag.domains", "Your other hosts", "Across your domains: such as shop.example, blog.example.", "words"
    ),
    Option(
        "tag.consent.until",
        "Before a decision",
        "Consent: what happens until the visitor has decided.",
        "choice",
        _UNTIL,
    ),
    Option(
        "tag.consent.google",
        "Follow Google’s consent mode",
        "Consent: the decision is analytics_storage on dataLayer.",
        "check",
    ),
    Option(
        "tag.consent.tcf", "Follow an IAB TCF banner", "Consent: the decision comes from __tcfapi.", "check"
    ),
    Option(
        "tag.consent.purposes",
        "TCF purposes",
        "Consent: all of these must be granted. 1 is storage, 8 measurement.",
        "words",
    ),
    Option(
        "tag.consent.evidence",
        "Keep evidence of decisions",
        "Consent: an event for each decision, with the visitor’s id if there is one.",
        "check",
    ),
    Option(
        "tag.device_storage",
        "Keep an id on the device",
        "Off: cookieless. Nothing is kept there; a visitor is known again until midnight (UTC).",
        "check",
    ),
    Option(
        "tag.name",
        "Name",
        "Of the page API (window.NAME) and of what is kept on the device. Change it before the first visit.",
        "text",
    ),
    Option(
        "tag.path",
        "Beacon path",
        "Where events go, from the script’s own address on; empty for the usual. For a path of your site.",
        "text",
    ),
)


def apply_options(settings: Settings, texts: Mapping[str, str], errors: Errors) -> Settings:
    """Return the settings with the options as typed; complaints go to `errors` by the option's id."""
    for option in OPTIONS:
        tree: dict[str, Any] = msgspec.to_builtins(settings)
        *path, name = option.setting.split(".")
        branch = tree
        for part in path:
            branch = branch[part]
        branch[name] = option.value_of(texts.get(option.id, ""))
        try:
            # Not strict: numbers are typed as text.
            settings = msgspec.convert(tree, Settings, strict=False)
        except msgspec.ValidationError as problem:
            typed = shown(texts.get(option.id, ""))
            errors[option.id] = f"“{typed}” does not fit “{option.title}”: {explain(problem)}"
    return settings
