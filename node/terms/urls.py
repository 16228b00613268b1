"""Absolute IRIs that are safe to write into RDF, XML and pages (RFC 3986, RFC 3987)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache, wraps
from urllib.parse import quote

from node.model.rdf import Iri

LONGEST = 4096
"""Characters; longer texts are no identifiers."""


def remembered(read: Callable[[str], Iri | None]) -> Callable[[str], Iri | None]:
    """Keep the last answers of a reader of identifiers; texts too long or broken are `None`, and not kept."""
    kept = lru_cache(maxsize=8192)(read)

    @wraps(read)
    def answer(text: str) -> Iri | None:
        is_readable = len(text) <= LONGEST and (text.isascii() or not _SURROGATE.search(text))
        return kept(text) if is_readable else None

    return answer


@remembered
def iri(text: str) -> Iri | None:
    """Return an absolute IRI in its safe spelling, as plain ASCII; `None` for anything else.

    Scheme and host are written in lower case, characters that URIs may not hold are percent-encoded. Addresses that
    carry a password are refused.
    """
    plain = text.strip()
    if plain.startswith("<") and plain.endswith(">"):
        plain = plain[1:-1].strip()
    found = _LINK.fullmatch(plain)
    if found:
        # Two addresses in one field are not one address with a space in it.
        if _SECOND.search(plain):
            return None
        authority = _authority(found["authority"])
        if authority is None:
            return None
        path, mark, fragment = found["rest"].partition("#")
        return Iri(f"{found['scheme'].lower()}://{authority}{_requote(path)}{mark}{_requote(fragment)}")
    found = _NAME.fullmatch(plain)
    if found is None:
        return None
    name, mark, fragment = found["rest"].partition("#")
    return Iri(f"{found['head'].lower()}{_requote(name)}{mark}{_requote(fragment)}")


def encode(text: str) -> str:
    """Percent-encode the path of an address, where `text` is the decoded name."""
    return quote(text, safe="/:;()!$&'*+,=@", errors="replace")


def _authority(text: str) -> str | None:
    found = _AUTHORITY.fullmatch(text)
    if found is None or int(found["port"] or 0) > 65535:
        return None
    host, port = found["host"].lower(), found["port"]
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            return None
    elif not host.isascii():
        try:
            host = host.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return None
        if not _HOST.fullmatch(host):
            return None
    elif not _HOST.fullmatch(host):
        return None
    return f"{host}:{int(port)}" if port else host


def _requote(text: str) -> str:
    """Encode what a URI may not hold; what is encoded already stays, and a stray `%` becomes `%25`."""
    if _SAFE.fullmatch(text):
        return text
    return quote(_STRAY.sub("%25", text), safe="%/?:@!$&'()*+,;=~", errors="replace")


_LINK = re.compile(
    r"(?P<scheme>https?|ftp|sftp)://(?P<authority>[^/?#\s\\]+)(?P<rest>(?:[/?#].*)?)",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_SECOND = re.compile(r"\s\S*?[a-z]+://", re.IGNORECASE | re.ASCII)
_NAME = re.compile(
    r"(?P<head>urn:[a-z0-9][a-z0-9-]{1,31}:|info:[a-z0-9][a-z0-9+.-]*/)(?P<rest>[^\s#]\S*)", re.IGNORECASE | re.ASCII
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]:@]+)(?::(?P<port>[0-9]{0,5}))?", re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?")
_SAFE = re.compile(r"(?:[A-Za-z0-9/?:@!$&'()*+,;=._~-]|%[0-9A-Fa-f]{2})*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")
