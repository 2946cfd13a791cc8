"""What the lists of a policy cost an event: ten rules in every list, and ten thousand.

    make bench-policy        or: python -m tests.bench.policy_rules --rounds 15

The time of one machine says little about another; so the same events go through `process` under each
policy in turns (A B C A B C ...) in one run, and the ratio to the policy of ten rules is the figure.
All events are kept, so that every list is asked and each allow list holds what it must. They come
from 1,000 visitors with 50 browsers, and in the last columns each from a visitor and a browser of its
own, which no cache knows. Of countries and classes of bots there are no ten thousand: all of them then.
"""

import argparse
import ipaddress
import itertools
import statistics
import string
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

from collector.enrich import Enricher, Geo
from collector.model.beacon import Beacon
from collector.model.policy import BotClass, Category, Policy
from collector.pipeline import process
from collector.privacy.rules import rules_of
from tests.pipeline.make import make_beacon, make_raw, make_source

EVENTS = 2_000
"""Events of a turn."""

PARAMS = {
    "url": "https://shop.example/shop/cups/7?utm_source=letter&q=cup",
    "referrer": "https://search.example/",
    "title": "A cup with a blue rim",
    "og:type": "product",
    "size": 3,
}

UUID = "07243772-008a-42e1-ba37-c3807cebde8f"
TEN = "10 rules in every list"
BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
)


def full_policy(count: int) -> Policy:
    """A policy with so many rules in every list, which keeps the events all the same."""
    names = tuple(f"rule{n}.*" if n % 2 else f"rule.of{n}" for n in range(count - 1))
    paths = tuple(f"/rule/{n}/*" if n % 2 else f"/rule/{n}" for n in range(count - 1))
    hosts = tuple(f"*.host{n}.example" if n % 2 else f"host{n}.example" for n in range(count - 1))
    codes = ["".join(pair) for pair in itertools.product(string.ascii_uppercase, repeat=2)]
    return Policy(
        allow=(*names, "page.*"),
        block=(*names, "debug.*"),
        allow_params=(*names, "*"),
        block_params=(*names, "password"),
        allow_paths=(*paths, "/shop/*"),
        block_paths=(*paths, "/account/*"),
        allow_hosts=(*hosts, "shop.example"),
        block_hosts=(*hosts, "staging.example"),
        allow_referrers=(*hosts, "search.example"),
        block_referrers=(*hosts, "spam.example"),
        allow_countries=("US", *(code for code in codes if code < "US"))[:count],
        block_countries=tuple(code for code in codes if code > "US")[:count],
        allow_networks=(*networks(count - 1), "0.0.0.0/1"),
        block_networks=networks(count),
        allow_agents=(*(f"Program{n}" for n in range(count - 1)), "Chrome"),
        block_agents=tuple(f"Robot{n}" for n in range(count)),
        allow_bots=get_args(BotClass)[:count],
        block_bots=get_args(BotClass)[:count],
        mask_params=(*names, "secret"),
        hash_params=(*names, "number"),
        query="listed",
        keep_query=tuple(f"q{n}" for n in range(count)),
        token_actions=names,
        profile_actions=names,
        categories=(Category(name="adverts", actions=names),),
    )


def networks(count: int) -> tuple[str, ...]:
    """So many networks of 15 lengths, IPv4 and IPv6, in which none of the visitors is."""
    return tuple(
        f"2001:db8:{n:x}::/{48 + n % 7}" if n % 4 == 0 else f"10.{n >> 8}.{n & 255}.0/{24 + n % 8}"
        for n in range(count)
    )


def addresses(geo: Geo) -> Iterator[str]:
    """Addresses of visitors in the one country that the policies allow."""
    for number in itertools.count(0x08000001, 251):
        address = str(ipaddress.IPv4Address(number))
        if geo.lookup(address).get("country_code") == "US":
            yield address


def beacons(visitors: Iterator[str], count: int) -> Iterator[Beacon]:
    """Beacons of so many visitors with a twentieth as many browsers, for ever; of ever new ones for 0."""
    known = [next(visitors) for _ in range(count)]
    for number in itertools.count():
        address = known[number % count] if count else next(visitors)
        version = number % (count // 20) if count else number
        yield make_beacon(address=address, user_agent=BROWSER.format(version), origin="https://shop.example")


def turn(policy: Policy, sent: Iterator[Beacon], enricher: Enricher) -> float:
    """Take the events of one turn through the stages; return us of CPU per event. A refusal voids the run."""
    source = make_source(policy=policy)
    pairs = [
        (make_raw(params=PARAMS, uuid=UUID, context={"page": "/shop/cups/7"}), beacon)
        for beacon in itertools.islice(sent, EVENTS)
    ]
    begun = time.process_time()
    for raw, beacon in pairs:
        process(raw, beacon, source, enricher)
    return (time.process_time() - begun) / EVENTS * 1e6


def compile_ms(make: Callable[[], Policy]) -> float:
    """The median time of the first use of a policy's lists, in ms."""
    took = []
    for _ in range(7):
        policy = make()
        begun = time.process_time()
        rules_of(policy)
        took.append((time.process_time() - begun) * 1000)
    return statistics.median(took)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    made: dict[str, Callable[[], Policy]] = {
        "no rules": Policy,
        TEN: lambda: full_policy(10),
        "10,000 rules in every list": lambda: full_policy(10_000),
        "10,000 networks, no other list": lambda: Policy(block_networks=networks(10_000)),
    }
    with tempfile.TemporaryDirectory() as folder:
        enricher = Enricher(Geo(None, Path(folder)))
    enricher.warm()
    visitors = addresses(enricher.geo)
    sent = {"1,000 visitors": beacons(visitors, 1000), "all new": beacons(visitors, 0)}
    policies = {name: make() for name, make in made.items()}
    took: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for who, name in itertools.product(sent, policies):
            took.setdefault((who, name), []).append(turn(policies[name], sent[who], enricher))
    print(f"{'':<34}{'first use':>12}{'1,000 visitors':>24}{'each a new visitor':>24}")
    print(f"{'policy':<34}{'ms':>12}" + f"{'us an event':>14}{'to 10':>10}" * 2)
    for name, make in made.items():
        line = f"{name:<34}{compile_ms(make):>12.1f}"
        for who in sent:
            ten = took[who, TEN]
            ratio = statistics.median(a / b for a, b in zip(took[who, name], ten, strict=True))
            line += f"{statistics.median(took[who, name]):>14.1f}{ratio:>10.2f}"
        print(line)


if __name__ == "__main__":
    main()
