"""The part of a zone's probe that every store shares: what is put comes back, bytes, tags and metadata alike."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from node.errors import FairnodeError, StorageError
from node.sovereignty.labels import least
from node.sovereignty.tags import MAC_TAG, encode
from node.storage.objects.protocols import ObjectStore, object_key


@contextmanager
def put_trial_object(store: ObjectStore) -> Iterator[tuple[str, bytes]]:
    """Put an object with nine tags and read it back; yield its key and bytes; remove it.

    Raises:
        StorageError: the store loses or changes any of it.
    """
    data = secrets.token_bytes(1024)
    key = object_key("probe", hashlib.sha256(data).hexdigest())
    # As long as a tag may be: a store that cuts values off would be found out by labels else.
    tags = {**encode(least()), MAC_TAG: "v1.probe." + "A" * 247}
    metadata = {"fairnode-zone": store.zone.name}
    try:
        store.put(key, data, tags, metadata)
        expect(store, "the bytes of an object", store.get(key) == data)
        expect(store, "the nine tags put with an object", store.tags(key) == tags)
        found = store.stat(key)
        expect(store, "the metadata put with an object", metadata.items() <= found.metadata.items())
        expect(store, "the size of an object", found.size == len(data))
        expect(store, "an object in its listing", list(store.keys(key)) == [key])
        yield key, data
    except FairnodeError as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(f"zone {store.zone.name}: {error.message}") from error
    finally:
        store.delete(key)


def expect(store: ObjectStore, what: str, kept: bool) -> None:
    """Raise `StorageError` unless the store kept what it was given."""
    if not kept:
        raise StorageError(
            f"zone {store.zone.name}: the store does not keep {what}",
            advice="The zone may not be used; docs/how-to/s3-zone.md lists stores that pass.",
        )
