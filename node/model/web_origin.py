"""Whose an address is: the origin of a URL (RFC 6454, https://www.rfc-editor.org/rfc/rfc6454#section-4).

Parsers of URLs differ in where the host of `http://one\\@other/` ends. What is read here is read by the parser that
connections are made with, and what another parser could read otherwise has no origin: nobody asks for it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

_PORTS = {"http": 80, "https": 443}
# What no URL has (RFC 3986, appendix A), and what parsers drop or take for a slash: control characters, backslashes.
_NEVER = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
# Scheme and authority: user information without anything that ends an authority elsewhere, host, port.
_AUTHORITY = re.compile(
    r"https?://(?:[A-Za-z0-9._~!$&'()*+,;=:%-]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\s\x00-\x2c/:-@\[-^`{-\x7f]+)(?::[0-9]{0,5})?"
    r"(?=[/?#]|\Z)",
    re.IGNORECASE,
)

Origin = tuple[str, str, int]
"""Scheme, host in lower case, port."""


@lru_cache(maxsize=4_096)
def origin_of(url: str) -> Origin | None:
    """Return the origin of an http or https URL; of anything else, and of what two could read differently, nothing."""
    if _NEVER.search(url) or not (found := _AUTHORITY.match(url)):
        return None
    try:
        used, plain = parse_url(url), urlsplit(url)
        host, port = (used.host or "").strip("[]"), used.port
        # A name beyond ASCII is spelt in ASCII by one of the two alone.
        if port != plain.port or (found[0].isascii() and host != plain.hostname):
            return None
    except (ValueError, LocationParseError):
        return None
    usual = _PORTS.get(used.scheme or "")
    name = host.rstrip(".")
    return (str(used.scheme), name, usual if port is None else port) if usual is not None and name else None


def is_same_host(one: str, other: str) -> bool:
    """Return whether two URLs lead to one server, be it by http or https, each at its usual port, or at one port."""
    first, second = origin_of(one), origin_of(other)
    if first is None or second is None or first[1] != second[1]:
        return False
    return first[2] == second[2] or all(port == _PORTS[scheme] for scheme, _, port in (first, second))


def is_under(url: str, prefix: str) -> bool:
    """Return whether a URL has the origin of another and is at its path or below it, segment by segment."""
    origin = origin_of(url)
    if origin is None or origin != origin_of(prefix):
        return False
    path, above = urlsplit(url).path, urlsplit(prefix).path.rstrip("/")
    return path == above or path.startswith(f"{above}/") or not above
