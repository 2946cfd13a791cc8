"""Networks, programs and hosts: a list means what walking its rules one by one would."""

import ipaddress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.privacy.agents import MAX_AGENT, AgentList
from collector.privacy.hosts import HostList, plain_host
from collector.privacy.lists import RuleList
from collector.privacy.networks import NetworkList


@pytest.mark.parametrize(
    ("rules", "address", "expected"),
    [
        pytest.param((), "203.0.113.77", None, id="no rule"),
        pytest.param(("203.0.113.77",), "203.0.113.77", "203.0.113.77", id="an address"),
        pytest.param(("203.0.113.77",), "203.0.113.78", None, id="its neighbour"),
        pytest.param(("203.0.113.77/24",), "203.0.113.1", "203.0.113.77/24", id="a network by any address"),
        pytest.param(("0.0.0.0/0",), "203.0.113.77", "0.0.0.0/0", id="all of IPv4"),
        pytest.param(("0.0.0.0/0",), "::1", None, id="which is none of IPv6"),
        pytest.param(("::/0",), "2001:db8::1", "::/0", id="all of IPv6"),
        pytest.param(("::/0",), "::ffff:203.0.113.77", None, id="which is none of IPv4"),
        pytest.param(("2001:DB8::/32",), "2001:db8:1::2", "2001:DB8::/32", id="IPv6 in capitals"),
        pytest.param(("2001:db8::/127",), "2001:db8::2", None, id="IPv6, next door"),
        pytest.param(("203.0.113.0/24",), "::ffff:203.0.113.77", "203.0.113.0/24", id="IPv4 as IPv6"),
        pytest.param(("203.0.113.0/24",), "::FFFF:cb00:714d", "203.0.113.0/24", id="IPv4 as IPv6, in hex"),
        pytest.param(("::ffff:203.0.113.0/120",), "203.0.113.77", "::ffff:203.0.113.0/120", id="a rule so"),
        pytest.param(("::ffff:0:0/96",), "203.0.113.77", "::ffff:0:0/96", id="all of IPv4, as IPv6"),
        pytest.param(("::ffff:0:0/95",), "::fffe:0:1", "::ffff:0:0/95", id="more than all of IPv4"),
        pytest.param(("fe80::/10",), "fe80::1%eth0", "fe80::/10", id="with a zone"),
        pytest.param(("203.0.113.7",), "203.0.113.7%a%b", "203.0.113.7", id="with zones that are none"),
        pytest.param(
            ("203.0.0.0/8", "203.0.113.0/24", "203.0.0.0/16"), "203.0.113.7", "203.0.113.0/24", id="narrowest"
        ),
        pytest.param(("10.1.1.1/8", "10.2.2.2/8"), "10.9.9.9", "10.1.1.1/8", id="the first of two alike"),
        *(
            pytest.param(("0.0.0.0/0", "::/0"), text, None, id=f"no address: {text[:20]!r}")
            for text in (
                "",
                "shop",
                "203.0.113",
                "203.0.113.077",
                "1.2.3.4:80",
                "1.2.3.4, 5.6.7.8",
                "%",
                "9" * 99,
            )
        ),
    ],
)
def test_network_that_holds_an_address(rules: tuple[str, ...], address: str, expected: str | None) -> None:
    assert NetworkList(rules).match(address) == expected
    assert bool(NetworkList(rules)) == bool(rules)


CRAWLER = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://a.example/bot)"
)


@pytest.mark.parametrize(
    ("rules", "user_agent", "expected"),
    [
        pytest.param(("curl",), "curl/8.5.0", "curl", id="a product"),
        pytest.param(("CURL",), "curl/8.5.0", "CURL", id="in any case"),
        pytest.param(("curl/8.5.0",), "libx curl/8.5.0", "curl/8.5.0", id="with its version"),
        pytest.param(("curl/8",), "curl/8.5.0", None, id="a part of the version"),
        pytest.param(("cur",), "curl/8.5.0", None, id="a part of the name"),
        pytest.param(("googlebot",), CRAWLER, "googlebot", id="in a comment"),
        pytest.param(("compatible",), CRAWLER, "compatible", id="a word alone"),
        pytest.param(("Google",), CRAWLER, None, id="a part of a word"),
        pytest.param(("FBAN",), "Mozilla/5.0 [FBAN/FBIOS;FBAV/1.0]", "FBAN", id="in an app's brackets"),
        pytest.param((CRAWLER.upper(),), CRAWLER, CRAWLER.upper(), id="all of it"),
        pytest.param((CRAWLER[:-1],), CRAWLER, None, id="not all of it"),
        pytest.param(("my  reader",), " My\treader ", "my  reader", id="but for its spaces"),
        pytest.param(("my reader",), "My reader 2", None, id="two words of it"),
        pytest.param(("Mozilla", "googlebot", CRAWLER), CRAWLER, CRAWLER, id="all of it before a word"),
        pytest.param(("googlebot", "Mozilla"), CRAWLER, "Mozilla", id="the first word"),
        pytest.param(("a.*", "(.+)+$", "*"), "aaaaaaaaaaaaaaaaaaaaaaaaaaaa!", None, id="no pattern"),
        pytest.param(("curl",), "", None, id="none"),
        pytest.param(("curl",), "x" * MAX_AGENT + " curl", None, id="behind what is read"),
    ],
)
def test_program_that_fits(rules: tuple[str, ...], user_agent: str, expected: str | None) -> None:
    assert AgentList(rules).match(user_agent) == expected


