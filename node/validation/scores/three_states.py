"""Met, not met, undecided: `True`, `False`, `None`, combined by Kleene's strong logic."""

from __future__ import annotations

from collections.abc import Iterable


def all_of(states: Iterable[bool | None]) -> bool | None:
    """Return whether all are met: not met where one is not, undecided where it hangs on one. `True` for none at all."""
    known = tuple(states)
    if any(state is False for state in known):
        return False
    return None if any(state is None for state in known) else True


def any_of(states: Iterable[bool | None]) -> bool | None:
    """Return whether at least one is met: undecided where none is and one may be. `False` for none at all."""
    known = tuple(states)
    if any(state is True for state in known):
        return True
    return None if any(state is None for state in known) else False
