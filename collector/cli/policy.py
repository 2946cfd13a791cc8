"""`tagwell policy`: a source's privacy rules as code."""

import time
from pathlib import Path

import click
import msgspec

from collector.admin.display import reason_words
from collector.admin.policy_form import MAX_COMMENT
from collector.admin.policy_notes import notes
from collector.admin.policy_try import DAY_MS, MAX_EVENTS, run_trial
from collector.cli.common import (
    actor,
    find_source,
    iso,
    json_option,
    open_store,
    print_json,
    printable,
    store_option,
)
from collector.cli.policy_file import policy_toml, read_file
from collector.cli.policy_test import fault_of, read_tests, source_of_tests
from collector.errors import OperatorError
from collector.model.policy import Policy, PolicyVersion
from collector.model.source import Source
from collector.privacy.differences import Difference, differences
from collector.privacy.trial import Trial
from collector.store import Store

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def policy() -> None:
    """What may be kept of a source's events."""


@policy.command()
@click.argument("source_id", metavar="SOURCE")
@click.option("--changed", is_flag=True, help="Only what differs from the defaults.")
@store_option
@json_option
def show(source_id: str, changed: bool, store: str | None, as_json: bool) -> None:
    """Show the policy in force, as a file that `apply` takes."""
    found = find_source(open_store(store), source_id)
    if found.problem:
        raise OperatorError(
            f"Nothing is kept for {found.source_id}: {found.problem}. "
            "Apply a policy anew, or go back to an earlier version: tagwell policy return SOURCE VERSION"
        )
    if as_json:
        print_json({"version": found.policy_version, **msgspec.to_builtins(found.policy)})
        return
    click.echo(f"# {printable(found.name)}, version {found.policy_version}")
    click.echo(policy_toml(found.policy, everything=not changed), nl=False)


