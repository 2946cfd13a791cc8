"""Other vendors' page APIs as the settings page tells them."""

from collector.admin.modules import Module
from collector.model.source import Facade

FACADES: dict[Facade, Module] = {
    "segment": Module(
        "Segment or Customer.io",
        "Answers to window.analytics. Such a page tells its views itself, so the tag sends none of its own.",
    ),
    "tracardi": Module(
        "Tracardi",
        "Answers to window.tracker, by the page’s const options. It tells its views itself too.",
    ),
    "synerise": Module(
        "Synerise",
        "Answers to window.SR and SyneriseTC. page.visit is sent by itself, unless SR.init says otherwise.",
    ),
}
"""By the name in the settings."""
