"""Every cell of {GPC, DNT, consent state, mode, policy}: what the collector stores and keeps in evidence."""

import itertools
from typing import Any

import pytest

from collector.model.policy import Category, ConsentMode, Policy
from tests.receive.running import Running

STATES: dict[str, dict[str, Any]] = {
    "none told": {},
    "undecided": {"consent": {"granted": None}},
    "granted": {"consent": "granted"},
    "denied": {"consent": "denied"},
    "granted, ads not": {"consent": {"granted": True, "categories": {"ads": False}}},
    "denied, ads not": {"consent": {"granted": False, "categories": {"ads": False}}},
    "denied, but ads": {"consent": {"granted": False, "categories": {"ads": True}}},
    "ads alone": {"consent": {"categories": {"ads": True}}},
}
"""What the envelope tells."""

BOTH, PLAIN, ADS, NONE = {"plain", "ad.seen"}, {"plain"}, {"ad.seen"}, set[str]()

STORED: dict[str, tuple[set[str], set[str], set[str]]] = {
    # Where the policy is   none   opt-out opt-in
    "none told": (BOTH, BOTH, NONE),
    "undecided": (BOTH, BOTH, NONE),
    "granted": (BOTH, BOTH, BOTH),
    "denied": (PLAIN, NONE, NONE),
    "granted, ads not": (PLAIN, PLAIN, PLAIN),
    "denied, ads not": (PLAIN, NONE, NONE),
    "denied, but ads": (BOTH, ADS, ADS),
    "ads alone": (BOTH, BOTH, ADS),
}
"""What is stored of both actions where `ad.*` is a category of its own. Without it both are as `plain`."""

MODES: tuple[ConsentMode, ...] = ("none", "opt-out", "opt-in")
EVIDENCE = {"consent.granted", "consent.denied"}
ACTIONS = ("plain", "ad.seen", *sorted(EVIDENCE))


def expected(policy: Policy, state: str, gpc: bool, dnt: bool) -> tuple[set[str], str]:
    """What of ACTIONS is stored, and the reason of the others."""
    if (gpc and policy.global_privacy_control) or (dnt and policy.do_not_track):
        return set(), "opted_out"
    stored = STORED[state][MODES.index(policy.consent)]
    if not policy.categories:
        stored = BOTH if "plain" in stored else NONE
    return stored | EVIDENCE, "no_consent"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("category", [False, True], ids=["no category", "ads are a category"])
def test_every_cell_is_stored_as_the_policy_says(
    collector: Running, mode: ConsentMode, category: bool
) -> None:
    categories = (Category(name="ads", actions=("ad.*",)),) if category else ()
    yes_or_no = (False, True)
    for honours_gpc, honours_dnt in itertools.product(yes_or_no, repeat=2):
        policy = Policy(
            global_privacy_control=honours_gpc, do_not_track=honours_dnt, consent=mode, categories=categories
        )
        source_id = collector.store.add_source("Low Tide Pottery", policy=policy).source_id
        wanted: dict[str, set[str]] = {}
        sums = {"stored": 0}
        for gpc, dnt, state in itertools.product(yes_or_no, yes_or_no, STATES):
            cell = f"{gpc=} {dnt=} {state}"
            wanted[cell], reason = expected(policy, state, gpc, dnt)
            sums["stored"] += len(wanted[cell])
            sums[reason] = sums.get(reason, 0) + len(ACTIONS) - len(wanted[cell])
            headers = {"sec-gpc": "1"} if gpc else {}
            headers |= {"dnt": "1"} if dnt else {}
            events = [{"action": action, "uuid": cell} for action in ACTIONS]
            answer = collector.post(source_id, {"events": events} | STATES[state], headers=headers)
            # A page cannot tell from the answer what became of it.
            assert (answer.status_code, answer.content) == (204, b"")
        stored: dict[str, set[str]] = {cell: set() for cell in wanted}
        for event in collector.events(source_id):
            stored[str(event.uuid)].add(event.action)
        assert stored == wanted
        kept = {
            (record.uuid, record.decision.state.granted)
            for record in collector.store.consents(source_id, limit=1000)
        }
        assert kept == {
            (cell, granted) for cell, found in wanted.items() if found & EVIDENCE for granted in yes_or_no
        }
        assert collector.sums(source_id) == {name: count for name, count in sums.items() if count}