@policy.command()
@click.argument("source_id", metavar="SOURCE")
@click.argument("file", type=_FILE)
@click.option("--comment", default="", help="Why, for the history.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@store_option
@json_option
def apply(source_id: str, file: Path, comment: str, dry_run: bool, store: str | None, as_json: bool) -> None:
    """Put a policy file (TOML) in force. What it leaves out takes the default; its [[tests]] do not count."""
    comment = _checked_comment(comment)
    rules, _ = read_file(file)
    opened = open_store(store)
    found = find_source(opened, source_id)
    changes = differences(found.policy, rules)
    if dry_run:
        _print_changes(changes, as_json)
        return
    saved = opened.save_policy(found.source_id, rules, author=actor(), comment=comment)
    if as_json:
        print_json(_version(saved))
        return
    _print_changes(changes, as_json)
    click.echo(f"version {saved.version} is in force on a running server within a second")


@policy.command("return")
@click.argument("source_id", metavar="SOURCE")
@click.argument("version", type=int)
@store_option
@json_option
def return_(source_id: str, version: int, store: str | None, as_json: bool) -> None:
    """Put an earlier version in force again, as a new one."""
    opened = open_store(store)
    found = find_source(opened, source_id)
    earlier = {each.version: each for each in opened.policy_history(found.source_id)}.get(version)
    if earlier is None:
        raise OperatorError(f"There is no version {version}. See: tagwell policy history {source_id}")
    if earlier.policy is None:
        raise OperatorError(f"Version {version} cannot be put in force: {earlier.problem}")
    saved = opened.save_policy(
        found.source_id, earlier.policy, author=actor(), comment=f"return to version {version}"
    )
    if as_json:
        print_json(_version(saved))
    else:
        click.echo(f"version {saved.version} is in force on a running server within a second")


@policy.command()
@click.argument("source_id", metavar="SOURCE")
@click.option("--diff", is_flag=True, help="What each version changed.")
@store_option
@json_option
def history(source_id: str, diff: bool, store: str | None, as_json: bool) -> None:
    """List all versions, newest first."""
    opened = open_store(store)
    versions = opened.policy_history(find_source(opened, source_id).source_id)
    for version, earlier in zip(versions, [*versions[1:], None], strict=True):
        before = (earlier.policy if earlier else None) or Policy()
        changes = differences(before, version.policy or before)
        if as_json:
            shown = {"changes": [each._asdict() for each in changes]} if diff else {}
            print_json(_version(version) | shown)
            continue
        note = f"  ({version.problem})" if version.problem else ""
        author, comment = printable(version.author), printable(version.comment)
        click.echo(f"{version.version:4}  {iso(version.created_ms)}  {author}  {comment}{note}")
        if diff:
            _print_changes(changes, as_json)


@policy.command()
@click.argument("file", type=_FILE)
@click.argument("source_id", metavar="[SOURCE]", required=False)
@click.option("--days", type=click.IntRange(1, 3650), default=7, help="How many days of stored events.")
@store_option
@json_option
@click.pass_context
def test(
    context: click.Context, file: Path, source_id: str | None, days: int, store: str | None, as_json: bool
) -> None:
    """Check a policy file and run its [[tests]]; with SOURCE, try it on the stored events too.

    Ends with status 1 where a test fails.
    """
    rules, tables = read_file(file)
    tests = read_tests(tables, file)
    opened = open_store(store) if source_id is not None else None
    found = find_source(opened, source_id) if opened and source_id is not None else source_of_tests(rules)
    failed = 0
    for each in tests:
        fault = fault_of(each, msgspec.structs.replace(found, policy=rules, problem=""))
        failed += bool(fault)
        if as_json:
            print_json({"test": each.name, "ok": not fault, "fault": fault})
        else:
            click.echo(
                f"{'FAIL' if fault else 'ok  '}  {printable(each.name + (f': {fault}' if fault else ''))}"
            )
    if not as_json:
        click.echo(f"the file is a policy; {len(tests) - failed} of {len(tests)} tests hold")
    if opened is not None:
        _try(opened, found, rules, days, as_json)
    if failed:
        context.exit(1)


def _checked_comment(comment: str) -> str:
    """Return a comment that the page would take too. Raises OperatorError."""
    comment = comment.strip()
    if len(comment) > MAX_COMMENT:
        raise OperatorError(f"The comment has {len(comment)} characters. Use at most {MAX_COMMENT}.")
    if not comment.isprintable():  # what is not UTF-8 reaches Python as characters that are not, either
        raise OperatorError(
            f"The comment “{printable(comment)}” holds a control character, or is not UTF-8. Type it anew."
        )
    return comment


def _try(store: Store, source: Source, rules: Policy, days: int, as_json: bool) -> None:
    trial = run_trial(store, source, rules, time.time_ns() // 1_000_000 - days * DAY_MS)
    if as_json:
        print_json(_trial(trial))
        return
    changed = trial.seen - trial.refused - trial.same
    since = f", back to {iso(trial.oldest_ms)}" if trial.oldest_ms is not None else ""
    more = f" (the newest {MAX_EVENTS}; there may be more)" if trial.seen >= MAX_EVENTS else ""
    click.echo(f"{trial.seen} stored events of the last {days} days{since}{more}:")
    click.echo(f"  {trial.refused} would be dropped, {changed} changed, {trial.same} stay as they are")
    for (reason, rule), tally in trial.dropped.items():
        click.echo(f"  dropped {tally.count:6}  {reason_words(reason)}  {printable(rule)}")
    for (field, rule), tally in trial.changed.items():
        click.echo(f"  changed {tally.count:6}  {field}  {printable(rule)}")
    for note in notes(source.policy, rules, trial):
        click.echo(f"  note: {note}")


def _trial(trial: Trial) -> dict[str, object]:
    return {
        "seen": trial.seen,
        "oldest_received_at": iso(trial.oldest_ms) if trial.oldest_ms is not None else None,
        "same": trial.same,
        "dropped": [
            {"reason": reason, "rule": rule, "events": tally.count}
            for (reason, rule), tally in trial.dropped.items()
        ],
        "changed": [
            {"field": field, "rule": rule, "events": tally.count}
            for (field, rule), tally in trial.changed.items()
        ],
        "untold": dict(trial.untold),
    }


def _print_changes(changes: list[Difference], as_json: bool) -> None:
    if as_json:
        print_json({"changes": [each._asdict() for each in changes]})
        return
    for each in changes:
        click.echo(f"  {each.field}")
        for line in each.removed:
            click.echo(f"    - {printable(line)}")
        if each.more_removed:
            click.echo(f"    - and {each.more_removed} more")
        for line in each.added:
            click.echo(f"    + {printable(line)}")
        if each.more_added:
            click.echo(f"    + and {each.more_added} more")
    if not changes:
        click.echo("  no difference")


def _version(version: PolicyVersion) -> dict[str, object]:
    return {
        "version": version.version,
        "author": version.author,
        "comment": version.comment,
        "created_at": iso(version.created_ms),
        "policy": msgspec.to_builtins(version.policy),
        "problem": version.problem,
    }
