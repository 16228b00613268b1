"""What is asked for: a URL with its parameters, and the host that it names (RFC 3986)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from node.errors import FetchError
from node.model.web_origin import origin_of


def with_params(url: str, params: Mapping[str, str] | None) -> str:
    """Return a URL without its fragment and with more parameters; a query it already holds is kept."""
    bare = without_fragment(url)
    if not params:
        return bare
    # Everything but unreserved characters is encoded, "/" and ":" too (OAI-PMH 2.0, section 3.1.1.3).
    query = urlencode(params, quote_via=quote, safe="")
    separator = "" if bare.endswith(("?", "&")) else "&" if urlsplit(bare).query else "?"
    return f"{bare}{separator}{query}"


def without_fragment(url: str) -> str:
    """Return a URL up to its fragment, to the letter: what makes it none is still there to be refused."""
    return url.partition("#")[0]


def host_of(url: str) -> str:
    """Return the host of a URL that may be asked for; its port is looked at as well.

    Raises:
        FetchError: it is no http or https URL, or one of which two parsers could read two hosts.
    """
    origin = origin_of(url)
    if origin is None:
        raise FetchError(
            f"{url[:200]!r}: not an http or https URL with a host and port that everybody reads alike",
            advice="Give it as RFC 3986 spells it: no backslash, no control character, a host name or IP address.",
        )
    return origin[1]
