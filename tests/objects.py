"""Zones, items and the hands of a stranger, for tests of object stores."""

from __future__ import annotations

import dataclasses
import io
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from minio.commonconfig import Tags

from node.model.label import Access, Label
from node.settings import ZoneSettings
from node.sovereignty.labels import join
from node.sovereignty.mac import MacKeys
from node.storage.objects import ObjectStore
from node.storage.objects.vault import Item, ObjectVault, StoredObject
from tests.labels import label
from tests.servers.seaweedfs import SeaweedFs

KEYS = MacKeys(current="k1", keys={"k1": bytes(range(32))})
OPEN = label(origin=frozenset({"FIN"}))
EUROPEAN = join(OPEN, label(zones="EU", access=Access.REGISTERED))
ZONE = ZoneSettings(
    name="zone",
    country="FIN",
    operator="Yliopisto Å",
    assurance=1,
    tier="registered",
    access_key_env="TEST_S3_ACCESS_KEY",
    secret_key_env="TEST_S3_SECRET_KEY",
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A store, and what somebody with access behind the node's back can do to its objects."""

    store: ObjectStore
    vault: ObjectVault
    set_tags: Callable[[str, dict[str, str]], None]
    set_bytes: Callable[[str, bytes], None]


def put(backend: Backend, *items: Item) -> list[StoredObject]:
    stored = backend.vault.put_many(items)
    assert all(isinstance(one, StoredObject) for one in stored), stored
    return [one for one in stored if isinstance(one, StoredObject)]


def item(label: Label = OPEN, data: bytes | None = None, kind: str = "raw") -> Item:
    return Item(kind=kind, data=secrets.token_bytes(2000) if data is None else data, label=label)


def folder_hands(
    folder: Path,
) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str, bytes], None]]:
    def set_tags(key: str, tags: dict[str, str]) -> None:
        head, _, data = (folder / key).read_bytes().partition(b"\n")
        bent = json.dumps({**json.loads(head), "tags": tags}).encode()
        (folder / key).write_bytes(bent + b"\n" + data)

    def set_bytes(key: str, data: bytes) -> None:
        head, _, _ = (folder / key).read_bytes().partition(b"\n")
        (folder / key).write_bytes(head + b"\n" + data)

    return set_tags, set_bytes


def s3_hands(
    server: SeaweedFs,
) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str, bytes], None]]:
    client = server.client()

    def set_tags(key: str, tags: dict[str, str]) -> None:
        if not tags:
            client.delete_object_tags("objects", key)
            return
        object_tags = Tags.new_object_tags()
        for name, value in tags.items():
            object_tags[name] = value
        client.set_object_tags("objects", key, object_tags)

    def set_bytes(key: str, data: bytes) -> None:
        client.put_object("objects", key, io.BytesIO(data), len(data))

    return set_tags, set_bytes
