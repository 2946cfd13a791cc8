"""What a newsletter field or form does to the agreement for e-mail.

A decision table without state: mode of the workspace, wish of the form, the agreement so far,
and whether the input may write all of the profile. Untrusted input about a known profile never
turns an agreement; its wish waits for the person's word.

Source: contracts/synerise-sdk.md section 7; DESIGN.md, Trust.
"""

from typing import NamedTuple

from collector.model.profile import ProfileUpdate
from collector.model.workspace import NewsletterMode

ATTRIBUTE = "newsletter_agreement_enabled"
"""The attribute that an `enabled` checkbox sets, whatever the mode."""


class Effect(NamedTuple):
    """What follows from a wish.

    agreed     what the agreement becomes; None: it stays
    turned     whether that is news
    pending    the wish that waits for the person's word
    """

    agreed: bool | None = None
    turned: bool = False
    pending: str | None = None


def effect(mode: NewsletterMode, update: ProfileUpdate, agreed: bool | None, fully: bool) -> Effect:
    """Return what this update does to an agreement that is `agreed` so far (None: never asked)."""
    wish = update.newsletter or ("confirmation" if update.newsletter_form else None)
    if wish is None:
        return Effect()
    if wish == "disabled":
        if fully:
            return Effect(agreed=False, turned=agreed is True)
        return Effect(pending="disabled") if agreed else Effect()
    if agreed or mode == "off":
        return Effect()
    if mode == "single":
        if wish == "confirmation":
            return Effect()
        return Effect(agreed=True, turned=True) if fully else Effect(pending="enabled")
    return Effect(pending="enabled")
