"""The probe of a storage zone: servers that cannot be trusted with a label are refused, with every failed check."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from node.errors import UnsafeZone
from node.settings import ZoneSettings
from node.storage.objects import open_object_store
from node.storage.objects.protocols import Check
from node.storage.objects.vault import ObjectVault
from tests.objects import EUROPEAN, KEYS, ZONE, item
from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages, oai_dc_record
from tests.servers.seaweedfs import SeaweedFs, seaweedfs
from tests.servers.unsafe_s3 import moto, overwriting

EVERY_CHECK = (
    "holds its bucket and takes its credentials",
    "keeps old versions",
    "takes an object with nine tags in one request",
    "keeps the bytes of an object",
    "keeps the nine tags put with an object",
    "keeps the metadata put with an object",
    "keeps the size of an object",
    "keeps an object in its listing",
    "leaves bytes and ETag alone when tags are set",
    "refuses a PUT with a wrong checksum",
    "refuses GET without credentials",
    "refuses LIST without credentials",
    "refuses PUT without credentials",
    "refuses GET with a wrong secret",
    "refuses LIST with a wrong secret",
    "refuses PUT with a wrong secret",
    "reports of each object that it is encrypted",
    "keeps a locked object from being deleted",
)
STRANGERS = {name for name in EVERY_CHECK if "without credentials" in name or "wrong secret" in name}


@pytest.fixture(scope="module")
def s3_server() -> Iterator[SeaweedFs]:
    with seaweedfs() as server:
        yield server


@pytest.fixture
def s3_zone(s3_server: SeaweedFs, monkeypatch: pytest.MonkeyPatch) -> ZoneSettings:
    monkeypatch.setenv(ZONE.access_key_env, s3_server.access_key)
    monkeypatch.setenv(ZONE.secret_key_env, s3_server.secret_key)
    return ZONE.model_copy(update={"url": s3_server.url})


def examine(zone: ZoneSettings, home: Path) -> tuple[Check, ...]:
    with closing(open_object_store(zone, home)) as store:
        return store.examine()


def failed(checks: tuple[Check, ...]) -> set[str]:
    assert all(check.detail and check.advice for check in checks if check.passed is False)
    return {check.name for check in checks if check.passed is False}


def test_seaweedfs_passes_every_check_there_is_and_keeps_nothing_of_the_trial(
    s3_zone: ZoneSettings, s3_server: SeaweedFs, tmp_path: Path
) -> None:
    client = s3_server.client()
    client.make_bucket("audit", object_lock=True)
    zone = s3_zone.model_copy(
        update={
            "url": s3_zone.url.replace("/objects", "/audit"),
            "versioned": True,
            "encrypted": True,
            "object_lock": True,
        }
    )

    checks = examine(zone, tmp_path)

    assert tuple(check.name for check in checks) == EVERY_CHECK
    assert failed(checks) == set()
    locked = list(client.list_objects("audit", recursive=True, include_version=True))
    assert {found.object_name for found in locked if not found.is_delete_marker} == {locked[0].object_name}
    time.sleep(21)
    assert failed(examine(zone, tmp_path)) == set()
    left = client.list_objects("audit", recursive=True, include_version=True)
    assert locked[0].object_name not in {found.object_name for found in left}, "the next probe removes what it may"


@pytest.mark.parametrize(
    ("claim", "refused"),
    [
        ({"versioned": True}, {"keeps old versions"}),
        ({"object_lock": True}, {"keeps a locked object from being deleted"}),
        ({"encrypted": True}, set()),
        ({"encrypted": True, "encrypted_by": "disk"}, set()),
    ],
)
def test_a_claim_that_does_not_hold_is_refused(
    s3_zone: ZoneSettings, tmp_path: Path, claim: dict[str, object], refused: set[str]
) -> None:
    assert failed(examine(s3_zone.model_copy(update=claim), tmp_path)) == refused


def test_a_server_that_does_not_report_encryption_is_refused_where_it_is_claimed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(ZONE.access_key_env, "key")
    monkeypatch.setenv(ZONE.secret_key_env, "secret")
    with overwriting() as url:
        zone = ZONE.model_copy(update={"url": url, "encrypted": True})

        assert "reports of each object that it is encrypted" in failed(examine(zone, tmp_path))


@pytest.mark.parametrize(
    ("server", "refused", "passed"),
    [
        (moto, STRANGERS, {"keeps the nine tags put with an object", "keeps the bytes of an object"}),
        (
            overwriting,
            {
                *STRANGERS,
                "keeps the nine tags put with an object",
                "leaves bytes and ETag alone when tags are set",
                "refuses a PUT with a wrong checksum",
            },
            {"keeps the bytes of an object", "keeps the metadata put with an object"},
        ),
    ],
    ids=["moto", "one that takes a tagging document for the object"],
)
def test_a_server_that_cannot_be_trusted_is_refused_with_every_reason(
    server: Callable[[], AbstractContextManager[str]],
    refused: set[str],
    passed: set[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv(ZONE.access_key_env, "key")
    monkeypatch.setenv(ZONE.secret_key_env, "secret")
    with server() as url:
        zone = ZONE.model_copy(update={"url": url})
        checks = examine(zone, tmp_path)

        assert refused <= failed(checks)
        assert passed <= {check.name for check in checks if check.passed}
        with closing(open_object_store(zone, tmp_path)) as store, pytest.raises(UnsafeZone) as caught:
            store.probe()
    for name in failed(checks):
        assert name in caught.value.message


def test_seaweedfs_without_credentials_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with seaweedfs(credentials=False) as server:
        monkeypatch.setenv(ZONE.access_key_env, server.access_key)
        monkeypatch.setenv(ZONE.secret_key_env, server.secret_key)

        found = failed(examine(ZONE.model_copy(update={"url": server.url}), tmp_path))

    assert found == {name for name in STRANGERS if "without credentials" in name}


def test_nothing_is_put_into_a_zone_that_does_not_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ZONE.access_key_env, "key")
    monkeypatch.setenv(ZONE.secret_key_env, "secret")
    with overwriting() as url, closing(open_object_store(ZONE.model_copy(update={"url": url}), tmp_path)) as store:
        vault = ObjectVault((store,), KEYS)

        for _ in range(2):
            with pytest.raises(UnsafeZone):
                vault.put_many([item(EUROPEAN)])
        assert list(store.keys()) == []


def test_a_harvest_into_an_unsafe_zone_fails_and_says_why(tmp_path: Path) -> None:
    with overwriting() as url:
        zone = {"name": "open", "url": url}
        home = Home(
            tmp_path / "home",
            {
                "FAIRNODE_STORE__ZONES": json.dumps([zone]),
                "FAIRNODE_S3_ACCESS_KEY": "key",
                "FAIRNODE_S3_SECRET_KEY": "secret",
                "FAIRNODE_VALIDATION__PROFILE": "",
            },
        )
        home.run("init")
        with OaiPages([oai_dc_record("oai:example.org:1")]) as repository:
            home.run("source", "add", repository.url, "--name", "x")
            (run,) = home.json("harvest", "x", status=None)["runs"]
        probed = home.json("store", "probe", status=1)
        served = home.run("serve", status=3)

    assert run["status"] == "failed" and run["error"]["code"] == "sovereignty.unsafe-zone"
    assert "serves GET without credentials" in run["error"]["message"]
    assert {check["name"] for check in probed[0]["checks"] if check["passed"] is False} >= STRANGERS
    assert "sovereignty.unsafe-zone" in served.stderr
