"""Opening and probing storage zones: a zone that is not what it claims to be is refused, and says why."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from node.errors import SettingsError, StorageError
from node.settings import ZoneSettings
from node.storage.objects import open_object_store
from node.storage.objects.vault import ObjectVault
from tests.objects import KEYS, OPEN, ZONE, item
from tests.servers.seaweedfs import SeaweedFs, seaweedfs

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def s3_server() -> Iterator[SeaweedFs]:
    with seaweedfs() as server:
        yield server


@pytest.fixture
def s3_settings(s3_server: SeaweedFs, monkeypatch: pytest.MonkeyPatch) -> ZoneSettings:
    monkeypatch.setenv(ZONE.access_key_env, s3_server.access_key)
    monkeypatch.setenv(ZONE.secret_key_env, s3_server.secret_key)
    return ZONE.model_copy(update={"url": s3_server.url})


def test_a_server_that_is_open_to_all_does_not_pass_the_probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with seaweedfs(credentials=False) as server:
        monkeypatch.setenv(ZONE.access_key_env, server.access_key)
        monkeypatch.setenv(ZONE.secret_key_env, server.secret_key)

        with (
            closing(open_object_store(ZONE.model_copy(update={"url": server.url}), tmp_path)) as store,
            pytest.raises(StorageError, match="serves GET without credentials"),
        ):
            store.probe()


@pytest.mark.parametrize(
    ("url", "secret", "versioned", "message"),
    [
        ("/nothing-here", None, False, "there is no bucket nothing-here"),
        ("/objects", "0" * 40, False, "SignatureDoesNotMatch|AccessDenied"),
        ("/objects", None, True, "versioning is not on"),
    ],
)
def test_a_zone_that_is_not_what_it_claims_does_not_pass_the_probe(
    s3_settings: ZoneSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    secret: str | None,
    versioned: bool,
    message: str,
) -> None:
    if secret:
        monkeypatch.setenv(ZONE.secret_key_env, secret)
    settings = s3_settings.model_copy(update={"url": s3_settings.url.replace("/objects", url), "versioned": versioned})

    with closing(open_object_store(settings, tmp_path)) as store, pytest.raises(StorageError, match=message):
        store.probe()


def test_a_versioned_bucket_passes_the_probe_and_keeps_no_version_of_the_trial(
    s3_settings: ZoneSettings, s3_server: SeaweedFs, tmp_path: Path
) -> None:
    client = s3_server.client()
    client.make_bucket("versions")
    client.set_bucket_versioning("versions", VersioningConfig(ENABLED))
    settings = s3_settings.model_copy(
        update={"url": s3_settings.url.replace("/objects", "/versions"), "versioned": True}
    )

    with closing(open_object_store(settings, tmp_path)) as store:
        store.probe()

    assert list(client.list_objects("versions", recursive=True, include_version=True)) == []


def test_a_store_that_does_not_answer_is_an_error_of_the_world(s3_settings: ZoneSettings, tmp_path: Path) -> None:
    settings = s3_settings.model_copy(update={"url": "s3+http://127.0.0.1:9/objects"})

    with (
        closing(ObjectVault((open_object_store(settings, tmp_path),), KEYS)) as vault,
        pytest.raises(StorageError, match="zone"),
    ):
        vault.put_many([item()])


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/bucket",
        "objects",
        "s3+http://host",
        "s3+http:///bucket",
        "s3+https://host/Bucket",
        "s3+https://host/bucket/folder",
        "s3+https://key:secret@host/bucket",
        "s3+https://host/bucket?x=1",
        "file:",
        "file://server/share",
    ],
)
def test_a_url_that_names_no_store_is_refused(s3_settings: ZoneSettings, tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="zone"):
        open_object_store(s3_settings.model_copy(update={"url": url}), tmp_path)


def test_credentials_that_are_not_in_the_environment_are_missed_by_name(tmp_path: Path) -> None:
    settings = ZONE.model_copy(update={"url": "s3+https://s3.example.org/objects"})

    with pytest.raises(SettingsError, match="TEST_S3_ACCESS_KEY is not set"):
        open_object_store(settings, tmp_path)


def test_a_folder_does_not_claim_to_keep_versions(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no old versions"):
        open_object_store(ZONE.model_copy(update={"versioned": True}), tmp_path)


def test_a_folder_that_everybody_may_enter_holds_nothing_above_public(tmp_path: Path) -> None:
    store = open_object_store(ZONE, tmp_path)
    (tmp_path / "objects").chmod(0o755)

    with pytest.raises(StorageError, match="everybody"):
        store.probe()
    open_object_store(ZONE.model_copy(update={"tier": "public"}), tmp_path).probe()


def test_a_folder_killed_while_writing_has_every_object_it_acknowledged(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    acknowledged = [json.loads(writer.stdout.readline()) for _ in range(40)]
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate(timeout=30)
    acknowledged += [json.loads(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]

    store = open_object_store(ZONE, tmp_path)
    with closing(ObjectVault((store,), KEYS)) as vault:
        present = list(store.keys())
        assert set(acknowledged) <= set(present)
        for key in present:
            assert vault.verify("zone", key) == OPEN
            vault.get("zone", key)


_WRITER = """
import json, secrets, sys
from pathlib import Path
from node.storage.objects import open_object_store
from node.storage.objects.vault import Item, ObjectVault
from tests.objects import KEYS, OPEN, ZONE

vault = ObjectVault((open_object_store(ZONE, Path(sys.argv[1])),), KEYS)
while True:
    items = [Item(kind="raw", data=secrets.token_bytes(20000), label=OPEN) for _ in range(16)]
    for stored in vault.put_many(items):
        print(json.dumps(stored.key), flush=True)
"""
