"""Lists that go round in circles, found in bounded memory, in whatever process the harvest goes on.

Two nets: the digests of the last tokens catch a short circle at once; one more token, kept from the step that is the
last power of two, catches a circle of any length (R. P. Brent, “An improved Monte Carlo factorization algorithm”).
"""

from __future__ import annotations

import hashlib

RECENT = 32


def seen_before(token: str, seen: tuple[str, ...]) -> tuple[bool, tuple[str, ...]]:
    """Return whether a token came before in a list, and what to remember for the next one.

    Args:
        token: the token just met.
        seen: what the call before returned; empty at the beginning of a list.
    """
    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    anchor, steps, limit = _read_anchor(seen)
    if digest == anchor or digest in seen[1:]:
        return True, seen
    steps += 1
    if steps >= limit:
        anchor, steps, limit = digest, 0, limit * 2
    return False, (f"{anchor}/{steps}/{limit}", *seen[1:][-(RECENT - 1) :], digest)


def _read_anchor(seen: tuple[str, ...]) -> tuple[str, int, int]:
    if not seen:
        return "", 0, 1
    anchor, steps, limit = seen[0].split("/")
    return anchor, int(steps), int(limit)
