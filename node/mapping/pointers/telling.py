"""Which of several parts a text comes from: the one that says just this, or most of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from node.mapping.pointers.parts import Part

_TELLING = 4
"""Characters from which on a text within another one says where it came from."""


def holder(parts: Sequence[Part], telling: frozenset[str]) -> Part | None:
    """Return the part that says most of some texts; `None` where none says any."""
    wanted = {_plain(text) for text in telling}

    def told(part: Part) -> int:
        return len(wanted.intersection(map(_plain, part.texts())))

    best = max(parts, key=told, default=None)
    return best if best is not None and told(best) else None


def first_of(parts: Iterable[Part], texts: Iterable[str]) -> Part | None:
    """Return the first part that says one of some texts."""
    wanted = {_plain(text) for text in texts}
    return next((part for part in parts if not wanted.isdisjoint(map(_plain, part.texts()))), None)


def saying(parts: Iterable[Part], value: str) -> Part | None:
    """Return the part whose text is the value."""
    wanted = _plain(value)
    return next((inner for part in parts for inner in part.walk() if inner.text and _plain(inner.text) == wanted), None)


def telling_of(parts: Iterable[Part], value: str) -> Part | None:
    """Return the part whose text is within the value or holds it."""
    wanted = _plain(value)
    for inner in (inner for part in parts for inner in part.walk()):
        text = _plain(inner.text)
        if min(len(text), len(wanted)) >= _TELLING and (text in wanted or wanted in text):
            return inner
    return None


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).removeprefix("https://").removeprefix("http://")
