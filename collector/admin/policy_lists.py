"""The lists of the privacy page: which events, params, pages, visitors."""

from collections.abc import Callable
from typing import get_args

from collector.admin.policy_field import Field, Group
from collector.admin.policy_values import check_agent, check_country, check_host_rule, check_network
from collector.admin.quoting import quote_rule
from collector.admin.values import check_path_rule, check_rule, quote_path_rule
from collector.model.policy import BotClass


def _pair(
    what: str,
    ending: str,
    example: str,
    check: Callable[[str], str],
    quote: Callable[[str], str] = quote_rule,
) -> tuple[Field, ...]:
    return tuple(
        Field(
            name=f"{side}{ending}",
            kind="lines",
            title=f"{side.capitalize()}list of {what}",
            example=example,
            check=check,
            quote=quote,
        )
        for side in ("block", "allow")
    )


_BOTS = {name: (name.replace("-", " ").capitalize(), "") for name in get_args(BotClass)}

LISTS = (
    Group(
        "Events",
        "An action such as page.visit, product.* for all that begin with product., or * for all.",
        _pair("events", "", "debug.*", check_rule),
    ),
    Group(
        "Params",
        "A param is taken out; the rest of its event is kept. One within another is named by both: "
        "formData.phone, or formData.* for all within. The label of an event is no param.",
        _pair("params", "_params", "formData.phone", check_rule),
    ),
    Group(
        "Pages",
        "A path such as /account, /account/* for all below it (write both to mean both), or *. What happens "
        "on such a page is not kept. An event that tells no page, such as a server’s, is under neither list.",
        _pair("pages", "_paths", "/account/*", check_path_rule, quote_path_rule),
    ),
    Group(
        "Hosts",
        "The host of the page: shop.example, or *.shop.example for all below it (not itself).",
        _pair("hosts", "_hosts", "test.shop.example", check_host_rule),
        folded=True,
    ),
    Group(
        "Referrers",
        "The host that the visitor came from. Your own host is no referrer.",
        _pair("referrers", "_referrers", "*.spam.example", check_host_rule),
        folded=True,
    ),
    Group(
        "Countries",
        "Two letters. Where the visitor’s address lies; an unknown country is on no list.",
        _pair("countries", "_countries", "FR", check_country),
        folded=True,
    ),
    Group(
        "Networks",
        "Addresses and networks of visitors, such as your own office. Ten thousand cost no more than ten.",
        _pair("networks", "_networks", "203.0.113.0/24", check_network),
        folded=True,
    ),
    Group(
        "Programs",
        "A name in the User-Agent, in capitals or not (HeadlessChrome, curl), or the whole User-Agent.",
        _pair("programs", "_agents", "HeadlessChrome", check_agent),
        folded=True,
    ),
    Group(
        "Bots",
        "What a known program does. An event whose program is not known as a bot is under neither list.",
        (
            Field(
                name="bots",
                kind="choice",
                title="Bots as such",
                choices={
                    "mark": ("Mark them", "Kept, and marked as a bot’s."),
                    "reject": ("Reject them", "Counted, not kept."),
                },
            ),
            Field(name="block_bots", kind="ticks", title="Blocklist of bots", choices=_BOTS),
            Field(name="allow_bots", kind="ticks", title="Allowlist of bots", choices=_BOTS),
        ),
        folded=True,
    ),
)
