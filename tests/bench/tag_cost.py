"""What the tag costs the page that carries it, beside a floor and beside four tags that npm ships.

    python -m tests.bench.tag_cost [--rounds 7] [--navigations 10000]

Absolute times of a shared machine say little: every page is loaded in turns in one run, in a new
context each, with the CPU slowed four times, and its script time is told as a ratio to the floor
(one keepalive fetch and three listeners) of the same round. Medians.

Then: one custom event as a ratio to one fetch; heap and listeners after 10,000 navigations and
10,000 inserted elements, with the tag and without; how long a changed tag takes to compile.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from collector.model.source import Settings, Trigger
from e2e.conftest import QUIET, USER_AGENT
from e2e.harness import Collector, run_collector, serve_pages
from snippet.build import build_tag
from snippet.install import install_line
from snippet.sizes import EVERYTHING, sample_source
from tests.bench.tag_pages import BODY, Subject, install_packages, other_pages, our_pages

SLOWDOWN = 4
SETTLED_S = 1.5
EVENTS = 200

LONG_TASKS = """
window.longest = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration)
}).observe({type: 'longtask', buffered: true})
"""


class Load(NamedTuple):
    """One load: script and longest task in ms, heap in kB, listeners and layouts counted."""

    script: float
    heap: float
    listeners: float
    layouts: float
    longest: float
    event: float


def metrics(cdp: CDPSession) -> dict[str, float]:
    """The browser's own counters, times in thread seconds."""
    return {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}


def load(browser: Browser, subject: Subject) -> Load:
    """Load the page once, in a context of its own, and read what it cost."""
    context = browser.new_context(user_agent=USER_AGENT)
    page = context.new_page()
    page.add_init_script(LONG_TASKS)
    cdp = context.new_cdp_session(page)
    cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(subject.url, wait_until="load")
    # Tags wait for idle moments: what they do then is theirs too.
    time.sleep(SETTLED_S)
    read = metrics(cdp)
    longest = page.evaluate("longest")
    event = per_event(page, subject) if subject.track else 0.0
    cdp.send("HeapProfiler.collectGarbage")
    heap = metrics(cdp)["JSHeapUsedSize"] / 1000
    context.close()
    return Load(
        script=read["ScriptDuration"] * 1000,
        heap=heap,
        listeners=read["JSEventListeners"],
        layouts=read["LayoutCount"],
        longest=longest,
        event=event,
    )


def per_event(page: Page, subject: Subject) -> float:
    """The median time of one reported event in the page's own task, in ms."""
    took: list[float] = page.evaluate(
        f"""async () => {{
            const took = []
            for (let n = 0; n < {EVENTS}; n++) {{
                const begun = performance.now()
                {subject.track}
                took.push(performance.now() - begun)
                if (n % 10 === 9) await new Promise((done) => setTimeout(done))
            }}
            return took
        }}"""
    )
    return statistics.mean(took)


def compare(browser: Browser, subjects: list[Subject], rounds: int) -> None:
    """Load all subjects in turns and print the table."""
    loads: dict[str, list[Load]] = {subject.name: [] for subject in subjects}
    for _ in range(rounds):
        for subject in subjects:
            loads[subject.name].append(load(browser, subject))
    blank, floor = (loads[subject.name] for subject in subjects[:2])

    def middle(name: str, field: str, minus: list[Load] | None = None) -> float:
        taken = [getattr(one, field) for one in loads[name]]
        lost = [getattr(one, field) for one in minus] if minus else [0.0] * len(taken)
        middle: float = statistics.median(a - b for a, b in zip(taken, lost, strict=True))
        return middle

    title = f"{'the page with':<46}{'bytes':>8}{'brotli':>8}{'script':>8}{'x floor':>9}"
    print(title + f"{'heap kB':>9}{'listen':>7}{'layouts':>8}{'longest':>8}{'event us':>9}{'x fetch':>8}")
    for subject in subjects:
        ratio = statistics.median(
            a.script / b.script for a, b in zip(loads[subject.name], floor, strict=True)
        )
        event = middle(subject.name, "event")
        by_fetch = event / statistics.median(one.event for one in floor)
        script, heap = middle(subject.name, "script"), middle(subject.name, "heap", blank)
        print(
            f"{subject.name:<46}{subject.raw:>8}{subject.brotli:>8}{script:>8.1f}{ratio:>9.2f}"
            f"{heap:>9.0f}{middle(subject.name, 'listeners', blank):>7.0f}"
            f"{middle(subject.name, 'layouts', blank):>8.0f}{middle(subject.name, 'longest'):>8.0f}"
            f"{event * 1000:>9.0f}{by_fetch:>8.2f}"
        )


