"""What an S3 endpoint has to do before a label can be trusted to it, tried with objects of the probe's own.

Servers that call themselves S3-compatible differ where it matters: some take a tagging document for the object, some
take any secret, some serve everybody. S3 API: https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Protocol

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE, ENABLED
from minio.error import S3Error
from minio.retention import Retention

from node.errors import StorageError
from node.storage.objects.protocols import Check, ObjectStore
from node.storage.objects.trial import Trial, trial, trial_object, tried

_CLOSE = "Give the endpoint credentials and close the bucket to everybody else."
_TAGGING = "The first relabelling would lose the object: use another server; docs/how-to/s3-zone.md lists some."
_CHECKSUM = "A PUT damaged on its way would be kept as it came: use another server, or switch its checks on."
_VERSIONING = (
    "Switch versioning on for the bucket, or set versioned = false (nothing above `registered` goes there then)."
)
_ENCRYPTION = 'Give the server a key to encrypt with, or say encrypted_by = "disk" where the disk does it.'
_LOCK = "Make the bucket with object lock; it cannot be switched on later."
_LOCK_SECONDS = 20


class Bucket(ObjectStore, Protocol):
    """What the probe has to know of an S3 store beyond its objects."""

    access_key: str
    client: Minio
    http: urllib3.PoolManager

    def open_client(self, access_key: str | None, secret_key: str | None) -> Minio:
        """Return a client that signs with other keys, or not at all."""
        ...

    def answering(self, key: str = "") -> AbstractContextManager[None]:
        """Turn what the client raises into the node's errors."""
        ...


def examine(store: Bucket, *, encryption: bool) -> tuple[Check, ...]:
    """Ask every question; the later ones are left out where there is no bucket to ask them of.

    Args:
        encryption: the server is to report of each object that it is encrypted.

    Raises:
        StorageError: the endpoint does not answer.
    """
    first = tuple(_bucket(store))
    if not first[0].passed:
        return first
    _sweep(store)
    with trial(store) as attempt:
        return (*first, *attempt.checks(), *_after(store, attempt, encryption=encryption))


def _bucket(store: Bucket) -> Iterator[Check]:
    def there() -> str:
        try:
            if not store.client.bucket_exists(store.bucket):
                raise StorageError(f"there is no bucket {store.bucket}")
        except S3Error as error:
            raise StorageError(f"{error.code}: {error.message}") from error
        return store.bucket

    with store.answering():
        yield tried("holds its bucket and takes its credentials", there, "Make the bucket, or correct the credentials.")
    if store.zone.versioned:
        yield tried("keeps old versions", lambda: _versioning(store), _VERSIONING)


def _versioning(store: Bucket) -> str:
    with store.answering():
        status = store.client.get_bucket_versioning(store.bucket).status
    if status != ENABLED:
        raise StorageError(f"versioning is not on for the bucket {store.bucket}")
    return "on"


def _after(store: Bucket, attempt: Trial, *, encryption: bool) -> Iterator[Check]:
    yield tried("leaves bytes and ETag alone when tags are set", lambda: _tagging(store, attempt), _TAGGING)
    yield tried("refuses a PUT with a wrong checksum", lambda: _checksum(store), _CHECKSUM)
    yield from _strangers(store, attempt)
    if encryption:
        yield tried("reports of each object that it is encrypted", lambda: _encryption(store, attempt.key), _ENCRYPTION)
    if store.zone.locked:
        yield tried("keeps a locked object from being deleted", lambda: _lock(store), _LOCK)


def _tagging(store: Bucket, attempt: Trial) -> str:
    """A server that takes a tagging document for the object would lose the object to the first relabelling."""
    with store.answering():
        etag = store.client.stat_object(store.bucket, attempt.key).etag
        store.set_tags(attempt.key, {"sov-acc": "public"})
        unchanged = store.client.stat_object(store.bucket, attempt.key).etag == etag
    if not unchanged or store.get(attempt.key) != attempt.data:
        raise StorageError("the store does not keep an object as it was when its tags are set")
    if store.tags(attempt.key) != {"sov-acc": "public"}:
        raise StorageError("the tags that were set are not the tags that it has")
    return ""


