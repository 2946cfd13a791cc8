"""What a policy keeps of the texts of an event: of addresses, of titles, and of all where it says so."""

import re
from typing import Any

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


MAX_PLAIN, MAX_PLAIN_LENGTH = 1000, 256
"""Names with their values that are remembered as nothing to be taken out of, and how long either may be:
a site has few pages and many visitors, so that most of what an event tells was looked at before."""


class _How:
    """What is looked for within an object: everything in any text, names that are refused, titles.

    `plain` are names with values that stay as they are. Nothing `personal` is remembered there.
    """

    __slots__ = ("everything", "personal", "plain", "refused", "titles")

    def __init__(
        self,
        everything: bool,
        refused: re.Pattern[str] | None,
        *,
        titles: bool = True,
        personal: bool = False,
    ) -> None:
        self.everything = everything
        self.refused = refused
        self.titles = titles
        self.personal = personal
        self.plain: set[tuple[str, Any]] = set()

    def remember(self, name: str, value: Any) -> None:
        """Note that this value stays as it is under this name."""
        too_long = len(name) > MAX_PLAIN_LENGTH or (type(value) is str and len(value) > MAX_PLAIN_LENGTH)
        if self.personal or too_long:
            return
        if len(self.plain) >= MAX_PLAIN:
            self.plain.clear()
        self.plain.add((name, value))


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
        no_params = None if policy.keep_referrer else re.compile(_REFERRER, re.IGNORECASE)
        refused = [names for switch, names in _REFUSED.items() if not getattr(policy, switch)]
        if policy.geo != "city":
            refused.append(_PLACE)
            if policy.geo != "region":
                refused.append(_REGION)
        no_context = re.compile("|".join(refused), re.IGNORECASE) if refused else None
        self._beside = _How(True, no_context)
        self._params = _How(policy.redact_params, no_params)
        # What a form calls a title, the visitor wrote; that of the page stands at the top.
        self._personal = _How(False, no_params, personal=True)
        self._personal_within = _How(False, no_params, titles=False, personal=True)
        self._marked = marks("" if policy.query == "all" else SIGNS).search

    def params(self, action: str, params: Params) -> Params:
        """Return what may be kept of the params of an event of this action."""
        if _is_personal(action):
            return self._object(params, self._personal, self._personal_within)
        return self._object(params, self._params, self._params)

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
        plain, refused = how.plain, how.refused
        for name, value in params.items():
            kind = type(value)
            if kind is not dict and kind is not list and (name, value) in plain:
                kept[name] = value
                continue
            if refused is not None and refused.search(name) is not None:
                continue
            # A name may be an address itself.
            shown = self._text(name, "", how) if self._marked(name) else name
            if kind is dict or kind is list:
                kept[shown] = self._value(value, shown, within)
                continue
            own = self._value(value, shown, how if kind is str else within)
            if own is value and shown is name:
                how.remember(name, value)
            kept[shown] = own
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
