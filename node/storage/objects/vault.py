"""The vault: objects go in under a label, into the zone that admits it, and come out with their digest checked.

An object's key is its content's digest, its tags are its label and the MAC that binds both, and the zone's country and
operator are stamped into its metadata as evidence of where it was put.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from node.errors import LabelError, NoAdmissibleZone, NotFound, SettingsError, StorageError
from node.model.label import Label, Zone
from node.sovereignty.mac import MacKeys, sign, verify
from node.sovereignty.place import place
from node.sovereignty.tags import MAC_TAG, to_json
from node.storage.objects.protocols import NewObject, ObjectStore, check_key, object_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to be stored: what kind of thing it is (the first part of its key), its bytes, its label."""

    kind: str
    data: bytes
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """An object that is stored: SHA-256 in hex digits, kind, zone, key, and size in bytes."""

    digest: str
    kind: str
    zone: str
    key: str
    size: int


class ObjectVault:
    """The storage zones of a node, in order of preference."""

    def __init__(
        self, stores: Sequence[ObjectStore], mac_keys: MacKeys, *, today: Callable[[], dt.date] | None = None
    ) -> None:
        self._stores = {store.zone.name: store for store in stores}
        if len(self._stores) != len(stores):
            raise SettingsError("two storage zones have one name")
        self._mac_keys = mac_keys
        self._today = today or _utc_today

    @property
    def zones(self) -> tuple[Zone, ...]:
        """The zones, in order of preference."""
        return tuple(store.zone for store in self._stores.values())

    def put_many(self, items: Sequence[Item]) -> tuple[StoredObject | StorageError, ...]:
        """Store items, several at a time; return for each the object it became, or why no zone may hold it.

        An object that is there already is put again with its new tags. Everything returned as stored is durable.

        Raises:
            StorageError: a store does not answer. Items may have been stored; putting them again is harmless.
        """
        today = self._today()
        results: list[StoredObject | StorageError] = []
        fresh: dict[str, list[NewObject]] = {}
        for item in items:
            admitted = self._admit(item, today)
            if isinstance(admitted, StorageError):
                results.append(admitted)
                continue
            zone, new = admitted
            fresh.setdefault(zone, []).append(new)
            digest = new.key.rpartition("/")[2]
            results.append(StoredObject(digest=digest, kind=item.kind, zone=zone, key=new.key, size=len(item.data)))
        for zone, objects in fresh.items():
            self._stores[zone].put_many(objects)
        return tuple(results)

    def get(self, zone: str, key: str) -> bytes:
        """Return an object's bytes, which have the digest that its key says.

        Raises:
            StorageError: there is no such zone, or it lost or changed the object.
        """
        try:
            data = self._store(zone).get(key)
        except NotFound as error:
            raise StorageError(f"zone {zone} has lost the object {key}") from error
        if hashlib.sha256(data).hexdigest() != key.rpartition("/")[2]:
            raise StorageError(f"zone {zone}: the bytes of {key} are not those that were put there")
        return data

    def verify(self, zone: str, key: str) -> Label:
        """Return the label that an object's tags carry, once their MAC holds for this object in this zone.

        Raises:
            LabelError: the tags cannot be read or do not verify: the object counts as the most restrictive there is.
            StorageError: there is no such zone, or it lost the object.
        """
        store = self._store(zone)
        try:
            return verify(store.tags(check_key(key)), store.bucket, key, self._mac_keys)
        except NotFound as error:
            raise StorageError(f"zone {zone} has lost the object {key}") from error

    def close(self) -> None:
        """Let go of every store."""
        for store in self._stores.values():
            store.close()

    def _admit(self, item: Item, today: dt.date) -> tuple[str, NewObject] | StorageError:
        """Return the zone that may hold an item and the object it becomes there, or why none may."""
        digest = hashlib.sha256(item.data).hexdigest()
        key = object_key(item.kind, digest)
        try:
            store = self._stores[place(item.label, self.zones, today=today).name]
            tags = to_json(item.label)
            tags[MAC_TAG] = sign(tags, store.bucket, key, self._mac_keys)
        except NoAdmissibleZone as error:
            return error
        except LabelError as error:
            return NoAdmissibleZone(f"no storage zone may hold the object: {error.message}")
        return store.zone.name, NewObject(key=key, data=item.data, tags=tags, metadata=_evidence(store.zone))

    def _store(self, zone: str) -> ObjectStore:
        try:
            return self._stores[zone]
        except KeyError:
            raise StorageError(f"there is no storage zone {zone}") from None


def _evidence(zone: Zone) -> dict[str, str]:
    return {
        "fairnode-zone": zone.name,
        "fairnode-country": zone.country,
        "fairnode-operator": zone.operator or "unknown",
        "fairnode-assurance": str(zone.assurance),
    }


def _utc_today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
