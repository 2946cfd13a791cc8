"""The privacy page of a source: what may be kept, saved as a new version with its author and a comment."""

from starlette.responses import Response

from collector.admin.display import visible
from collector.admin.forms import Errors, Invalid
from collector.admin.guard import AdminRequest
from collector.admin.policy_fields import FIELDS, SECTIONS
from collector.admin.policy_form import PolicyForm
from collector.admin.policy_remarks import remarks
from collector.model.policy import Policy
from collector.model.source import Source
from collector.privacy.differences import differences
from collector.store import Store
from collector.store.interface import NewerPolicy

FORM_BYTES = 8_000_000
"""Room for two lists of ten thousand networks, as a browser encodes them."""


def policy_page(page: AdminRequest) -> Response:
    """Show the policy in force."""
    source = page.source()
    return show(page, source, PolicyForm.of(editable(page.context.store, source), source.policy_version))


def save(page: AdminRequest) -> Response:
    """Save a new version, or show the form again with its values and what is wrong with them."""
    source, form = page.source(), PolicyForm.read(page.form)
    if page.form.on("edit"):
        return show(page, source, form, unsaved=True)
    policy = checked(form, source)
    if policy is None:
        return show(page, source, form)
    if policy != source.policy or source.problem:
        try:
            page.context.store.save_policy(
                source.source_id,
                policy,
                author=page.user.name,
                comment=form.comment,
                expected_version=source.policy_version,
            )
        except NewerPolicy:  # saved since `checked` looked
            source = page.source()
            _tell_of_newer(form, source)
            return show(page, source, form)
    return page.go(f"/sources/{source.source_id}/privacy?saved=1")


def checked(form: PolicyForm, source: Source) -> Policy | None:
    """Return the policy of a form, None where it cannot be saved: then the form holds the complaints."""
    try:
        policy = form.policy()
    except Invalid as problem:
        form.errors = problem.errors
        return None
    if form.version != str(source.policy_version):
        _tell_of_newer(form, source)
        return None
    return policy


def _tell_of_newer(form: PolicyForm, source: Source) -> None:
    """Complain that another version was saved; the next save is over that one."""
    form.errors = {
        "comment": f"Someone saved version {source.policy_version} while you were editing. "
        "Your values still stand here: compare them with its history, then save again."
    }
    form.version = str(source.policy_version)


def editable(store: Store, source: Source) -> Policy:
    """Return the policy that the form begins with: the newest that can be read, else the defaults."""
    if not source.problem:
        return source.policy
    versions = store.policy_history(source.source_id)
    return next((version.policy for version in versions if version.policy is not None), Policy())


def show(page: AdminRequest, source: Source, form: PolicyForm, *, unsaved: bool = False) -> Response:
    """Show the form, with what is wrong with it and what is odd about what it says."""
    errors: Errors = form.errors
    policy = editable(page.context.store, source)
    if unsaved and not errors:
        try:
            policy = form.policy()
        except Invalid as problem:
            form.errors = errors = problem.errors
    return page.render(
        "privacy.html",
        422 if errors else 200,
        source=source,
        tab="privacy",
        form=form,
        errors=errors,
        sections=SECTIONS,
        remarks=[] if errors else remarks(policy, source.settings),
        unsaved=unsaved,
        saved=not errors and not unsaved and page.query("saved") == "1",
    )


def difference_rows(before: Policy, after: Policy) -> list[dict[str, object]]:
    """Return what differs, with the titles that the page gives the fields."""
    return [
        {
            "title": FIELDS[each.field].title,
            **each._asdict(),
            "removed": [value_words(each.field, line) for line in each.removed],
            "added": [value_words(each.field, line) for line in each.added],
        }
        for each in differences(before, after)
    ]


def value_words(field: str, value: str) -> str:
    """Return a value as the page calls it where it is one of a few; a rule as it is."""
    choices = FIELDS[field].choices if field in FIELDS else {}
    return choices[value][0] if value in choices else visible(value)
