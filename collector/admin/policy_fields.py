"""All fields of the privacy page.

One table for the form, the template and the tests: a rule that the policy has and this table
lacks would be lost by saving, so a test holds the two together.
"""

from collector.admin.policy_choices import CONSENT, KEPT, TRUST
from collector.admin.policy_field import Field, Group
from collector.admin.policy_lists import LISTS

RETENTION = (
    Group(
        "How long events are kept",
        "",
        (
            Field(
                name="retention_days",
                kind="days",
                title="Days",
                hint="0 is for ever. Older events are deleted for good, not hidden.",
            ),
            Field(
                name="retention",
                kind="retention",
                title="Other days for some actions",
                hint="A rule and its days. The longest rule that fits decides.",
                example="form.* 30",
            ),
        ),
    ),
)

SECTIONS: dict[str, tuple[Group, ...]] = {
    "Lists": LISTS,
    "What is kept": KEPT,
    "Consent": CONSENT,
    "Whom to believe": TRUST,
    "For how long": RETENTION,
}
"""The sections of the page, in order."""

FIELDS: dict[str, Field] = {
    each.name: each for groups in SECTIONS.values() for group in groups for each in group.fields
}
"""All fields by their names, which are those of the policy."""
