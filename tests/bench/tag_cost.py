"""What the tag costs the page that carries it, beside a floor and beside four tags that npm ships.

    python -m tests.bench.tag_cost [--rounds 7] [--navigations 10000]

Absolute times of a shared machine say little: every page is loaded in turns in one run, in a new
context each, with the CPU slowed four times, and its script time is told as a ratio to the floor
(one keepalive fetch and three listeners) of the same round. Medians. The pages have a host of three
labels, as sites have. Nothing watches them but the counters that are read: with DevTools' network
panel open, as Playwright has it, each fetch records its stack, which costs what no visitor pays.

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

from collector.model.source import Settings, Trigger
from e2e.delivery.chromium import Chromium, ChromiumTab, run_chromium
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


def metrics(tab: ChromiumTab) -> dict[str, float]:
    """The browser's own counters, times in thread seconds."""
    return {one["name"]: one["value"] for one in tab.command("Performance.getMetrics")["metrics"]}


def load(browser: Chromium, subject: Subject) -> Load:
    """Load the page once, in a context of its own, and read what it cost."""
    context = browser.new_context()
    tab = context.new_tab()
    tab.command("Page.enable")
    tab.command("Page.addScriptToEvaluateOnNewDocument", source=LONG_TASKS)
    tab.command("Performance.enable", timeDomain="threadTicks")
    tab.command("Emulation.setCPUThrottlingRate", rate=SLOWDOWN)
    tab.goto(subject.url)
    # Tags wait for idle moments: what they do then is theirs too.
    time.sleep(SETTLED_S)
    read = metrics(tab)
    longest = tab.evaluate("longest")
    event = per_event(tab, subject) if subject.track else 0.0
    tab.command("HeapProfiler.collectGarbage")
    heap = metrics(tab)["JSHeapUsedSize"] / 1000
    context.close()
    return Load(
        script=read["ScriptDuration"] * 1000,
        heap=heap,
        listeners=read["JSEventListeners"],
        layouts=read["LayoutCount"],
        longest=longest,
        event=event,
    )


def per_event(tab: ChromiumTab, subject: Subject) -> float:
    """The median time of one reported event in the page's own task, in ms."""
    took: list[float] = tab.evaluate(
        f"""(async () => {{
            const took = []
            for (let n = 0; n < {EVENTS}; n++) {{
                const begun = performance.now()
                {subject.track}
                took.push(performance.now() - begun)
                if (n % 10 === 9) await new Promise((done) => setTimeout(done))
            }}
            return took
        }})()"""
    )
    return statistics.mean(took)


def compare(browser: Chromium, subjects: list[Subject], rounds: int) -> None:
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


GROW = """async (from, count) => {
    const nap = (ms) => new Promise((done) => setTimeout(done, ms))
    // What waits in the outbox is no leak.
    const waits = () => Object.keys(localStorage).some((key) => /^tagwell_.{40}/.test(key))
    for (let n = from; n < from + count; n++) {
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
    await nap(1000)
}"""

STEP = 500
"""Navigations in one command to the browser, which must answer within half a minute."""


def growth(browser: Chromium, url: str, count: int) -> tuple[float, float]:
    """How much the heap (kB) and the listeners grow over so many navigations and insertions."""
    context = browser.new_context()
    tab = context.new_tab(url)
    tab.command("Performance.enable")
    tab.evaluate(f"({GROW})(0, {STEP})")
    before = settled(tab)
    for start in range(STEP, count + STEP, STEP):
        tab.evaluate(f"({GROW})({start}, {STEP})")
    after = settled(tab)
    context.close()
    return (after["JSHeapUsedSize"] - before["JSHeapUsedSize"]) / 1000, after["JSEventListeners"] - before[
        "JSEventListeners"
    ]


def settled(tab: ChromiumTab) -> dict[str, float]:
    """The counters after all garbage is gone."""
    for _ in range(3):
        tab.command("HeapProfiler.collectGarbage")
    return metrics(tab)


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
    executable = os.environ.get("E2E_CHROMIUM") or shutil.which("chromium") or "chromium"
    # Without the first flag Chromium drops a page's navigations beyond 200 in ten seconds.
    switches = ("--disable-ipc-flooding-protection", "--enable-precise-memory-info")
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_pages() as pages,
        run_collector(Path(folder), pages) as collector,
        run_chromium(executable, *switches) as browser,
    ):
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
    print(f"a changed tag compiles in {compile_ms():.0f} ms")


if __name__ == "__main__":
    main()
