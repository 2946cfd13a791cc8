"""What is odd about a policy, or has an effect that one may not expect. Said, never refused."""

from collector.enrich.countries import COUNTRY_NAMES
from collector.model.policy import Policy
from collector.model.source import Settings
from collector.privacy.lists import RuleList

_IDENTIFYING = ("formData.email", "email")


def remarks(policy: Policy, settings: Settings) -> list[str]:
    """Return what to say about a policy, a sentence or two each."""
    return [*_about_lists(policy), *_about_consent(policy, settings), *_about_keeping(policy)]


def _about_lists(policy: Policy) -> list[str]:
    said = []
    block, allow = RuleList(policy.block), RuleList(policy.allow)
    if "*" in policy.block:
        said.append("The blocklist of events holds *: nothing at all is kept.")
    elif block.match("page.visit") or (allow and allow.match("page.visit") is None):
        said.append("page.visit is not let in: visits to pages are not counted.")
    for name in ("", "_params", "_paths", "_hosts", "_referrers", "_countries", "_networks", "_agents"):
        both = sorted(set(getattr(policy, f"allow{name}")) & set(getattr(policy, f"block{name}")))
        if both:
            said.append(f"{both[0]} is on an allowlist and on its blocklist: the blocklist wins.")
    unknown = [
        code for code in (*policy.allow_countries, *policy.block_countries) if code not in COUNTRY_NAMES
    ]
    if unknown:
        britain = " The United Kingdom is GB." if "UK" in unknown else ""
        said.append(f"{unknown[0]} is no country’s code, so that rule fits nobody.{britain}")
    if policy.allow_countries or policy.allow_networks:
        said.append("A visitor whose country or network is not known is on no allowlist: not kept.")
    return said


def _about_consent(policy: Policy, settings: Settings) -> list[str]:
    said = []
    if policy.consent == "opt-in":
        said.append(
            "With opt-in the tag waits: it keeps nothing on the device and sends nothing before the page or "
            "a consent platform says that the visitor agreed. A page that never says so sends no events."
        )
    if policy.consent == "none" and (policy.categories or policy.consent_text):
        said.append("Nobody is asked, so that a category refuses only where the page tells a refusal.")
    if not settings.tag.device_storage:
        said.append(
            "This source is cookieless: nothing is kept on the device whatever is chosen here, and visitors "
            "are told apart for one day at most."
        )
    if not policy.global_privacy_control:
        said.append(
            "Global Privacy Control is not honoured. In some places, such as California, the law asks for it."
        )
    return said


def _about_keeping(policy: Policy) -> list[str]:
    said = []
    if policy.address == "full":
        said.append("Whole addresses are personal data in many places, and are kept as long as their events.")
    if policy.query == "listed" and not policy.keep_query:
        said.append("No query parameter is listed, so that none stays.")
    if policy.query != "listed" and policy.keep_query:
        said.append("The query parameters that stay count only where “those listed below” is chosen.")
    for rules in (policy.block_params, policy.mask_params, policy.hash_params):
        hidden = [name for name in _IDENTIFYING if RuleList(rules, any_case=True).match(name)]
        if hidden:
            said.append(f"{hidden[0]} is taken out or hidden, so that no form makes a visitor known by it.")
            break
    longer = [
        rule
        for rule, days in policy.retention.items()
        if policy.retention_days and days > policy.retention_days
    ]
    if longer:
        said.append(f"{longer[0]} is kept longer than the {policy.retention_days} days of all others.")
    return said
