"""What every object store keeps to, over a folder and a real S3 server: labels travel with bytes, tampering shows."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from node.errors import LabelError, NoAdmissibleZone, NotFound, SettingsError, StorageError
from node.settings import ZoneSettings
from node.sovereignty.labels import most_restrictive
from node.sovereignty.tags import LABEL_TAGS, MAC_TAG
from node.storage.objects import object_key, open_object_store
from node.storage.objects.vault import ObjectVault, StoredObject
from tests.labels import TODAY, label
from tests.objects import EUROPEAN, KEYS, OPEN, ZONE, Backend, folder_hands, item, put, s3_hands
from tests.servers.seaweedfs import SeaweedFs, seaweedfs


@pytest.fixture(scope="module")
def s3_server() -> Iterator[SeaweedFs]:
    with seaweedfs() as server:
        yield server


@pytest.fixture
def s3_settings(s3_server: SeaweedFs, monkeypatch: pytest.MonkeyPatch) -> ZoneSettings:
    monkeypatch.setenv(ZONE.access_key_env, s3_server.access_key)
    monkeypatch.setenv(ZONE.secret_key_env, s3_server.secret_key)
    return ZONE.model_copy(update={"url": s3_server.url})


@pytest.fixture(params=["folder", "seaweedfs"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    if request.param == "folder":
        store = open_object_store(ZONE, tmp_path)
        set_tags, set_bytes = folder_hands(tmp_path / "objects")
    else:
        store = open_object_store(request.getfixturevalue("s3_settings"), tmp_path)
        set_tags, set_bytes = s3_hands(request.getfixturevalue("s3_server"))
    with closing(ObjectVault((store,), KEYS, today=lambda: TODAY)) as vault:
        yield Backend(store=store, vault=vault, set_tags=set_tags, set_bytes=set_bytes)


@pytest.mark.parametrize("data", [b"", b"x", secrets.token_bytes(9 * 2**20)], ids=["empty", "one byte", "9 MiB"])
def test_an_object_comes_back_with_its_bytes_its_nine_tags_and_its_evidence(backend: Backend, data: bytes) -> None:
    (stored,) = put(backend, item(EUROPEAN, data))

    digest = hashlib.sha256(data).hexdigest()
    assert stored == StoredObject(
        digest=digest, kind="raw", zone="zone", key=f"raw/{digest[:2]}/{digest}", size=len(data)
    )
    assert backend.vault.get("zone", stored.key) == data
    assert set(backend.store.tags(stored.key)) == {*LABEL_TAGS, MAC_TAG}
    assert backend.vault.verify("zone", stored.key) == EUROPEAN
    found = backend.store.stat(stored.key)
    assert found.size == len(data)
    assert found.metadata == {
        "fairnode-zone": "zone",
        "fairnode-country": "FIN",
        "fairnode-operator": "Yliopisto Å",
        "fairnode-jurisdiction": "ZZZ",
        "fairnode-assurance": "1",
    }


def test_many_objects_at_once_each_get_their_own_label(backend: Backend) -> None:
    items = [item(OPEN if number % 2 else EUROPEAN) for number in range(60)]

    stored = put(backend, *items)

    for one, given in zip(stored, items, strict=True):
        assert backend.vault.get("zone", one.key) == given.data
        assert backend.vault.verify("zone", one.key) == given.label


def test_putting_an_object_again_changes_nothing_but_its_label(backend: Backend) -> None:
    first = item(OPEN)
    (before,) = put(backend, first)
    (same,) = put(backend, first)

    (after,) = put(backend, dataclasses.replace(first, label=EUROPEAN))

    assert before == same == after
    assert backend.vault.get("zone", after.key) == first.data
    assert backend.vault.verify("zone", after.key) == EUROPEAN


def test_a_label_loosened_behind_the_nodes_back_is_found_out(backend: Backend) -> None:
    (stored,) = put(backend, item(EUROPEAN))
    tags = backend.store.tags(stored.key)

    backend.set_tags(stored.key, {**tags, "sov-acc": "public"})

    with pytest.raises(LabelError, match="were changed"):
        backend.vault.verify("zone", stored.key)


def test_the_label_of_another_object_is_found_out(backend: Backend) -> None:
    strict, loose = put(backend, item(EUROPEAN), item(OPEN))

    backend.set_tags(strict.key, backend.store.tags(loose.key))

    with pytest.raises(LabelError, match="were changed"):
        backend.vault.verify("zone", strict.key)


def test_tags_taken_away_are_found_out(backend: Backend) -> None:
    (stored,) = put(backend, item(EUROPEAN))

    backend.set_tags(stored.key, {})

    with pytest.raises(LabelError, match="missing"):
        backend.vault.verify("zone", stored.key)


def test_the_operators_own_tag_does_no_harm(backend: Backend) -> None:
    (stored,) = put(backend, item(EUROPEAN))

    backend.set_tags(stored.key, {**backend.store.tags(stored.key), "cost": "physics"})

    assert backend.vault.verify("zone", stored.key) == EUROPEAN


def test_bytes_changed_behind_the_nodes_back_are_found_out_and_put_right_again(backend: Backend) -> None:
    original = item(EUROPEAN)
    (stored,) = put(backend, original)

    backend.set_bytes(stored.key, original.data + b"!")

    with pytest.raises(StorageError, match="not those that were put"):
        backend.vault.get("zone", stored.key)
    put(backend, original)
    assert backend.vault.get("zone", stored.key) == original.data
    assert backend.vault.verify("zone", stored.key) == EUROPEAN


def test_what_no_zone_may_hold_is_refused_by_itself(backend: Backend) -> None:
    spelling = label(policies=frozenset({"Not An Id"}))
    items = [item(OPEN), item(most_restrictive()), item(spelling), item(EUROPEAN)]

    first, unplaced, unspelt, last = backend.vault.put_many(items)

    assert isinstance(first, StoredObject)
    assert isinstance(last, StoredObject)
    assert isinstance(unplaced, NoAdmissibleZone)
    assert "assurance 1 is below 4" in unplaced.message
    assert isinstance(unspelt, NoAdmissibleZone)
    assert "policy id" in unspelt.message
    for refused in items[1:3]:
        with pytest.raises(NotFound):
            backend.store.get(object_key("raw", hashlib.sha256(refused.data).hexdigest()))


def test_an_object_that_is_not_there_is_not_found(backend: Backend) -> None:
    key = object_key("raw", secrets.token_hex(32))

    for ask in (backend.store.get, backend.store.tags, backend.store.stat):
        with pytest.raises(NotFound, match=key):
            ask(key)
    for ask in (backend.vault.get, backend.vault.verify):
        with pytest.raises(StorageError, match="has lost"):
            ask("zone", key)
        with pytest.raises(StorageError, match="no storage zone"):
            ask("elsewhere", key)
    backend.store.delete(key)


def test_a_deleted_object_is_gone_with_its_tags(backend: Backend) -> None:
    (stored,) = put(backend, item())

    backend.store.delete(stored.key)

    assert list(backend.store.keys(stored.key)) == []
    for ask in (backend.store.get, backend.store.tags):
        with pytest.raises(NotFound):
            ask(stored.key)


def test_keys_are_listed_in_order_by_prefix(backend: Backend) -> None:
    kind = f"k{secrets.token_hex(4)}"
    stored = put(backend, *(item(kind=kind) for _ in range(20)), item(kind=f"{kind}-other"))
    keys = sorted(one.key for one in stored[:-1])

    assert list(backend.store.keys(f"{kind}/")) == keys
    assert list(backend.store.keys(keys[3])) == [keys[3]]
    assert list(backend.store.keys(keys[3][: len(kind) + 3])) == [
        key for key in keys if key.startswith(keys[3][: len(kind) + 3])
    ]
    assert list(backend.store.keys(f"{kind}x")) == []
    assert set(keys) < set(backend.store.keys())


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../" + "a" * 64,
        "raw/../" + "a" * 64,
        "raw/ab/" + "a" * 64,
        "raw/aa/" + "a" * 63,
        "raw/aa/" + "A" * 64,
        "raw/aa/" + "a" * 64 + "\n",
        "raw/aa/" + "a" * 64 + ".json",
        "Raw/aa/" + "a" * 64,
        ".unfinished/aa/" + "a" * 64,
    ],
)
def test_what_is_no_key_never_becomes_a_path(backend: Backend, key: str) -> None:
    store = backend.store

    for ask in (store.get, store.tags, store.stat, store.delete, lambda key: store.put(key, b"", {}, {})):
        with pytest.raises(StorageError, match="no object key"):
            ask(key)


def test_the_probe_passes_and_leaves_nothing_behind(backend: Backend) -> None:
    backend.store.probe()

    assert list(backend.store.keys("probe/")) == []


def test_an_object_goes_to_the_first_zone_that_admits_it(backend: Backend, tmp_path: Path) -> None:
    anywhere = open_object_store(ZoneSettings(name="anywhere", url="file:elsewhere"), tmp_path)

    with closing(ObjectVault((anywhere, backend.store), KEYS, today=lambda: TODAY)) as vault:
        stored = vault.put_many([item(OPEN), item(EUROPEAN)])

    assert [getattr(one, "zone", one) for one in stored] == ["anywhere", "zone"]
    with pytest.raises(SettingsError, match="one name"):
        ObjectVault((backend.store, backend.store), KEYS)
