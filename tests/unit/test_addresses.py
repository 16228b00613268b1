"""Which addresses a foreign host may live at."""

from __future__ import annotations

import pytest

from node.errors import SettingsError
from node.harvest.addresses import parse_networks, why_refused

PUBLIC = (
    "93.184.216.34",
    "8.8.8.8",
    "2606:2800:220:1:248:1893:25c8:1946",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
)
REFUSED = (
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "private"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("192.168.1.1", "private"),
    ("100.64.0.1", "special-purpose"),
    ("169.254.169.254", "link-local"),
    ("192.0.2.1", "private"),
    ("198.18.0.1", "private"),
    ("192.88.99.1", "6to4"),
    ("198.19.255.255", "private"),
    ("198.51.100.7", "private"),
    ("203.0.113.7", "private"),
    ("192.0.0.1", "private"),
    ("100.127.255.255", "special-purpose"),
    ("172.31.255.255", "private"),
    ("169.254.0.1", "link-local"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "private"),
    ("255.255.255.255", "private"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::127.0.0.1", "IPv4-compatible"),
    ("::8.8.8.8", "IPv4-compatible"),
    ("::7f00:1", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:7f00:1", "loopback"),
    ("::ffff:100.64.0.1", "special-purpose"),
    ("::ffff:255.255.255.255", "private"),
    ("::ffff:0:127.0.0.1", "special-purpose"),
    ("::ffff:10.0.0.1", "private"),
    ("::ffff:169.254.169.254", "link-local"),
    ("64:ff9b::127.0.0.1", "NAT64"),
    ("64:ff9b::a9fe:a9fe", "NAT64"),
    ("64:ff9b::224.0.0.1", "NAT64"),
    ("64:ff9b::192.168.0.1", "NAT64"),
    ("64:ff9b:1::8.8.8.8", "NAT64"),
    ("64:ff9b:1:ffff:ffff:ffff:7f00:1", "NAT64"),
    ("2002:7f00:1::", "6to4"),
    ("2002:808:808::", "6to4"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
    ("2001::1", "Teredo"),
    ("2001:2::1", "special-purpose"),
    ("2001:20::1", "special-purpose"),
    ("2001:db8::1", "documentation"),
    ("3fff::1", "documentation"),
    ("fc00::1", "private"),
    ("fd12:3456::1", "private"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("::1%lo", "loopback"),
    ("ff02::1", "multicast"),
    ("ff0e::1", "multicast"),
    ("100::1", "special-purpose"),
    ("5f00::1", "special-purpose"),
    ("4000::1", "special-purpose"),
    ("not an address", "no IP address"),
    ("2130706433", "no IP address"),
    ("0x7f.1", "no IP address"),
    ("127.1", "no IP address"),
    ("", "no IP address"),
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_admitted(address: str) -> None:
    assert why_refused(address) is None


@pytest.mark.parametrize(("address", "kind"), REFUSED)
def test_addresses_of_the_operators_own_networks_are_refused_by_name(address: str, kind: str) -> None:
    assert kind in (why_refused(address) or "admitted")


@pytest.mark.parametrize(
    ("address", "admitted"),
    [
        ("127.0.0.1", True),
        ("::ffff:127.0.0.1", True),
        ("127.0.0.2", False),
        ("10.1.2.3", True),
        ("fd00::5", True),
        ("fd01::5", False),
        ("192.168.0.1", False),
    ],
)
def test_named_networks_are_admitted_and_no_others(address: str, admitted: bool) -> None:
    allowed = parse_networks(["127.0.0.1", "10.0.0.0/8", "fd00::/16"])

    assert (why_refused(address, allowed) is None) is admitted


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(SettingsError, match=r"allow_networks.*10\.0\.0\.0/40"):
        parse_networks(["10.0.0.0/40"])
