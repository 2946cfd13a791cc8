"""What a trial over stored events cannot tell, in words: it sees only what earlier policies let through."""

from collector.admit.token import FORM_ACTIONS
from collector.model.policy import Policy
from collector.privacy.lists import RuleList
from collector.privacy.trial import Trial

_UNTOLD = {
    "agents": "keep no User-Agent, so that the lists of programs could not be asked about them",
    "countries": "keep no place, so that the lists of countries could not be asked about them",
    "networks": "keep no whole address, so that rules for networks longer than /24 (IPv6: /48) could not be "
    "asked about them",
}


def notes(now: Policy, policy: Policy, trial: Trial) -> list[str]:
    """Return what to know about a trial of `policy` where `now` is in force."""
    said = [
        f"{_events(count)} {_UNTOLD[name] if count > 1 else _UNTOLD[name].replace('keep', 'keeps', 1)}."
        for name, count in trial.untold.items()
    ]
    if policy.allow_referrers or policy.block_referrers:
        said.append("An event whose referrer was not kept is on no list of referrers here.")
    if policy.global_privacy_control and not now.global_privacy_control:
        said.append(
            "Whether a browser sent Global Privacy Control was not kept: what it refuses is not seen."
        )
    if policy.do_not_track and not now.do_not_track:
        said.append("Whether a browser sent Do Not Track was not kept: what it refuses is not seen.")
    if policy.consent != "none" or policy.categories:
        said.append(
            "A stored event tells of consent what the policy then in force asked for: of all else it counts "
            "as undecided."
        )
    if any(
        getattr(policy, f"{side}_{name}")
        for side in ("allow", "block")
        for name in ("countries", "networks", "agents", "bots")
    ):
        said.append(
            "Whether an api key came along was not kept: events of your own back end are judged as a "
            "visitor’s here, although these lists do not count for them."
        )
    needing = RuleList(policy.token_actions + (tuple(FORM_ACTIONS) if policy.trust == "strict" else ()))
    tokens = sum(count for action, count in trial.actions.items() if needing.match(action))
    if tokens:
        said.append(
            f"{_events(tokens)} would have needed a token or an api key. Whether one came along was not kept."
        )
    return said


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"