GROW = """async (count) => {
    const nap = (ms) => new Promise((done) => setTimeout(done, ms))
    // What waits in the outbox is no leak.
    const waits = () => Object.keys(localStorage).some((key) => /^tagwell_.{40}/.test(key))
    for (let n = 0; n < count; n++) {
        history.pushState({}, '', '?view=' + n)
        const box = document.createElement('div')
        box.innerHTML = '<p data-tracardi-tag=product>late</p>'
        document.body.append(box)
        if (n % 2) box.remove()
        else box.firstChild.remove()
        if (n % 100 < 99) continue
        do await nap(5)
        while (waits())
        for (const old of document.querySelectorAll('body > div')) old.remove()
    }
    await nap(3000)
}"""


def growth(browser: Browser, url: str, count: int) -> tuple[float, float]:
    """How much the heap (kB) and the listeners grow over so many navigations and insertions."""
    context = browser.new_context(user_agent=USER_AGENT)
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("Performance.enable")
    page.goto(url, wait_until="load")
    page.evaluate(GROW, 200)
    before = settled(cdp)
    page.evaluate(GROW, count)
    after = settled(cdp)
    context.close()
    return (after["JSHeapUsedSize"] - before["JSHeapUsedSize"]) / 1000, after["JSEventListeners"] - before[
        "JSEventListeners"
    ]


def settled(cdp: CDPSession) -> dict[str, float]:
    """The counters after all garbage is gone."""
    for _ in range(3):
        cdp.send("HeapProfiler.collectGarbage")
    return metrics(cdp)


def leak_pages(collector: Collector) -> dict[str, str]:
    """The same page without a tag, and with everything switched on."""
    triggers = (Trigger(tag="product", interaction="onVisible", action="product.seen"),)
    modules = replace(EVERYTHING.modules, consent=False, cross_domain=False)
    tag = replace(EVERYTHING, modules=modules, triggers=(*EVERYTHING.triggers, *triggers))
    source = collector.add_source("leaks", settings=Settings(tag=tag))
    line = install_line(collector.url, source.source_id)
    return {
        name: collector.page(f"<!doctype html><title>Leak</title>{head}<body>{BODY}</body>")
        for name, head in {"without the tag": "", "with everything": line}.items()
    }


def compile_ms(times: int = 20) -> float:
    """The median time to compile a tag that nobody has asked for yet, in ms."""
    took = []
    for number in range(times):
        source = sample_source(replace(EVERYTHING, name=f"name{number}"))
        begun = time.perf_counter()
        build_tag(source)
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--navigations", type=int, default=10_000)
    options = parser.parse_args()
    executable = os.environ.get("E2E_CHROMIUM") or shutil.which("chromium")
    # Without the first flag Chromium drops a page's navigations beyond 200 in ten seconds.
    flags = [*QUIET, "--disable-ipc-flooding-protection", "--enable-precise-memory-info"]
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_pages() as pages,
        sync_playwright() as playwright,
        run_collector(Path(folder), pages) as collector,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        subjects = our_pages(collector, pages)
        if install_packages():
            subjects += other_pages(pages)
        else:
            print("npm is not here: no other tags beside ours")
        compare(browser, subjects, options.rounds)
        print()
        for name, url in leak_pages(collector).items():
            heap, listeners = growth(browser, url, options.navigations)
            print(
                f"{options.navigations} navigations and insertions {name}: "
                f"{heap:+.0f} kB, {listeners:+.0f} listeners"
            )
        browser.close()
    print(f"a changed tag compiles in {compile_ms():.0f} ms")


if __name__ == "__main__":
    main()
