"""Every cell of {GPC, DNT, consent state, mode, storage}: what is sent, stored, and on the device."""

import itertools
import json
from typing import Any, NamedTuple, get_args

from playwright.sync_api import Browser, Page

from collector.model.policy import Category, ConsentMode, Policy
from collector.model.source import Modules, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Sent, Site
from e2e.tag.consent import device, evidence, settle

GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true});"
DNT = "Object.defineProperty(navigator, 'doNotTrack', {value: '1'});"
WISHES = {"no wish": "", "GPC": GPC, "DNT": DNT, "GPC and DNT": GPC + DNT}

SAID: dict[str, tuple[list[str], dict[str, bool]]] = {
    "undecided": ([], {}),
    "granted": (["granted"], {}),
    "granted, ads not": (["granted"], {"ads": False}),
    "denied": (["denied"], {}),
    "denied, but ads": (["denied"], {"ads": True}),
    "granted, then denied": (["granted", "denied"], {}),
}
"""What the page tells the tag as it starts: words, and the categories beside them."""

BOTH, PLAIN, NONE = {"shop.open", "ad.seen"}, {"shop.open"}, set[str]()
KNOWN, REMEMBERED, NOTHING = {"uuid"}, {"uuid", "consent"}, set[str]()


class Cell(NamedTuple):
    """What is stored, what is kept in evidence, and what lies on the device."""

    stored: set[str]
    decisions: list[bool]
    device: set[str]


SILENCE = Cell(NONE, [], NOTHING)

EXPECTED: dict[str, tuple[Cell, Cell, Cell]] = {
    # Where the policy is  none                       opt-out                    opt-in
    "undecided": (Cell(BOTH, [], KNOWN), Cell(BOTH, [], KNOWN), SILENCE),
    "granted": (Cell(BOTH, [True], REMEMBERED),) * 3,
    "granted, ads not": (Cell(PLAIN, [True], REMEMBERED),) * 3,
    # A no ends everything in the tag, also what the collector would take: where nobody is asked, and
    # what a category's yes lets in.
    "denied": (Cell(NONE, [False], NOTHING),) * 3,
    "denied, but ads": (Cell(NONE, [False], NOTHING),) * 3,
    # What waited goes, the word for it too: nothing was collected under it.
    "granted, then denied": (Cell(NONE, [False], NOTHING),) * 3,
}
"""Where the browser has no wish and the device may be used."""

MODES: tuple[ConsentMode, ...] = get_args(ConsentMode)


def _make_sites(make_site: MakeSite) -> dict[tuple[ConsentMode, bool], Site]:
    """A source for each mode, with storage and without. Each tag has its own name: one page carries all."""
    return {
        (mode, storage): make_site(
            Settings(
                tag=TagSettings(
                    name=_name(mode, storage), device_storage=storage, modules=Modules(page_visits=False)
                )
            ),
            Policy(do_not_track=True, consent=mode, categories=(Category(name="ads", actions=("ad.*",)),)),
        )
        for mode in MODES
        for storage in (True, False)
    }


def _name(mode: ConsentMode, storage: bool) -> str:
    return f"{mode.replace('-', '')}_{'kept' if storage else 'cookieless'}"


def _stub(name: str, state: str, cell: str) -> str:
    """Calls made before the tag is there: they run as it starts, before anything is sent."""
    words, categories = SAID[state]
    calls: list[list[Any]] = [
        ["consent", [word, {"categories": categories, "text": cell}], 0] for word in words
    ]
    calls += [["track", [action, {"cell": cell}], 0] for action in sorted(BOTH)]
    return f"<script>{name} = {{q: {json.dumps(calls)}}}</script>"


def _wait_for_answers(page: Page, sites: list[Site]) -> None:
    """Wait until all of these were answered, and the outbox has heard of it."""
    page.wait_for_function(
        """(ids) => {
            const told = performance.getEntriesByType('resource').map(({name}) => name)
            return ids.every((id) => told.some((name) => name.endsWith('/b/' + id))) && !localStorage.length
        }""",
        arg=[site.id for site in sites],
    )


def _on_device(page: Page) -> set[str]:
    """The names of all that lies there."""
    lies = device(page)
    cookies = {str(cookie.get("name")) for cookie in page.context.cookies()}
    return cookies | {*lies["local"], *lies["session"], *lies["databases"]}


def test_every_cell(browser: Browser, browser_context_args: dict[str, Any], make_site: MakeSite) -> None:
    sites = _make_sites(make_site)
    lines = "".join(site.line for site in sites.values())
    wanted: dict[str, Cell] = {}
    posted: dict[str, bool] = {}
    for wish, state in itertools.product(WISHES, SAID):
        names: set[str] = set()
        stubs = ""
        cells = {key: f"{_name(*key)}, {wish}, {state}" for key in sites}
        for (mode, storage), cell in cells.items():
            wanted[cell] = EXPECTED[state][MODES.index(mode)] if wish == "no wish" else SILENCE
            names |= {f"{_name(mode, storage)}_{one}" for one in wanted[cell].device if storage}
            stubs += _stub(_name(mode, storage), state, cell)
        context = browser.new_context(**browser_context_args)
        page = context.new_page()
        page.add_init_script(WISHES[wish])
        sent = Sent(page)
        page.goto(sites["none", True].collector.page(f"<title>{wish}, {state}</title>{stubs}{lines}"))
        speaking = [
            sites[key] for key, cell in cells.items() if wanted[cell].stored or wanted[cell].decisions
        ]
        _wait_for_answers(page, speaking)
        settle(page)
        assert _on_device(page) == names, f"{wish}, {state}"
        for key, cell in cells.items():
            posted[cell] = any(url.endswith(f"/b/{sites[key].id}") for url in sent.addresses())
        context.close()
    assert posted == {cell: bool(one.stored or one.decisions) for cell, one in wanted.items()}
    stored: dict[str, set[str]] = {cell: set() for cell in wanted}
    decisions: dict[str, list[bool]] = {cell: [] for cell in wanted}
    for site in sites.values():
        for event in site.events():
            if event.action in BOTH:
                stored[event.params["cell"]].add(event.action)
        for record in evidence(site):
            decisions[record.decision.text_version].append(bool(record.decision.state.granted))
        # The tag keeps to itself what the collector would refuse.
        assert site.collector.store.rejections(site.id) == []
    assert stored == {cell: one.stored for cell, one in wanted.items()}
    assert decisions == {cell: one.decisions for cell, one in wanted.items()}
