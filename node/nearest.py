"""Names that somebody may have meant who wrote one that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LEAST = 0.5
_MOST = 3


def is_meant(name: str, names: Iterable[str]) -> str:
    """Return the question whether some other name was meant, with a space after it; empty where none is near."""
    known = {each.casefold(): each for each in names}
    near = get_close_matches(name.casefold(), sorted(known), n=_MOST, cutoff=_LEAST)
    return f"Is {' or '.join(known[each] for each in near)} meant? " if near else ""
