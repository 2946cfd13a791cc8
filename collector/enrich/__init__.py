"""What the collector can add to an event: device, place and campaign. It adds or leaves out, never rejects.

Device and place are told from what came with the request, not from what the page claims; the campaign
from the page's address. Whatever the sender put under these names is replaced.
"""

from collector.enrich import user_agent
from collector.enrich.campaign import campaign_of, page_url
from collector.enrich.geo import Geo
from collector.model.beacon import Beacon
from collector.model.event import Event

__all__ = ["Enricher", "Geo"]


class Enricher:
    """Adds `user_agent`, `browser`, `os`, `device`, `bot`, `geo`, `campaign`, `click_id` to a context."""

    def __init__(self, geo: Geo) -> None:
        self.geo = geo

    def warm(self) -> None:
        """Build what the first beacon would otherwise wait for (about 0.2 s)."""
        user_agent.warm()

    def enrich(self, event: Event, beacon: Beacon) -> None:
        """Add to `event.context` what User-Agent, address and page tell. Never raises.

        user_agent  the string, cut to 512 characters
        browser     {"name", "version"}; os: the same; both without what is unknown
        device      {"family", "kind"}; kind: desktop, mobile, tablet, tv, bot or other
        bot         True for a program, then also `bot_name` and `bot_class` (BotClass)
        geo         as Geo.lookup
        campaign    {"source", "medium", "name", "term", "content", "id"}, without what the page does not tell
        click_id    {"name", "value"}; both absent where there is none
        """
        told = user_agent.describe(beacon.user_agent)
        context = event.context
        context["user_agent"] = told.user_agent
        # Copies: the cache's own must not change with an event's.
        context["browser"] = told.browser.copy()
        context["os"] = told.os.copy()
        context["device"] = told.device.copy()
        context["bot"] = told.is_bot
        context.pop("bot_name", None)
        context.pop("bot_class", None)
        if told.is_bot:
            context["bot_name"] = told.bot_name
            context["bot_class"] = told.bot_class
        context["geo"] = self.geo.lookup(event.address)
        url = page_url(event.action, event.params, context)
        campaign, click_id = campaign_of(url) if url else ({}, {})
        for name, told_by_page in (("campaign", campaign), ("click_id", click_id)):
            context.pop(name, None)
            if told_by_page:
                context[name] = told_by_page
