"""Whatever an event holds and whatever the policy says, what is kept holds nothing that a rule removes.

Marked secrets are planted in drawn places; a drawn policy has rules against some of those places; then
all that was made is searched as text: the event, what follows from it, and the same as quarantine.
"""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from collector.enrich.campaign import campaign_of
from collector.model.beacon import Beacon
from collector.model.event import EventRecord, Params, StoredEvent
from collector.model.outcome import Rejected
from collector.model.policy import Policy
from collector.model.source import Source
from collector.normalise import normalise
from collector.privacy import apply_privacy, derive_from, kept_malformed
from tests.pipeline.make import NOON, make_beacon, make_raw, make_source

PERSONAL = {"email": "secret.mail@x.example", "phone": "+48600111222"} | {
    "card": "4111111111111111",
    "iban": "DE89370400440532013000",
}
ADDRESS = "203.0.113.177"
AGENT = "Mozilla/5.0 SecretAgent/7.42"
GEO = {"country_code": "PL", "country": "Poland", "region": "SecretRegion", "city": "SecretCity"}
ACTIONS = ["page.visit", "form.submit", "client.createOrUpdate", "search", "link.outbound"]


class Planted:
    """An event with secrets, and what must not be found of it under a policy."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.action = draw(st.sampled_from(ACTIONS))
        self.form = self.action in ("form.submit", "client.createOrUpdate")
        self.policy = draw(POLICIES)
        self.forbidden: set[str] = set()
        self.params: Params = self._named()
        self.context: Params = {
            "page": self._named() | {"url": self.address("page")},
            "original": self._named() | {"context": {"a": [self.address("original")]}},
            "screen": {"width": self._switched("SecretScreen", self.policy.keep_screen)},
            "language": self._switched("SecretLanguage", self.policy.keep_language),
        }
        for name in draw(st.sets(st.sampled_from(["url", "referrer", "anything", "href"]))):
            self.params[name] = self.address(name)
        self.params["previousReferrer"] = self._switched("SecretReferrer", self.policy.keep_referrer)
        self.params["title"] = self.text()
        self.label = self.text()
        if self.policy.redact_params and not self.form:
            self.params["note"] = {"list": [self.text()], self.text(): 1}

    def __repr__(self) -> str:
        return (
            f"{self.policy}\n{self.action} {self.label!r} {self.params} {self.context}\nnot {self.forbidden}"
        )

    def _switched(self, secret: str, kept: bool) -> str:
        if not kept:
            self.forbidden.add(secret)
        return secret

    def _named(self) -> Params:
        """Params that rules for names are about."""
        policy = self.policy
        tree: Params = {}
        for place in self._draw(
            st.sets(st.sampled_from(["a", "b", "o.a", "o.b", "o.p.a", "formData.email"]))
        ):
            secret = f"secret-{place}-x"
            names = place.split(".")
            inner = tree
            for name in names[:-1]:
                inner = inner.setdefault(name, {})
            within = {place, *(".".join(names[:end]) + ".*" for end in range(1, len(names)))}
            removing = {*policy.block_params, *policy.mask_params, *policy.hash_params}
            around = {".".join(names[:end]) for end in range(1, len(names))}
            if (within | around) & removing or (policy.allow_params and not within & {*policy.allow_params}):
                self.forbidden.add(secret)
            inner[names[-1]] = secret
        return tree

    def address(self, name: str) -> str:
        """The address of a page, full of secrets."""
        user, token, kept = f"user-{name}-x", f"token-{name}-x", f"kept-{name}-x"
        self.forbidden |= {user}
        if self.policy.query != "all":
            self.forbidden |= {token}
        if self.policy.query == "none" or (
            self.policy.query == "listed" and "kept" not in self.policy.keep_query
        ):
            self.forbidden |= {kept}
        spelt = self._draw(
            st.sampled_from([self.text(), self.text().replace("@", "%40").replace("+", "%2B")])
        )
        return f"https://{user}@x.example/p/{spelt}/?token={token}&gclid={token}&kept={kept}#/r?token={token}"

    def text(self) -> str:
        """A text with a value that tells a person."""
        kind = self._draw(st.sampled_from(sorted(PERSONAL)))
        if kind in self.policy.redact:
            self.forbidden.add(PERSONAL[kind])
        return f"of {PERSONAL[kind]} now" if self._draw(st.booleans()) else PERSONAL[kind]


_RULES = st.lists(
    st.sampled_from(["a", "b", "o", "o.*", "o.a", "o.p.*", "o.p.a", "formData", "formData.email"]), max_size=2
).map(tuple)
POLICIES = st.builds(
    Policy,
    block_params=_RULES,
    allow_params=st.just(()) | _RULES,
    mask_params=_RULES,
    hash_params=_RULES,
    query=st.sampled_from(["all", "listed", "none"]),
    keep_query=st.sampled_from([(), ("kept",)]),
    redact=st.lists(st.sampled_from(sorted(PERSONAL)), unique=True).map(tuple),
    redact_params=st.booleans(),
    address=st.sampled_from(["full", "shortened", "dropped"]),
    geo=st.sampled_from(["city", "region", "country", "none"]),
    keep_user_agent=st.booleans(),
    keep_screen=st.booleans(),
    keep_referrer=st.booleans(),
    keep_language=st.booleans(),
)


@st.composite
def planted(draw: st.DrawFn) -> Planted:
    return Planted(draw)


def written(made: Any) -> str:
    """All that would be stored, as text."""
    if isinstance(made, StoredEvent):
        made = {name: getattr(made, name) for name in made.__struct_fields__ if name != "derive"}
    return msgspec.json.encode(made).decode()


def of_the_visitor(policy: Policy) -> set[str]:
    """What the collector itself knows and must not write."""
    forbidden = set() if policy.address == "full" else {ADDRESS}
    if policy.address == "dropped":
        forbidden.add("203.0.113")
    if policy.geo != "city":
        forbidden.add("SecretCity")
    if policy.geo not in ("city", "region"):
        forbidden.add("SecretRegion")
    if policy.geo == "none":
        forbidden.add("Poland")
    if not policy.keep_user_agent:
        forbidden |= {"SecretAgent", "7.42"}
    return forbidden


def stored_event(event: Planted, beacon: Beacon, source: Source) -> StoredEvent:
    """Through normalise and privacy, with what enrich would add."""
    raw = make_raw(event.action, params=event.params, context=event.context, label=event.label, id="e1")
    made = normalise(raw, beacon)
    campaign, click_id = campaign_of(event.params.get("url", ""))
    told = {
        "user_agent": AGENT,
        "browser": {"name": "Other", "version": "7.42"},
        "geo": GEO,
        "campaign": campaign,
    }
    made.context |= told | ({"click_id": click_id} if click_id else {})
    return apply_privacy(made, beacon, source)


@given(planted())
def test_nothing_that_a_rule_removes_is_stored_or_follows(event: Planted) -> None:
    source, beacon = make_source(policy=event.policy), make_beacon(address=ADDRESS, user_agent=AGENT)
    stored = stored_event(event, beacon, source)
    record = EventRecord(
        seq=1,
        id="e1",
        action=event.action,
        label="",
        time_ms=NOON,
        received_ms=NOON,
        source_id="s",
        profile_id=1,
        session_id=None,
        uuid=None,
        params={},
        # Stored under an earlier policy that kept all.
        context=stored_event(event, beacon, make_source(policy=KEEPS_ALL)).context,
        derived=False,
    )
    later = derive_from(record, source)
    made = [
        stored,
        *(derive("session.end", event.label, event.params, NOON) for derive in (stored.derive, later)),
    ]
    for each in made:
        text = written(each)
        assert not {secret for secret in event.forbidden | of_the_visitor(event.policy) if secret in text}


KEEPS_ALL = Policy(address="full", redact=(), global_privacy_control=False)


@given(planted(), st.sampled_from(["{}", "[{}]", '{{"events":[{}]}}', '{{"evnts":{{"x":[[{}]]}}}}']))
def test_nothing_of_it_is_in_the_quarantine(event: Planted, form: str) -> None:
    source, beacon = make_source(policy=event.policy), make_beacon(address=ADDRESS, user_agent=AGENT)
    sent = {"action": event.action, "label": event.label, "params": event.params, "context": event.context}
    text = form.format(msgspec.json.encode(sent).decode()).encode()
    try:
        quarantine = kept_malformed(text, beacon, source)
    except Rejected:
        raise AssertionError("a quarantine refuses nothing aloud") from None
    assert quarantine.payload is not None
    kept = written(quarantine)
    assert not {
        secret for secret in event.forbidden | of_the_visitor(event.policy) - {"Poland"} if secret in kept
    }
