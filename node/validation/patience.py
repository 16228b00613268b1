"""What a run does without: a check that took too long of several of its records is not asked of the others.

A check is stopped after a quarter of a record's time, 2.5 seconds. A pattern that explodes does so of nearly every
record of a source, which would be three days for 100,000 of them. One record is no proof, for it may be an odd one;
five that each took a thousand times what a record takes are, and cost a process twelve seconds.

Each process counts for itself, so that nothing is shared and nobody waits; a run on many cores pays for each of them.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

RECORDS = 5
"""Of so many records of a run a check may take too long before it is given up."""
_RUNS = 16
_run: ContextVar[str] = ContextVar("run", default="")
_counts: OrderedDict[str, Counter[str]] = OrderedDict()
_given_up: dict[str, frozenset[str]] = {}
_NONE: frozenset[str] = frozenset()


@contextmanager
def of_run(name: str) -> Iterator[None]:
    """Count what is judged in a `with` block as part of a run; an empty name is none, in which nothing is given up."""
    token = _run.set(name)
    try:
        yield
    finally:
        _run.reset(token)


def given_up() -> frozenset[str]:
    """Return the IRIs of the shapes that the run at hand does without in this process."""
    return _given_up.get(_run.get(), _NONE) if _given_up else _NONE


def stopped(shapes: Iterable[str]) -> None:
    """Count a record of the run at hand that some shapes took too long of."""
    name = _run.get()
    if not name:
        return
    counts = _counts.setdefault(name, Counter())
    _counts.move_to_end(name)
    counts.update(set(shapes))
    lost = frozenset(shape for shape, records in counts.items() if records >= RECORDS)
    if lost:
        _given_up[name] = lost
    while len(_counts) > _RUNS:
        # Runs end without a word to the processes that worked for them.
        _given_up.pop(_counts.popitem(last=False)[0], None)
