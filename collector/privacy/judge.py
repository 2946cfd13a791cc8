"""Whether the policy's lists let an event in. Block wins; a non-empty allow list admits only its own."""

from collector.model.beacon import Beacon
from collector.model.event import Event
from collector.model.outcome import Reason, Rejected
from collector.model.policy import Policy
from collector.privacy.lists import rule_list
from collector.privacy.page import page_paths


def judge(event: Event, beacon: Beacon, policy: Policy) -> None:
    """Let an event pass, or raise Rejected (ACTION_*, PAGE_*, BOT_*) with the rule that refused it."""
    judge_action(event.action, policy)
    _judge_page(event, beacon, policy)
    if policy.bots == "reject" and event.context.get("bot") and not event.trusted:
        raise Rejected(Reason.BOT_BLOCKED, "this source refuses bots", "bots")


def judge_action(action: str, policy: Policy) -> None:
    """The same for the action alone, of an event of ours too."""
    rule = rule_list(policy.block).match(action)
    if rule is not None:
        raise Rejected(Reason.ACTION_BLOCKED, f"blocklist: {rule}", rule)
    allow = rule_list(policy.allow)
    if allow and allow.match(action) is None:
        raise Rejected(Reason.ACTION_NOT_ALLOWED, "not on the allowlist")


def _judge_page(event: Event, beacon: Beacon, policy: Policy) -> None:
    """An event that tells no page (an app's, a server's) is none of theirs."""
    if policy.block_paths or policy.allow_paths:
        for path in page_paths(event, beacon):
            refusal = page_refusal(path, policy)
            if refusal is not None:
                raise refusal


def page_refusal(path: str, policy: Policy) -> Rejected | None:
    """Why a page of this path is not allowed, None where it is."""
    block, allow = rule_list(policy.block_paths, "/"), rule_list(policy.allow_paths, "/")
    rule = block.match(path)
    if rule is not None:
        return Rejected(Reason.PAGE_BLOCKED, f"blocklist of pages: {rule}", rule)
    if allow and allow.match(path) is None:
        return Rejected(Reason.PAGE_NOT_ALLOWED, "the page is not on the allowlist")
    return None
