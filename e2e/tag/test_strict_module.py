"""The ES module is strict code, in which a write to what is frozen throws: it starts all the same."""

import httpx
from playwright.sync_api import Page

from collector.model.source import Consent, Modules, Settings, TagSettings, Trigger
from e2e.tag.conftest import MakeSite

FROZEN = """
Object.freeze(Element.prototype)
dataLayer = Object.freeze([['consent', 'default', {analytics_storage: 'granted'}]])
"""


def test_the_module_starts_where_prototypes_and_the_data_layer_are_frozen(
    page: Page, make_site: MakeSite, page_errors: list[str]
) -> None:
    tag = TagSettings(
        modules=Modules(consent=True, forms=False),
        consent=Consent(google=True),
        triggers=(Trigger(tag="card", interaction="onTimer", action="there"),),
    )
    site = make_site(Settings(tag=tag))
    code = httpx.get(f"{site.collector.url}/t/{site.id}.mjs").text
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text))
    page.goto(
        site.collector.page(
            f"<!doctype html><script>{FROZEN}</script><b data-tracardi-tag=card>A card</b>"
            f"<script type=module>{code}\nstart()</script>"
        )
    )
    site.wait_for("there")
    assert (warnings, page_errors) == ([], [])