def _network(text: str) -> Any:
    network = ipaddress.ip_network(text, strict=False)
    if network.version == 6 and network.prefixlen >= 96 and network.network_address.ipv4_mapped:
        return ipaddress.ip_network((network.network_address.ipv4_mapped, network.prefixlen - 96))
    return network


# Near one another, so that they meet.
_ADDRESS = st.one_of(
    st.integers(0, 15).map(lambda n: str(ipaddress.IPv4Address(0xCB007100 + n))),
    st.integers(0, 15).map(lambda n: f"::ffff:203.0.113.{n}"),
    st.integers(0, 15).map(lambda n: str(ipaddress.IPv6Address((0x20010DB8 << 96) + n))),
    st.ip_addresses().map(str),
)
_NETWORK = st.one_of(
    _ADDRESS,
    st.tuples(_ADDRESS, st.integers(0, 128)).map(
        lambda pair: f"{pair[0]}/{pair[1] if ':' in pair[0] else pair[1] % 33}"
    ),
)


@given(st.lists(_NETWORK, max_size=6), _ADDRESS)
@example(["::ffff:0.0.0.0/90"], "::ffff:1.2.3.4")
def test_networks_agree_with_asking_each(rules: list[str], text: str) -> None:
    parsed = ipaddress.ip_address(text)
    address = getattr(parsed, "ipv4_mapped", None) or parsed
    holding = [rule for rule in rules if address in _network(rule)]
    found = NetworkList(rules).match(text)
    longest = max((_network(rule).prefixlen for rule in holding), default=None)
    assert found == next((rule for rule in holding if _network(rule).prefixlen == longest), None)


_LABELS = st.lists(st.sampled_from(["a", "b", "shop"]), min_size=1, max_size=4).map(".".join)
_HOST_RULE = st.one_of(_LABELS, _LABELS.map("*.{}".format), st.just("*"))


@given(st.lists(_HOST_RULE, max_size=6), _LABELS)
def test_hosts_agree_with_walking_every_rule(rules: list[str], host: str) -> None:
    found = HostList(rules).match(host)
    fitting = {
        rule for rule in rules if rule in (host, "*") or (rule[:2] == "*." and host.endswith(rule[1:]))
    }
    assert (found is None) == (not fitting)
    assert found is None or found == (host if host in fitting else max(fitting, key=len))


_WORD = st.text("abC./", min_size=1, max_size=4)
_AGENT = st.lists(_WORD, min_size=1, max_size=4).map(" ".join)


@given(st.lists(_WORD | _AGENT, max_size=6), _AGENT, st.sampled_from([" ", "; ", " (", ")", ", "]))
def test_programs_agree_with_walking_every_rule(rules: list[str], agent: str, between: str) -> None:
    user_agent = agent.replace(" ", between)
    words = user_agent.lower()
    for separator in ";(),":
        words = words.replace(separator, " ")
    names = {name for word in words.split() for name in (word, word.split("/")[0])} | {
        user_agent.lower().strip()
    }
    found = AgentList(rules).match(user_agent)
    assert (found is None) == (not [rule for rule in rules if rule.lower() in names])
    assert found is None or (found in rules and found.lower() in names)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (None, ""),
        ("", ""),
        (".", ""),
        ("shop.example.", "shop.example"),
        ("shop.example..", "shop.example"),
        ("...", ""),
        ("żółw.example..", "xn--w-uga1v8h.example"),
        ("shop.example。", "shop.example"),
        ("::1", "[::1]"),
        ("fe80::1%eth0", "[fe80::1]"),
        ("v1.x:y", "[v1.x:y]"),
        ("żółw.example", "xn--w-uga1v8h.example"),
        ("ż" * 300, "ż" * 300),
        ("ż" * 100, "ż" * 100),
    ],
)
def test_a_host_as_a_browser_writes_it(host: str | None, expected: str) -> None:
    assert plain_host(host) == expected


@given(st.text(max_size=80))
def test_no_text_makes_a_list_raise(text: str) -> None:
    for rules in (NetworkList(["::/0"]), AgentList(["curl"]), HostList(["*.a"]), RuleList(["a.*"])):
        rules.match(text)
    plain_host(text)
