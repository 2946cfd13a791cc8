"""Whose request it is: X-Forwarded-For is believed as far back as our own proxies wrote it, no further."""

import ipaddress

import pytest

from collector.receive.address import origin_of, visitor_address

PROXIES = tuple(ipaddress.ip_network(text) for text in ("10.0.0.0/8", "127.0.0.1", "2001:db8:1::/48"))


def _address(peer: str | None, forwarded: str | None, proxies: tuple[object, ...] = PROXIES) -> str:
    headers = {} if forwarded is None else {b"x-forwarded-for": forwarded.encode("latin-1")}
    scope = {"client": None if peer is None else (peer, 40_000)}
    return visitor_address(scope, headers, proxies)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        pytest.param("203.0.113.77", None, "203.0.113.77", id="no proxy"),
        pytest.param("203.0.113.77", "198.51.100.1", "203.0.113.77", id="a stranger says whom it forwards"),
        pytest.param("10.0.0.1", "203.0.113.77", "203.0.113.77", id="one proxy"),
        pytest.param("10.0.0.1", "203.0.113.77, 10.0.0.2", "203.0.113.77", id="two proxies"),
        pytest.param("10.0.0.1", "198.51.100.1, 203.0.113.77", "203.0.113.77", id="spoofed left part"),
        pytest.param("10.0.0.1", "10.0.0.9, 203.0.113.77", "203.0.113.77", id="spoofed as a proxy of ours"),
        pytest.param(
            "10.0.0.1", "198.51.100.1, 203.0.113.77, 10.0.0.3, 10.0.0.2", "203.0.113.77", id="chain of three"
        ),
        pytest.param("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3", id="all are proxies of ours"),
        pytest.param("10.0.0.1", None, "10.0.0.1", id="the proxy itself"),
        pytest.param("10.0.0.1", "", "10.0.0.1", id="empty"),
        pytest.param("10.0.0.1", "unknown", "10.0.0.1", id="unknown"),
        pytest.param("10.0.0.1", "203.0.113.77, garbage, 10.0.0.2", "10.0.0.2", id="garbage ends the chain"),
        pytest.param("10.0.0.1", "<script>, 203.0.113.77", "203.0.113.77", id="garbage past the visitor"),
        pytest.param("10.0.0.1", "203.0.113.77,", "10.0.0.1", id="a comma at the end"),
        pytest.param("10.0.0.1", " 203.0.113.77 ", "203.0.113.77", id="blanks"),
        pytest.param("10.0.0.1", "2001:db8::7", "2001:db8::7", id="IPv6 behind IPv4"),
        pytest.param("2001:db8:1::1", "203.0.113.77", "203.0.113.77", id="proxy in IPv6"),
        pytest.param("2001:db8:2::1", "203.0.113.77", "2001:db8:2::1", id="IPv6 next door is no proxy"),
        pytest.param("10.0.0.1", "\xff\xfe", "10.0.0.1", id="no ASCII"),
        pytest.param(None, "203.0.113.77", "", id="peer unknown"),
    ],
)
def test_visitor_address(peer: str | None, forwarded: str | None, expected: str) -> None:
    assert _address(peer, forwarded) == expected


def test_nothing_is_believed_where_no_proxy_is_trusted() -> None:
    assert _address("127.0.0.1", "203.0.113.77", ()) == "127.0.0.1"


def test_proxy_that_connects_over_a_dual_stack_socket_is_the_same_proxy() -> None:
    """A server that listens on :: sees 127.0.0.1 as ::ffff:127.0.0.1."""
    assert _address("::ffff:127.0.0.1", "203.0.113.77") == "203.0.113.77"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://shop.example/cart?p=2", "https://shop.example", id="page"),
        pytest.param("https://shop.example:8443/", "https://shop.example:8443", id="port"),
        pytest.param("https://shop.example", "https://shop.example", id="no path"),
        pytest.param("https://shop.example?q=word", "https://shop.example", id="query without a path"),
        pytest.param("https://shop.example#word", "https://shop.example", id="fragment without a path"),
        pytest.param("", None, id="none"),
        pytest.param("about:blank", None, id="no host"),
    ],
)
def test_origin_of_a_page(url: str, expected: str | None) -> None:
    assert origin_of(url) == expected
