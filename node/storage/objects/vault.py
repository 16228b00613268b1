"""The vault: objects go in under a label, into the zone that admits it, and come out with their digest checked.

An object's key is its content's digest, its tags are its label and the MAC that binds both, and the zone's country and
operator are stamped into its metadata as evidence of where it was put.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from node.errors import LabelError, NoAdmissibleZone, NotFound, SettingsError, StorageError
from node.model.label import Label, Zone
from node.sovereignty.decide import is_over
from node.sovereignty.mac import MacKeys, sign, verify
from node.sovereignty.place import obstacles, place
from node.sovereignty.tags import MAC_TAG, decode, to_json
from node.storage.objects.protocols import NewObject, ObjectStore, check_key, object_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to be stored.

    Attributes:
        kind: what kind of thing it is, the first part of its key.
        data: its bytes.
        label: what it is stored under.
        digest: SHA-256 of its bytes in hex digits, worked out once.
    """

    kind: str
    data: bytes
    label: Label
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", hashlib.sha256(self.data).hexdigest())


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
        self._examining = threading.Lock()
        self._sound: set[str] = set()
        self._today = today or _utc_today

    @property
    def mac_keys(self) -> MacKeys:
        """The keys that sign labels."""
        return self._mac_keys

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
        # A page's objects share few labels, and where an object may lie follows from its label.
        stores = {label: self._admitting(label, today) for label in {item.label for item in items}}
        for item in items:
            store = stores[item.label]
            if isinstance(store, StorageError):
                results.append(store)
                continue
            new = self._new(item, store)
            zone = store.zone.name
            fresh.setdefault(zone, []).append(new)
            results.append(
                StoredObject(digest=item.digest, kind=item.kind, zone=zone, key=new.key, size=len(item.data))
            )
        for zone, objects in fresh.items():
            self._examine(self._stores[zone])
            self._stores[zone].put_many(objects)
        return tuple(results)

    def place(self, label: Label) -> Zone:
        """Return the zone that an object with this label belongs in today.

        Raises:
            NoAdmissibleZone: there is none.
        """
        return place(label, self.zones, today=self._today())

    def obstacles(self, label: Label, zone: str) -> tuple[str, ...]:
        """Return why a zone may not hold an object with this label today; none where it may."""
        return obstacles(label, self.store(zone).zone, today=self._today())

    def signed(self, label: Label, zone: str, key: str) -> dict[str, str]:
        """Return the nine tags of an object in a zone.

        Raises:
            LabelError: the label has no spelling.
            StorageError: there is no such zone.
        """
        tags = to_json(label)
        tags[MAC_TAG] = sign(tags, self.store(zone).bucket, key, self._mac_keys)
        return tags

    def put_into(self, zone: str, key: str, data: bytes, label: Label) -> None:
        """Put an object into a zone that admits it, its label with it.

        Raises:
            NoAdmissibleZone: the zone does not admit it.
            StorageError: there is no such zone, or it does not answer.
        """
        reasons = self.obstacles(label, zone)
        if reasons:
            raise NoAdmissibleZone(f"zone {zone} may not hold the object: {', '.join(reasons)}")
        store = self.store(zone)
        self._examine(store)
        store.put(key, data, self.signed(label, zone, key), evidence(store.zone))

    def get(self, zone: str, key: str) -> bytes:
        """Return an object's bytes, which have the digest that its key says.

        Raises:
            StorageError: there is no such zone, or it lost or changed the object.
        """
        try:
            data = self.store(zone).get(key)
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
        store = self.store(zone)
        try:
            return verify(store.tags(check_key(key)), store.bucket, key, self._mac_keys)
        except NotFound as error:
            raise StorageError(f"zone {zone} has lost the object {key}") from error

    def close(self) -> None:
        """Let go of every store."""
        for store in self._stores.values():
            store.close()

    def _admitting(self, label: Label, today: dt.date) -> ObjectStore | StorageError:
        """Return the store of the zone that may hold objects with a label, or why none may."""
        if is_over(label, today):
            return NoAdmissibleZone(f"no storage zone may hold the object: to be erased by {label.retention.erase_by}")
        try:
            decode(to_json(label))
            return self._stores[place(label, self.zones, today=today).name]
        except NoAdmissibleZone as error:
            return error
        except LabelError as error:
            return NoAdmissibleZone(f"no storage zone may hold the object: {error.message}")

    def _new(self, item: Item, store: ObjectStore) -> NewObject:
        """Return the object that an item becomes in a store that admits its label."""
        key = object_key(item.kind, item.digest)
        tags = to_json(item.label)
        tags[MAC_TAG] = sign(tags, store.bucket, key, self._mac_keys)
        return NewObject(key=key, data=item.data, tags=tags, metadata=evidence(store.zone))

    def _examine(self, store: ObjectStore) -> None:
        """Probe a zone before this process puts its first object there."""
        with self._examining:
            if store.zone.name not in self._sound:
                store.probe()
                self._sound.add(store.zone.name)

    def store(self, zone: str) -> ObjectStore:
        """Return the store of a zone.

        Raises:
            StorageError: there is no such zone.
        """
        try:
            return self._stores[zone]
        except KeyError:
            raise StorageError(f"there is no storage zone {zone}") from None


def evidence(zone: Zone) -> dict[str, str]:
    """Return what is stamped into the metadata of an object that is put into a zone."""
    return {
        "fairnode-zone": zone.name,
        "fairnode-country": zone.country,
        "fairnode-operator": zone.operator or "unknown",
        "fairnode-jurisdiction": zone.jurisdiction,
        "fairnode-assurance": str(zone.assurance),
    }


def _utc_today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
