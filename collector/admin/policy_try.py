"""Try before you save: an edited policy over the events of the last days, and over live traffic."""

import json
from typing import Any

import msgspec
from starlette.responses import Response

from collector.admin.display import Moment, moment, reason_words, visible, zone
from collector.admin.forms import shown
from collector.admin.guard import AdminRequest
from collector.admin.policy import checked, difference_rows, editable, show, value_words
from collector.admin.policy_fields import FIELDS
from collector.admin.policy_form import PolicyForm
from collector.admin.policy_notes import notes
from collector.model.policy import Policy
from collector.model.shadow import ShadowCount
from collector.model.source import Source
from collector.privacy.trial import Change, Tally, Trial
from collector.store import Store

DAYS = (1, 7, 30)
DAY_MS = 86_400_000
MAX_EVENTS = 20_000
PAGE = 500
"""Events read at once."""

RULES_SHOWN = 50


def run_trial(store: Store, source: Source, policy: Policy, since_ms: int) -> Trial:
    """Look at the stored events since then, newest first, MAX_EVENTS at most, under another policy."""
    trial = Trial(msgspec.structs.replace(source, policy=policy))
    before: int | None = None
    while trial.seen < MAX_EVENTS:
        records = store.events(source.source_id, before_seq=before, limit=PAGE, newest=True)
        for record in records:
            if record.received_ms < since_ms:
                return trial
            trial.add(record)
        if len(records) < PAGE:
            return trial
        before = records[-1].seq
    return trial


def try_page(page: AdminRequest) -> Response:
    """Show what the policy of the form would have done; nothing is saved."""
    source, form = page.source(), PolicyForm.read(page.form)
    policy = checked(form, source)
    if policy is None:
        return show(page, source, form)
    chosen = page.form.text("days")
    days = int(chosen) if chosen in map(str, DAYS) else 7
    store, now_ms = page.context.store, page.context.now_ms()
    trial = run_trial(store, source, policy, now_ms - days * DAY_MS)
    shown_in = zone(store.workspace().time_zone)

    def when(ms: int) -> Moment:
        return moment(ms, now_ms, shown_in)

    return page.render(
        "privacy_try.html",
        source=source,
        tab="privacy",
        form=form,
        days=days,
        all_days=DAYS,
        trial=trial,
        oldest=None if trial.oldest_ms is None else when(trial.oldest_ms),
        full=trial.seen >= MAX_EVENTS,
        differences=difference_rows(editable(store, source), policy),
        dropped=[
            _row(reason_words(reason), rule, tally, when) for (reason, rule), tally in _most(trial.dropped)
        ],
        changed=[
            _row(_title(field), value_words(field, rule), tally, when)
            for (field, rule), tally in _most(trial.changed)
        ],
        hidden=max(0, len(trial.dropped) - RULES_SHOWN) + max(0, len(trial.changed) - RULES_SHOWN),
        notes=notes(editable(store, source), policy, trial),
    )


def start_shadow(page: AdminRequest) -> Response:
    """Try the policy of the form on live traffic, or end a trial."""
    source, store = page.source(), page.context.store
    path = f"/sources/{source.source_id}/privacy"
    if page.form.on("stop"):
        store.save_shadow(source.source_id, None, author=page.user.name)
        return page.go(path)
    form = PolicyForm.read(page.form)
    policy = checked(form, source)
    if policy is None:
        return show(page, source, form)
    store.save_shadow(source.source_id, policy, author=page.user.name)
    return page.go(f"{path}/shadow")


def shadow_page(page: AdminRequest) -> Response:
    """Show what the policy on trial would have said so far."""
    source, store, now_ms = page.source(), page.context.store, page.context.now_ms()
    if source.shadow is None:
        return page.go(f"/sources/{source.source_id}/privacy")
    groups = shadow_groups(store.shadow_counts(source.source_id))
    return page.render(
        "privacy_shadow.html",
        source=source,
        tab="privacy",
        form=PolicyForm.of(source.shadow, source.policy_version),
        since=moment(source.shadow_ms, now_ms, zone(store.workspace().time_zone)),
        differences=difference_rows(source.policy, source.shadow),
        groups=groups,
        total=sum(count for rows in groups.values() for _, count in rows),
    )


def shadow_groups(counts: list[ShadowCount]) -> dict[str, list[tuple[str, int]]]:
    """Return what a trial counted, in words, by what it means for the events."""
    groups: dict[str, dict[str, int]] = {name: {} for name in ("in", "out", "changed", "same")}
    for each in counts:
        if each.live == each.shadow:
            group, words = "same", "Stored" if each.live == "stored" else fate_words(each.live)
        elif each.shadow == "changed":
            group, words = "changed", "Stored with other values"
        elif each.shadow == "stored":
            group, words = "in", f"Now: {fate_words(each.live)}"
        elif each.live == "stored":
            group, words = "out", fate_words(each.shadow)
        else:
            group, words = "same", f"{fate_words(each.live)}; then: {fate_words(each.shadow)}"
        groups[group][words] = groups[group].get(words, 0) + each.count
    return {name: sorted(rows.items(), key=lambda row: -row[1]) for name, rows in groups.items()}


def fate_words(fate: str) -> str:
    """Return a fate (`action_blocked: form.*`) in words."""
    reason, _, rule = fate.partition(": ")
    return f"{reason_words(reason)} ({visible(rule)})" if rule else reason_words(reason)


def _most(tallies: dict[tuple[str, str], Tally]) -> list[tuple[tuple[str, str], Tally]]:
    return sorted(tallies.items(), key=lambda item: -item[1].count)[:RULES_SHOWN]


def _title(field: str) -> str:
    return FIELDS[field].title if field in FIELDS else "What every policy takes out"


def _row(title: str, rule: str, tally: Tally, when: Any) -> dict[str, Any]:
    return {
        "title": title,
        "rule": visible(rule),
        "count": tally.count,
        "examples": [
            {
                "seq": record.seq,
                "time": when(record.time_ms),
                "action": visible(record.action),
                "label": visible(shown(record.label, 80)),
                "changes": [_change(change) for change in changes[:5]],
            }
            for record, changes in tally.examples
        ],
    }


def _change(change: Change) -> tuple[str, str, str]:
    return visible(shown(change.place, 80)), _value(change.before), _value(change.after)


def _value(value: Any) -> str:
    """A value as it stands in the store, short; "" for none."""
    return "" if value is None else visible(shown(json.dumps(value, ensure_ascii=False), 120))
