"""The privacy page of a source: what may be kept, saved as a new version with its author and a comment."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from starlette.responses import Response

from collector.admin.display import moment, zone
from collector.admin.forms import Errors, Form, Invalid, lines, shown
from collector.admin.guard import AdminRequest
from collector.admin.values import check_path_rule, check_rule
from collector.model.policy import Address, Policy, Trust
from collector.model.source import Source

MAX_COMMENT = 200
HISTORY = 20

LISTS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("allow", "block", "allow_params", "block_params"), check_rule),
    **dict.fromkeys(("allow_paths", "block_paths"), check_path_rule),
}
"""The lists of a policy, and what checks a line of each."""

ADDRESSES: dict[Address, tuple[str, str]] = {
    "full": ("Whole", "Kept as it is. Have a reason for it."),
    "shortened": (
        "Shortened",
        "The network alone: 203.0.113.0 or 2001:db8:1::. The place is looked up before.",
    ),
    "dropped": ("Not kept", "The place is looked up, then the address is forgotten."),
}
BOTS: dict[str, tuple[str, str]] = {
    "mark": ("Mark them", "Kept, and marked as a bot's."),
    "reject": ("Reject them", "Counted, not kept."),
}
TRUSTS: dict[Trust, tuple[str, str]] = {
    "strict": ("Strict", "Data about a person needs a token of yours. A form without one is rejected."),
    "standard": (
        "Standard",
        "A form makes an unknown visitor known. Of a known person it may fill empty fields; it changes "
        "nothing that you wrote and turns no agreement on or off.",
    ),
    "trusting": (
        "Trusting",
        "A form may change a known person. Whoever types another's e-mail address can rewrite their data.",
    ),
}


@dataclass
class PolicyForm:
    """What stands in the fields of the privacy page."""

    lists: dict[str, str]
    address: str
    global_privacy_control: bool
    do_not_track: bool
    bots: str
    trust: str
    comment: str = ""

    @classmethod
    def of(cls, policy: Policy) -> "PolicyForm":
        """Return the form filled with a policy."""
        return cls(
            lists={name: "\n".join(getattr(policy, name)) for name in LISTS},
            address=policy.address,
            global_privacy_control=policy.global_privacy_control,
            do_not_track=policy.do_not_track,
            bots=policy.bots,
            trust=policy.trust,
        )

    @classmethod
    def read(cls, form: Form) -> "PolicyForm":
        """Return the form as sent."""
        return cls(
            lists={name: form.text(name) for name in LISTS},
            address=form.text("address"),
            global_privacy_control=form.on("global_privacy_control"),
            do_not_track=form.on("do_not_track"),
            bots=form.text("bots"),
            trust=form.text("trust"),
            comment=form.text("comment").strip(),
        )


def read_policy(form: Form) -> Policy:
    """Return the policy of a form. Raises Invalid with every complaint."""
    errors: Errors = {}
    rules: dict[str, tuple[str, ...]] = {}
    for field, check in LISTS.items():
        try:
            rules[field] = tuple(check(line) for line in lines(form.text(field)))
        except ValueError as problem:
            errors[field] = str(problem)
    address = form.choice("address", ADDRESSES, errors)
    bots = form.choice("bots", BOTS, errors)
    trust = form.choice("trust", TRUSTS, errors)
    comment = form.text("comment").strip()
    if len(comment) > MAX_COMMENT:
        errors["comment"] = f"The comment has {len(comment)} characters. Use at most {MAX_COMMENT}."
    elif not comment.isprintable():
        errors["comment"] = f"“{shown(comment)}” holds a control character. Type the comment anew."
    if errors or address is None or bots is None or trust is None:
        raise Invalid(errors)
    return msgspec.structs.replace(
        Policy(),
        **rules,
        address=address,
        global_privacy_control=form.on("global_privacy_control"),
        do_not_track=form.on("do_not_track"),
        bots="reject" if bots == "reject" else "mark",
        trust=trust,
    )


def policy_page(page: AdminRequest) -> Response:
    """Show the policy in force and its last versions."""
    source = page.source()
    return _show(page, source, PolicyForm.of(source.policy), {})


def save(page: AdminRequest) -> Response:
    """Save a new version, or show the form again with its values and what is wrong with them."""
    source, form = page.source(), PolicyForm.read(page.form)
    try:
        policy = read_policy(page.form)
    except Invalid as problem:
        return _show(page, source, form, problem.errors)
    if page.form.text("version") != str(source.policy_version):
        complaint = (
            f"Someone saved version {source.policy_version} while you were editing. "
            "Your values still stand here: compare them with the versions below, then save again."
        )
        return _show(page, source, form, {"comment": complaint})
    if policy != source.policy:
        page.context.store.save_policy(source.source_id, policy, author=page.user.name, comment=form.comment)
    return page.go(f"/sources/{source.source_id}/privacy?saved=1")


def _show(page: AdminRequest, source: Source, form: PolicyForm, errors: Errors) -> Response:
    store, now_ms = page.context.store, page.context.now_ms()
    shown_in = zone(store.workspace().time_zone)
    return page.render(
        "privacy.html",
        422 if errors else 200,
        source=source,
        tab="privacy",
        form=form,
        errors=errors,
        addresses=ADDRESSES,
        bots=BOTS,
        trusts=TRUSTS,
        history=[
            (moment(version.created_ms, now_ms, shown_in), version)
            for version in store.policy_history(source.source_id)[:HISTORY]
        ],
        saved=not errors and page.query("saved") == "1",
    )
