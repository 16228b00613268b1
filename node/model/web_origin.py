"""Whose an address is: the origin of a URL (RFC 6454, https://www.rfc-editor.org/rfc/rfc6454#section-4)."""

from __future__ import annotations

from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]
"""Scheme, host in lower case, port."""


def origin_of(url: str) -> Origin | None:
    """Return the origin of an http or https URL; of anything else, nothing."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    usual = _PORTS.get(parts.scheme)
    return (parts.scheme, host, usual if port is None else port) if usual is not None and host else None


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
