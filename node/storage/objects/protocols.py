"""The interface of an object store: one storage zone, objects by key, each with its tags from the first moment on.

Keys are `<kind>/<ab>/<sha256>`: the content's own digest, so that an identifier never becomes a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from node.errors import StorageError
from node.model.label import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStat:
    """What a store says of an object: its size in bytes and the metadata it was put with."""

    size: int
    metadata: Mapping[str, str]


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

    def delete(self, key: str) -> None:
        """Remove an object with its tags; nothing happens where there is none."""
        ...

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield the keys that begin with `prefix`, in order."""
        ...

    def probe(self) -> None:
        """Try what the zone claims to be with an object of its own, and remove that again.

        Raises:
            StorageError: a claim does not hold, so the zone may not be used; the message says which.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
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
