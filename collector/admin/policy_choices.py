"""More fields of the privacy page: what is kept, consent, whom to believe."""

from collector.admin.policy_field import Field, Group
from collector.admin.values import check_rule

KEPT = (
    Group(
        "Address and place",
        "",
        (
            Field(
                name="address",
                kind="choice",
                title="The visitor’s address",
                choices={
                    "full": ("Whole", "Kept as it is. Have a reason for it."),
                    "shortened": (
                        "Shortened",
                        "The network alone: 203.0.113.0 or 2001:db8:1::. The place is looked up before.",
                    ),
                    "dropped": ("Not kept", "The place is looked up, then the address is forgotten."),
                },
            ),
            Field(
                name="geo",
                kind="choice",
                title="The visitor’s place",
                choices={
                    "city": ("City", "As precisely as the database tells."),
                    "region": ("Region", "Such as Bavaria."),
                    "country": ("Country", "Such as Germany."),
                    "none": ("Not kept", "Lists of countries work all the same."),
                },
            ),
        ),
    ),
    Group(
        "Web addresses",
        "What follows the question mark may name a person. The campaign is read from it before.",
        (
            Field(
                name="query",
                kind="choice",
                title="Query parameters",
                choices={
                    "all": ("All", "Kept as they are."),
                    "listed": ("Those listed below", "Every other is cut."),
                    "none": ("None", "The address ends before the question mark."),
                },
            ),
            Field(
                name="keep_query",
                kind="lines",
                title="Query parameters that stay",
                hint="Counts only where the choice is “those listed”.",
                example="utm_source",
            ),
        ),
    ),
    Group(
        "Hidden params",
        "Named as on the lists of params.",
        (
            Field(
                name="mask_params",
                kind="lines",
                title="Masked",
                hint="The value becomes ***.",
                example="formData.name",
                check=check_rule,
            ),
            Field(
                name="hash_params",
                kind="lines",
                title="Hashed",
                hint="The value becomes a hash with this source’s own salt: the same value reads the same, "
                "and nobody reads it.",
                example="orderId",
                check=check_rule,
            ),
        ),
        folded=True,
    ),
    Group(
        "Found by its look",
        "",
        (
            Field(
                name="redact",
                kind="ticks",
                title="Cut from titles, addresses and referrers",
                choices={
                    "email": ("E-mail addresses", ""),
                    "phone": ("Phone numbers", "In the international form, +49 …"),
                    "card": ("Card numbers", ""),
                    "iban": ("IBANs", ""),
                },
            ),
            Field(
                name="redact_params",
                kind="switch",
                title="Cut from params too",
                hint="But for those of forms and profiles, where they belong.",
            ),
        ),
    ),
    Group(
        "Kinds of data",
        "Switched off, it is not kept.",
        (
            Field(
                name="keep_user_agent",
                kind="switch",
                title="User-Agent",
                hint="Off: browser, system and device stay, their versions and the text itself go.",
            ),
            Field(name="keep_screen", kind="switch", title="Screen", hint="Its size in pixels."),
            Field(
                name="keep_referrer", kind="switch", title="Referrer", hint="The page the visitor came from."
            ),
            Field(
                name="keep_language",
                kind="switch",
                title="Language",
                hint="And time zone, as the browser is set.",
            ),
        ),
    ),
)

CONSENT = (
    Group(
        "The browser’s own signals",
        "",
        (
            Field(
                name="global_privacy_control",
                kind="switch",
                title="Honour Global Privacy Control",
                hint="A visitor whose browser asks not to be sold or shared is not measured: nothing is "
                "stored on the device, sent or kept.",
            ),
            Field(
                name="do_not_track",
                kind="switch",
                title="Honour Do Not Track",
                hint="The same for the older signal of that kind.",
            ),
        ),
    ),
    Group(
        "The visitor’s decision",
        "",
        (
            Field(
                name="consent",
                kind="choice",
                title="When events are kept",
                choices={
                    "none": ("Nobody is asked", "All are kept, whatever the page says of consent."),
                    "opt-out": ("Until the visitor refuses", "Opt-out."),
                    "opt-in": (
                        "Once the visitor has agreed",
                        "Opt-in. Until then the tag keeps nothing on the device and sends nothing.",
                    ),
                },
            ),
        ),
    ),
    Group(
        "Details",
        "",
        (
            Field(
                name="categories",
                kind="categories",
                title="Categories",
                hint="Actions that need a yes of their own: a name, a colon, rules. "
                "The first that names an action decides.",
                example="marketing: banner.* promo.click",
            ),
            Field(
                name="consent_text",
                kind="text",
                title="Version of the text",
                hint="Which text the visitor decides about; kept with each decision as evidence.",
                example="2026-03",
            ),
        ),
        folded=True,
    ),
)

TRUST = (
    Group(
        "What a browser may say about a person",
        "",
        (
            Field(
                name="trust",
                kind="choice",
                title="What a form on a page may do to a profile",
                choices={
                    "strict": (
                        "Strict",
                        "Data about a person needs a token of yours. A form without one is rejected.",
                    ),
                    "standard": (
                        "Standard",
                        "A form makes an unknown visitor known. Of a known person it may fill empty fields; "
                        "it changes nothing that you wrote and turns no agreement on or off.",
                    ),
                    "trusting": (
                        "Trusting",
                        "A form may change a known person. Whoever types another’s e-mail address can "
                        "rewrite their data.",
                    ),
                },
            ),
        ),
    ),
    Group(
        "By action",
        "Beside what the choice above says.",
        (
            Field(
                name="token_actions",
                kind="lines",
                title="Actions that need a signed token",
                hint="Without one they are rejected.",
                example="order.*",
                check=check_rule,
            ),
            Field(
                name="profile_actions",
                kind="lines",
                title="Actions that may change a profile without one",
                hint="An action on both lists needs a token.",
                example="newsletter.signUp",
                check=check_rule,
            ),
        ),
        folded=True,
    ),
)