def _checksum(store: Bucket) -> str:
    key, data = trial_object()
    wrong = base64.b64encode(hashlib.md5(b"something else", usedforsecurity=False).digest()).decode()
    try:
        with store.answering():
            url = store.client.presigned_put_object(store.bucket, key, expires=dt.timedelta(minutes=5))
            answer = store.http.request("PUT", url, body=data, headers={"Content-MD5": wrong}, redirect=False)
        if answer.status < 400:
            raise StorageError("a PUT whose Content-MD5 is wrong is taken")
        return f"status {answer.status}"
    finally:
        with suppress(StorageError):
            store.forget(key)


def _strangers(store: Bucket, attempt: Trial) -> Iterator[Check]:
    key, data = trial_object()
    attempts: tuple[tuple[str, Callable[[Minio], object]], ...] = (
        ("GET", lambda client: read_all(client, store.bucket, attempt.key)),
        ("LIST", lambda client: next(iter(client.list_objects(store.bucket)), None)),
        ("PUT", lambda client: client.put_object(store.bucket, key, io.BytesIO(data), len(data))),
    )
    strangers = (
        ("without credentials", store.open_client(None, None)),
        ("with a wrong secret", store.open_client(store.access_key, secrets.token_hex(20))),
    )
    try:
        for who, client in strangers:
            for method, ask in attempts:

                def refused(
                    ask: Callable[[Minio], object] = ask, client: Minio = client, what: str = f"{method} {who}"
                ) -> str:
                    with store.answering():
                        if not _refused(ask, client):
                            raise StorageError(f"the endpoint serves {what}")
                    return ""

                yield tried(f"refuses {method} {who}", refused, _CLOSE)
    finally:
        with suppress(StorageError):
            store.forget(key)


def _encryption(store: Bucket, key: str) -> str:
    with store.answering(key):
        headers = store.client.stat_object(store.bucket, key).metadata or {}
    reported = {str(name).lower(): str(value) for name, value in headers.items()}.get("x-amz-server-side-encryption")
    if not reported:
        raise StorageError("it says nothing of encryption when asked for an object")
    return reported


def _lock(store: Bucket) -> str:
    key, data = trial_object()
    until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=_LOCK_SECONDS)
    with store.answering():
        made = store.client.put_object(
            store.bucket, key, io.BytesIO(data), len(data), retention=Retention(COMPLIANCE, until)
        )
        if not made.version_id:
            raise StorageError("a locked object has no version")
        try:
            store.client.remove_object(store.bucket, key, version_id=made.version_id)
        except S3Error as error:
            if not 400 <= error.response.status < 500:
                raise
        kept = store.client.get_object(store.bucket, key, version_id=made.version_id)
        try:
            if kept.read() != data:
                raise StorageError("a locked object was changed")
        finally:
            kept.close()
            kept.release_conn()
    return f"for {_LOCK_SECONDS} seconds, which the trial object stays"


def _sweep(store: Bucket) -> None:
    """Remove the locked trial objects of earlier probes, once their time is over."""
    if not store.zone.locked:
        return
    with suppress(StorageError):
        for key in set(store.keys("probe/")):
            with suppress(StorageError):
                store.forget(key)


def read_all(client: Minio, bucket: str, key: str) -> bytes:
    """Return an object's bytes, and give the connection back."""
    response = client.get_object(bucket, key)
    try:
        return response.read()
    finally:
        response.close()
        response.release_conn()


def _refused(attempt: Callable[[Minio], object], client: Minio) -> bool:
    try:
        attempt(client)
    except S3Error as error:
        if error.response.status in (401, 403):
            return True
        raise
    return False
