"""The cycle collector, kept away from what stays: profiles, vocabularies and code, some 150,000 objects.

Every record makes thousands of short-lived objects, so Python looks for garbage often, and each time through all of
them: a quarter of the time it takes to map and judge a record (https://docs.python.org/3/library/gc.html#gc.freeze).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 20_000
"""So many objects come before the collector looks at the young ones: of a page's most are gone by then."""

_settled = False
"""Whether all that is held was left out; to ask Python (`gc.get_freeze_count`) takes a walk through all of it."""


def settle() -> None:
    """Leave all that a process holds by now out of every collection to come; only the first call does anything."""
    global _settled
    if not _settled:
        gc.collect()
        gc.freeze()
        _settled = True


@contextmanager
def settled() -> Iterator[None]:
    """Leave all that is held when the block begins out of the collections that it causes, of which there are fewer."""
    global _settled
    outer, usual = _settled, gc.get_threshold()
    settle()
    gc.set_threshold(_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        if not outer:
            gc.unfreeze()
            _settled = False
