"""The visitor's address: the network stays, the household goes, and no way of writing it gets around that."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.privacy.address import kept_address


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param("203.0.113.77", "203.0.113.0", id="IPv4: /24"),
        pytest.param("203.0.113.0", "203.0.113.0", id="IPv4, already short"),
        pytest.param("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", "2001:db8:aaaa::", id="IPv6: /48"),
        pytest.param("2001:db8::1", "2001:db8::", id="IPv6, written short"),
        pytest.param("2001:DB8:AAAA:BBBB::1", "2001:db8:aaaa::", id="IPv6, upper case"),
        pytest.param("::1", "::", id="IPv6 loopback"),
        pytest.param("::ffff:203.0.113.77", "203.0.113.0", id="IPv4 mapped into IPv6"),
        pytest.param("::ffff:cb00:714d", "203.0.113.0", id="IPv4 mapped, in hex"),
        pytest.param("fe80::1:2:3:4%eth0", "fe80::", id="IPv6 with a zone"),
        pytest.param("::ffff:203.0.113.77%eth0", "203.0.113.0", id="IPv4 mapped, with a zone"),
        pytest.param("", "", id="unknown"),
        pytest.param("203.0.113", "", id="three parts"),
        pytest.param("203.0.113.77:443", "", id="with a port"),
        pytest.param("203.0.113.077", "", id="octal"),
        pytest.param("testclient", "", id="a name"),
        pytest.param("203.0.113.77, 10.0.0.1", "", id="two of them"),
    ],
)
def test_shortened_address(address: str, expected: str) -> None:
    assert kept_address(address, "shortened") == expected


@pytest.mark.parametrize("address", ["203.0.113.77", "2001:db8::1", "a name", ""])
def test_dropped_address_leaves_nothing(address: str) -> None:
    assert kept_address(address, "dropped") == ""


@pytest.mark.parametrize("address", ["203.0.113.77", "2001:db8::1", ""])
def test_full_address_stays_as_it_is(address: str) -> None:
    assert kept_address(address, "full") == address


@given(st.ip_addresses(v=4))
def test_everybody_of_a_24_network_is_kept_alike(address: ipaddress.IPv4Address) -> None:
    network = ipaddress.ip_network(f"{address}/24", strict=False)
    assert kept_address(str(address), "shortened") == str(network[0])


@given(st.ip_addresses(v=6))
def test_everybody_of_a_48_network_is_kept_alike(address: ipaddress.IPv6Address) -> None:
    if address.ipv4_mapped is None:
        network = ipaddress.ip_network(f"{address}/48", strict=False)
        assert kept_address(str(address), "shortened") == str(network[0])


@given(st.text(max_size=40))
def test_no_text_raises_and_none_is_kept_that_is_no_address(text: str) -> None:
    kept = kept_address(text, "shortened")
    assert kept == "" or ipaddress.ip_address(kept)
