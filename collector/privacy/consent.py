"""Whether the visitor's wish lets an event be kept, and what of it is evidence.

The state comes with each beacon and counts for its own events alone. Nothing is remembered here for
a uuid: who knows another's could else agree in their name.
"""

from collector.model.beacon import Beacon
from collector.model.consent import EVIDENCE, ConsentDecision, ConsentState
from collector.model.event import Event, Params
from collector.model.outcome import Reason, Rejected
from collector.model.policy import Policy
from collector.privacy.rules import rules_of

MAX_TEXT_VERSION = 64
"""In characters, as of `Policy.consent_text`."""

METHODS = frozenset({"call", "google", "tcf", "api"})
"""How a decision is said; what a sender calls otherwise is `other`."""


def check_consent(
    event: Event, beacon: Beacon, policy: Policy, policy_version: int
) -> ConsentDecision | None:
    """Let an event pass, or raise Rejected (OPTED_OUT, NO_CONSENT); return what it tells of a decision.

    A decision itself needs no consent, a refusal as little as a grant. The browser's wish is above it.
    """
    if policy.global_privacy_control and beacon.global_privacy_control:
        raise Rejected(Reason.OPTED_OUT, "the browser sends Global Privacy Control", "global_privacy_control")
    if policy.do_not_track and beacon.do_not_track:
        raise Rejected(Reason.OPTED_OUT, "the browser sends Do Not Track", "do_not_track")
    if event.action in EVIDENCE:
        by = event.params.get("by")
        return ConsentDecision(
            state=_asked_for(event.consent, policy),
            method=by if by in METHODS else "other",
            text_version=_text_version(event, policy),
            policy_version=policy_version,
        )
    # A back end answers for what it sends without a word, a person's token does not: it says who the person
    # is, not what they wish. The visitor's own no counts there too.
    of_back_end = beacon.trusted and not beacon.signed_in
    judge_consent(event.action, event.consent, policy, undecided=of_back_end or policy.consent != "opt-in")
    return None


def _text_version(event: Event, policy: Policy) -> str:
    """Which text was decided about; what is redacted in it must not make it longer than it may be."""
    told = event.params.get("text_version", policy.consent_text)
    return rules_of(policy).texts.text(told)[:MAX_TEXT_VERSION]


def judge_consent(action: str, state: ConsentState, policy: Policy, *, undecided: bool) -> None:
    """Let an action pass under what the visitor has said, or raise Rejected(NO_CONSENT).

    The first category that names the action decides: its own word, or else the general one. Without a
    category the mode does. `undecided`: whether an action may pass where nothing was said.
    """
    categories = rules_of(policy).categories
    category = next((name for name, rules in categories if rules.match(action)), None) if categories else None
    if category is None:
        if policy.consent == "none":
            return
        wish = state.granted
    else:
        wish = state.categories.get(category, state.granted)
    if not (undecided if wish is None else wish):
        asked = policy.consent if category is None else f"the category {category}"
        raise Rejected(Reason.NO_CONSENT, f"no consent: {asked}", category or policy.consent)


def may_follow(action: str, cause_context: Params, policy: Policy) -> bool:
    """Whether what was said with a stored event lets this action follow from it.

    Where nothing was said, its cause was let in without: so is what follows.
    """
    kept = cause_context.get("consent")
    if not kept:
        return True
    state = ConsentState(granted=kept.get("granted"), categories=kept.get("categories", {}))
    try:
        judge_consent(action, state, policy, undecided=policy.consent != "opt-in")
    except Rejected:
        return False
    return True


def kept_consent(state: ConsentState, policy: Policy) -> Params:
    """What an event keeps of the state it was stored under: {} where the visitor had not decided."""
    kept: Params = {} if state.granted is None else {"granted": state.granted}
    categories = _asked_for(state, policy).categories
    if categories:
        kept["categories"] = categories
    return kept


def _asked_for(state: ConsentState, policy: Policy) -> ConsentState:
    """The state with the categories that the policy asks for: other names are whatever a sender wrote."""
    if not state.categories:
        return state
    names = {category.name for category in policy.categories}
    return ConsentState(
        granted=state.granted,
        categories={name: yes for name, yes in state.categories.items() if name in names},
    )
