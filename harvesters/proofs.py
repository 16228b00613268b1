"""Whether bytes are those that a list describes: their digest and their length.

ResourceSync, section 7 (http://www.openarchives.org/rs/1.1/resourcesync#DocumentFormats), attributes hash and length.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from node.errors import SyntaxRefused


class Mismatch(SyntaxRefused):
    """An answer is not what the list says it is."""


def proof(digests: str, length: str) -> Callable[[bytes], None]:
    """Return what refuses any bytes but those described.

    Args:
        digests: `md5:…`, `sha-1:…`, `sha-256:…`, `sha-512:…` in hexadecimal, separated by white space; of those known,
            the strongest counts. Without one the length does.
        length: in bytes.
    """
    given = dict(part.lower().partition(":")[::2] for part in digests.split() if ":" in part)
    name = next((name for name in _ALGORITHMS if given.get(name)), "")

    def prove(body: bytes) -> None:
        """Raise `Mismatch`, unless the bytes are those described."""
        if name:
            found = hashlib.new(_ALGORITHMS[name], body, usedforsecurity=False).hexdigest()
            if found != given[name]:
                message = f"the list gives its digest as {name}:{given[name][:128]}, and it is {name}:{found}"
                raise Mismatch(message)
        elif length.strip().isdecimal() and int(length.strip()[:18]) != len(body):
            raise Mismatch(f"the list gives its length as {length.strip()[:18]} bytes, and it is {len(body)}")

    return prove


_ALGORITHMS = {"sha-512": "sha512", "sha-256": "sha256", "sha-1": "sha1", "md5": "md5"}
