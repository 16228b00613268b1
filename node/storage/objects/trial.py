"""The part of a zone's probe that every store shares: what is put comes back, bytes, tags and metadata alike."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

from node.errors import FairnodeError, StorageError, UnsafeZone
from node.sovereignty.labels import least
from node.sovereignty.tags import MAC_TAG, encode
from node.storage.objects.protocols import Check, ObjectStore, object_key

_KEEPS = "The zone may not be used; docs/how-to/s3-zone.md lists stores that pass."


class Trial:
    """Objects that a probe puts into a store; a context manager that removes them again, whatever happened.

    Attributes:
        key, data, tags, metadata: of the object that the checks are about.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.key, self.data = trial_object()
        # As long as a tag may be: a store that cuts values off would be found out by labels else.
        self.tags = {**encode(least()), MAC_TAG: "v1.probe." + "A" * 247}
        self.metadata = {"fairnode-zone": store.zone.name}

    def checks(self) -> Iterator[Check]:
        """Put the object and ask for it in every way there is."""
        store, key = self._store, self.key

        def put() -> str:
            store.put(key, self.data, self.tags, self.metadata)
            return ""

        written = tried("takes an object with nine tags in one request", put, _KEEPS)
        yield written
        if not written.passed:
            return
        questions: tuple[tuple[str, Callable[[], bool]], ...] = (
            ("the bytes of an object", lambda: store.get(key) == self.data),
            ("the nine tags put with an object", lambda: store.tags(key) == self.tags),
            ("the metadata put with an object", lambda: self.metadata.items() <= store.stat(key).metadata.items()),
            ("the size of an object", lambda: store.stat(key).size == len(self.data)),
            ("an object in its listing", lambda: list(store.keys(key)) == [key]),
        )
        for what, question in questions:
            yield tried(f"keeps {what}", partial(_kept, what, question), _KEEPS)


@contextmanager
def trial(store: ObjectStore) -> Iterator[Trial]:
    """Yield a trial, and remove its object."""
    attempt = Trial(store)
    try:
        yield attempt
    finally:
        # What cannot be removed has been told of by the checks already.
        with suppress(StorageError):
            store.forget(attempt.key)


def trial_object() -> tuple[str, bytes]:
    """Return the key and the bytes of an object that nobody else has."""
    data = secrets.token_bytes(1024)
    return object_key("probe", hashlib.sha256(data).hexdigest()), data


def tried(name: str, attempt: Callable[[], str], advice: str) -> Check:
    """Return how an attempt ended; it returns a detail, or raises to say that the store failed."""
    try:
        return Check(name=name, passed=True, detail=attempt())
    except FairnodeError as error:
        return Check(name=name, passed=False, detail=error.message, advice=advice)


def refuse_unless_sound(store: ObjectStore, checks: Sequence[Check]) -> None:
    """Raise `UnsafeZone`, naming every check that failed, unless none did."""
    failed = [check for check in checks if check.passed is False]
    if failed:
        told = "; ".join(f"it should be that it {check.name}, but {check.detail}" for check in failed)
        advice = " ".join(dict.fromkeys(check.advice for check in failed if check.advice))
        raise UnsafeZone(f"zone {store.zone.name} is refused: {told}", advice=advice or None)


def _kept(what: str, question: Callable[[], bool]) -> str:
    if not question():
        raise StorageError(f"the store does not keep {what}")
    return ""
