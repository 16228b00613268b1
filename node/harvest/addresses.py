"""Which addresses a foreign host may live at: the public ones, and the private networks the operator names.

A registered URL, or a redirect from it, must not reach the operator's own machines. The special-purpose blocks are
those of RFC 6890 and the IANA registries (https://www.iana.org/assignments/iana-ipv4-special-registry, -ipv6-).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from node.errors import SettingsError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return networks such as `10.0.0.0/8`; a single address is a network of one.

    Raises:
        SettingsError: one of them is no network.
    """
    networks = []
    for text in texts:
        try:
            networks.append(ipaddress.ip_network(text.strip(), strict=False))
        except ValueError as error:
            raise SettingsError(f"fetch.allow_networks: {error}") from error
    return tuple(networks)


def why_refused(address: str, allowed: tuple[Network, ...] = ()) -> str | None:
    """Return why nobody may connect to an address, or `None` where one may.

    Args:
        address: in the notation the resolver gives: dotted decimal, or IPv6 with or without a zone.
        allowed: networks that are admitted whatever they are.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return f"{address} is no IP address"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        # The kernel connects such an address over IPv4, so it is judged as what it is.
        parsed = parsed.ipv4_mapped
    if any(parsed in network for network in allowed if network.version == parsed.version):
        return None
    kind = _kind_v4(parsed) if isinstance(parsed, ipaddress.IPv4Address) else _kind_v6(parsed)
    return None if kind is None else f"{parsed} is {kind}"


def private_addresses(host: str) -> tuple[str, ...]:
    """Return the addresses of a host that are not public, each as a network of one; empty for an unknown host."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    addresses = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return tuple(str(ipaddress.ip_network(address)) for address in addresses if why_refused(address) is not None)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_V6_REFUSED = (
    (ipaddress.IPv6Network("::/128"), "unspecified"),
    (ipaddress.IPv6Network("::1/128"), "loopback"),
    (ipaddress.IPv6Network("::/96"), "an IPv4-compatible address"),
    (ipaddress.IPv6Network("64:ff9b:1::/48"), "of a local NAT64"),
    (ipaddress.IPv6Network("2001::/32"), "a Teredo tunnel"),
    (ipaddress.IPv6Network("2001::/23"), "of a special-purpose block"),
    (ipaddress.IPv6Network("2001:db8::/32"), "for documentation"),
    (ipaddress.IPv6Network("2002::/16"), "a 6to4 tunnel"),
    (ipaddress.IPv6Network("3fff::/20"), "for documentation"),
    (ipaddress.IPv6Network("fc00::/7"), "private"),
    (ipaddress.IPv6Network("fe80::/10"), "link-local"),
    (ipaddress.IPv6Network("fec0::/10"), "site-local"),
    (ipaddress.IPv6Network("ff00::/8"), "multicast"),
)
_6TO4_RELAY = ipaddress.IPv4Network("192.88.99.0/24")


def _kind_v4(address: ipaddress.IPv4Address) -> str | None:
    checks = (
        (address.is_unspecified, "unspecified"),
        (address.is_loopback, "loopback"),
        (address.is_link_local, "link-local"),
        (address.is_multicast, "multicast"),
        (address in _6TO4_RELAY, "a 6to4 relay"),
        (address.is_private, "private"),
        (not address.is_global, "of a special-purpose block"),
    )
    return next((kind for holds, kind in checks if holds), None)


def _kind_v6(address: ipaddress.IPv6Address) -> str | None:
    if address in _NAT64:
        # Where a network has no IPv4, its resolver spells public hosts this way (RFC 6052); private ones hide as well.
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        kind = _kind_v4(inner)
        return None if kind is None else f"the NAT64 form of {inner}, which is {kind}"
    for network, kind in _V6_REFUSED:
        if address in network:
            return kind
    return None if address in _GLOBAL_UNICAST else "of a special-purpose block"
