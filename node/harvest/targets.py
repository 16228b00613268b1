"""What is asked for: a URL with its parameters, and the host that it names (RFC 3986)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urldefrag, urlencode, urlsplit

from node.errors import FetchError


def with_params(url: str, params: Mapping[str, str] | None) -> str:
    """Return a URL without its fragment and with more parameters; a query it already holds is kept."""
    bare = urldefrag(url).url
    if not params:
        return bare
    # Everything but unreserved characters is encoded, "/" and ":" too (OAI-PMH 2.0, section 3.1.1.3).
    query = urlencode(params, quote_via=quote, safe="")
    separator = "" if bare.endswith(("?", "&")) else "&" if urlsplit(bare).query else "?"
    return f"{bare}{separator}{query}"


def host_of(url: str) -> str:
    """Return the host of a URL that may be asked for; its port is looked at as well.

    Raises:
        FetchError: it is no http or https URL.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise FetchError(f"{url[:200]}: no URL: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise FetchError(f"{url[:200]}: not an http or https URL")
    return host
