"""Texts as `xs:anyURI` takes them (https://www.w3.org/TR/xmlschema-2/#anyURI); foreign names need not be URIs."""

from __future__ import annotations

import re
from urllib.parse import quote

# Of most identifiers nothing more has to be looked at.
_SIMPLE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?!//)[A-Za-z0-9\-._~:/?@!$&'()*+,;=]*")
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})|[\[\]]")
# Before the first slash stands a scheme, with a host where two slashes follow it, or no colon at all.
_URI = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.\-]*:(?:(?!//)|//[A-Za-z0-9.\-_]+(?::[0-9]{1,5})?(?![^/?#]))|(?!//|\s)(?![^/?#]*:))"
    r"[^#]*(#[^#]*)?"
)


def uri_text(text: str) -> str:
    """Return a text as a schema takes it for a URI: as it is if it does, else percent-encoded.

    What the schema encodes by itself, such as letters beyond ASCII, stays.
    """
    if _SIMPLE.fullmatch(text):
        return text
    mended = _STRAY.sub(lambda found: f"%{ord(found[0]):02X}", text)
    return mended if _URI.fullmatch(mended) else quote(text, safe="")
