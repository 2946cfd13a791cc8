"""The versions of a policy: who saved what when and why, what changed, and the way back to any of them."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.admin.display import moment, zone
from collector.admin.guard import AdminRequest
from collector.admin.policy import difference_rows
from collector.model.policy import Policy, PolicyVersion
from collector.store.interface import NewerPolicy

SHOWN = 200
"""Versions listed; older ones are reached by their number."""


def history_page(page: AdminRequest) -> Response:
    """List the versions, newest first, with what each changed."""
    return _history(page)


def _history(page: AdminRequest, *, overtaken: bool = False) -> Response:
    """The list; `overtaken` says that nothing was returned to, since someone saved a version meanwhile."""
    source, store, now_ms = page.source(), page.context.store, page.context.now_ms()
    shown_in = zone(store.workspace().time_zone)
    versions = store.policy_history(source.source_id)
    rows = [
        {
            "version": version,
            "time": moment(version.created_ms, now_ms, shown_in),
            "changes": difference_rows(*_pair(version, earlier)),
        }
        for version, earlier in zip(versions[:SHOWN], [*versions[1:], None], strict=False)
    ]
    return page.render(
        "privacy_history.html",
        422 if overtaken else 200,
        source=source,
        overtaken=overtaken,
        tab="privacy",
        rows=rows,
        hidden=max(0, len(versions) - SHOWN),
        returned=page.query("returned"),
    )


def version_page(page: AdminRequest) -> Response:
    """Show one version: what it changed, and what going back to it would change."""
    source, store, now_ms = page.source(), page.context.store, page.context.now_ms()
    version, earlier = _version(page)
    return page.render(
        "privacy_version.html",
        source=source,
        tab="privacy",
        version=version,
        time=moment(version.created_ms, now_ms, zone(store.workspace().time_zone)),
        changes=difference_rows(*_pair(version, earlier)),
        from_now=[] if version.policy is None else difference_rows(source.policy, version.policy),
        holds=difference_rows(Policy(), version.policy) if version.policy else [],
    )


def return_to(page: AdminRequest) -> Response:
    """Put an earlier version in force again, as a new one."""
    source = page.source()
    version, _ = _version(page)
    if version.policy is None:
        raise HTTPException(404)
    # The form says which version it was shown beside, so that nobody returns over one they have not seen.
    if page.form.on("version") and page.form.text("version") != str(source.policy_version):
        return _history(page, overtaken=True)
    if version.policy != source.policy or source.problem:
        try:
            page.context.store.save_policy(
                source.source_id,
                version.policy,
                author=page.user.name,
                comment=f"return to version {version.version}",
                expected_version=source.policy_version,
            )
        except NewerPolicy:
            return _history(page, overtaken=True)
    return page.go(f"/sources/{source.source_id}/privacy/history?returned={version.version}")


def _version(page: AdminRequest) -> tuple[PolicyVersion, PolicyVersion | None]:
    """The version in the path and the one before it. Raises HTTPException 404."""
    versions = page.context.store.policy_history(page.request.path_params["source_id"])
    for version, earlier in zip(versions, [*versions[1:], None], strict=True):
        if str(version.version) == page.request.path_params["version"]:
            return version, earlier
    raise HTTPException(404)


def _pair(version: PolicyVersion, earlier: PolicyVersion | None) -> tuple[Policy, Policy]:
    """The policies before and after; what cannot be read, or is not there, counts as the defaults."""
    before = earlier.policy if earlier is not None else None
    return before or Policy(), version.policy or before or Policy()
