"""The cycle collector, kept away from what stays: profiles, vocabularies and code, some 150,000 objects.

Every record makes thousands of short-lived objects, so Python looks for garbage often, and each time through all of
them: a quarter of the time it takes to map and judge a record (https://docs.python.org/3/library/gc.html#gc.freeze).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def settle() -> None:
    """Leave all that a process holds by now out of every collection to come; only the first call does anything."""
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()


@contextmanager
def settled() -> Iterator[None]:
    """Leave all that is held when the block begins out of the collections that it causes."""
    if gc.get_freeze_count():
        yield
        return
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
