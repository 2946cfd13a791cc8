"""What a policy keeps of the texts of an event: of addresses, of titles, and of all where it says so."""

import re
from typing import Any, NamedTuple

from collector.model.event import Params
from collector.model.policy import Policy
from collector.privacy.query import SIGNS, is_address, kept_url, kept_urls
from collector.privacy.redact import marks, redact, redact_marked

_REFERRER = "referr?er|referring"
_REFUSED = {
    "keep_referrer": _REFERRER,
    "keep_screen": "screen|viewport|resolution",
    "keep_language": "language|locale|time_?zone|^lang|lang$",
    "keep_user_agent": "user[-_]?agent",
}
"""What the switches are about, by the names that pages and dialects use."""
# What a page itself tells of a place is under `geo`.
_PLACE = (
    r"^geo|latitude|longitude|^lat$|^lng$|^lon$|^location$|^coord|postal|^post_?code|^zip"
    r"|^city|[-_.]city|(?-i:[a-z]City)"
)
_REGION = "^region"

MIN_CARD, MAX_CARD = 10**12, 10**19


class _How(NamedTuple):
    """What is looked for within an object: everything in any text, names that are refused, titles."""

    everything: bool
    refused: re.Pattern[str] | None
    titles: bool


class Texts:
    """The rules of one policy for texts, compiled once.

    `query` and `redact` hold for every address, title and label, and for all that a page tells beside
    its params; for other params `redact` does where `redact_params` is on, but not for those of forms
    and profiles, where a person's own data belongs.
    """

    def __init__(self, policy: Policy) -> None:
        self._query = policy.query
        self._keep = frozenset(policy.keep_query)
        self._kinds = policy.redact
        self._all_params = policy.redact_params
        self._no_params = None if policy.keep_referrer else re.compile(_REFERRER, re.IGNORECASE)
        refused = [names for switch, names in _REFUSED.items() if not getattr(policy, switch)]
        if policy.geo != "city":
            refused.append(_PLACE)
            if policy.geo != "region":
                refused.append(_REGION)
        no_context = re.compile("|".join(refused), re.IGNORECASE) if refused else None
        self._beside = _How(True, no_context, titles=True)
        self._marked = marks("" if policy.query == "all" else SIGNS).search

    def params(self, action: str, params: Params) -> Params:
        """Return what may be kept of the params of an event of this action."""
        personal = _is_personal(action)
        how = _How(self._all_params and not personal, self._no_params, titles=True)
        # What a form calls a title, the visitor wrote; that of the page stands at the top.
        return self._object(params, how, how._replace(titles=not personal))

    def context(self, context: Params) -> Params:
        """Return what may be kept of what a page tells beside its params."""
        return self._object(context, self._beside, self._beside)

    def unformed(self, value: Any) -> Any:
        """Return what may be kept of any JSON value that may hold a person's data in any place."""
        return self._value(value, "", self._beside)

    def text(self, text: str) -> str:
        """Return what may be kept of a text that should hold nothing of a person: a label, a title."""
        return self._text(text, "", self._beside) if self._marked(text) else text

    def _object(self, params: Params, how: _How, within: _How) -> Params:
        """`within` is for what the objects in it hold."""
        kept: Params = {}
        refused = how.refused
        for name, value in params.items():
            if refused is not None and refused.search(name) is not None:
                continue
            if self._marked(name):
                # A name may be an address itself.
                name = self._text(name, "", how)
            if not isinstance(value, str):
                value = self._value(value, name, within)
            elif self._marked(value):
                value = self._text(value, name, how)
            kept[name] = value
        return kept

    def _value(self, value: Any, name: str, how: _How) -> Any:
        if isinstance(value, str):
            return self._text(value, name, how) if self._marked(value) else value
        if isinstance(value, dict):
            return self._object(value, how, how)
        if isinstance(value, list):
            return [self._value(item, name, how) for item in value]
        if how.everything and isinstance(value, int | float) and MIN_CARD <= abs(value) < MAX_CARD:
            # A card may be written as a number, and by mistake as one below zero.
            written = str(abs(int(value)))
            kept = redact(written, self._kinds)
            return value if kept == written else kept
        return value

    def _text(self, text: str, name: str, how: _How) -> str:
        if is_address(name, text):
            return self._kept_url(text)
        if "://" in text:
            text = kept_urls(text, self._kept_url)
        if how.everything or (how.titles and name.lower().endswith("title")):
            return redact_marked(text, self._kinds)
        return text

    def _kept_url(self, url: str) -> str:
        return redact_marked(kept_url(url, self._query, self._keep), self._kinds)


def _is_personal(action: str) -> bool:
    """Whether the params of an action are a form's or a profile's."""
    return action in ("form.submit", "identify") or action.startswith("client.")
