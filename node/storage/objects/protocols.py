"""The interface of an object store: one storage zone, objects by key, each with its tags from the first moment on.

Keys are `<kind>/<ab>/<sha256>`: the content's own digest, so that an identifier never becomes a path.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from node.errors import StorageError
from node.model.label import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStat:
    """What a store says of an object: its size in bytes and the metadata it was put with."""

    size: int
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """An object as it is found in its store.

    Attributes:
        digest: SHA-256 of its bytes as they are now, in hex.
        size: in bytes.
        tags, metadata: as they are now.
        modified: when it was put.
    """

    digest: str
    size: int
    tags: Mapping[str, str]
    metadata: Mapping[str, str]
    modified: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question that a probe asks of a store.

    Attributes:
        name: what should be so, as a sentence without its subject.
        passed: whether it is; `None` where it could not be, or need not be, tried.
        detail: what was found.
        advice: what to do about it.
    """

    name: str
    passed: bool | None
    detail: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewObject:
    """An object on its way into a store: its key, its bytes, its tags, and metadata as evidence."""

    key: str
    data: bytes
    tags: Mapping[str, str]
    metadata: Mapping[str, str]


class ObjectStore(Protocol):
    """The objects of one storage zone; threads may share it.

    Every method raises `StorageError` where the store does not answer or refuses, or the key is malformed.

    Attributes:
        zone: the facts that `node.sovereignty.place` decides on.
        bucket: the name that an object's MAC binds it to.
    """

    zone: Zone
    bucket: str

    def put(self, key: str, data: bytes, tags: Mapping[str, str], metadata: Mapping[str, str]) -> None:
        """Store an object, or replace it with its tags; durable on return, and never without its tags."""
        ...

    def put_many(self, objects: Sequence[NewObject]) -> None:
        """Store objects as `put` does, in the way that is fastest for many; all are durable on return."""
        ...

    def get(self, key: str) -> bytes:
        """Return an object's bytes.

        Raises:
            NotFound: there is no such object.
        """
        ...

    def tags(self, key: str) -> dict[str, str]:
        """Return an object's tags as they are now; empty where somebody removed them.

        Raises:
            NotFound: there is no such object.
        """
        ...

    def stat(self, key: str) -> ObjectStat:
        """Return what the store says of an object.

        Raises:
            NotFound: there is no such object.
        """
        ...

    def observe(self, key: str) -> Observed:
        """Read an object to its end and say what it is; its bytes are not kept in memory.

        Raises:
            NotFound: there is no such object.
        """
        ...

    def set_tags(self, key: str, tags: Mapping[str, str]) -> None:
        """Replace all tags of an object in one step; its bytes stay what they are, and no older version is left.

        Raises:
            NotFound: there is no such object.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object with its tags; nothing happens where there is none."""
        ...

    def forget(self, key: str, *, older: bool = False) -> None:
        """Remove every version there is of an object, or every one but the current."""
        ...

    def keys(self, prefix: str = "", after: str = "") -> Iterator[str]:
        """Yield the keys that begin with `prefix` and come after `after`, in the order of their characters."""
        ...

    def examine(self) -> tuple[Check, ...]:
        """Try what the zone claims to be with objects of its own, and remove them again.

        Raises:
            StorageError: the store does not answer, so nothing can be said of it.
        """
        ...

    def probe(self) -> None:
        """Examine the store, and refuse it unless it passes.

        Raises:
            UnsafeZone: a claim does not hold, so the zone may not be used; the message names every one.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class LockingStore(Protocol):
    """A store that can keep an object from being deleted, by anybody, for a time."""

    @property
    def zone(self) -> Zone: ...

    def put_locked(self, key: str, data: bytes, until: dt.datetime) -> None:
        """Put an object that nobody can delete or change before `until` (S3 Object Lock, mode COMPLIANCE).

        Raises:
            StorageError: the store refuses, or does not answer.
        """
        ...

    def keys(self, prefix: str = "", after: str = "") -> Iterator[str]:
        """Yield keys in order."""
        ...

    def get(self, key: str) -> bytes:
        """Return an object's bytes."""
        ...


def object_key(kind: str, digest: str) -> str:
    """Return the key of an object.

    Args:
        kind: what it is, such as `raw`: `[a-z][a-z0-9-]{0,31}`.
        digest: SHA-256 of its bytes, 64 hex digits.

    Raises:
        StorageError: one of them is malformed.
    """
    return check_key(f"{kind}/{digest[:2]}/{digest}")


def check_key(key: str) -> str:
    """Return the key.

    Raises:
        StorageError: it is no key of an object, and might be a path that leaves the store.
    """
    if not _KEY.fullmatch(key):
        raise StorageError(f"{key[:200]!r} is no object key of the form kind/ab/sha256")
    return key


_KEY = re.compile(r"[a-z][a-z0-9-]{0,31}/(?P<ab>[0-9a-f]{2})/(?P=ab)[0-9a-f]{62}")
