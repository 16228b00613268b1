"""A storage zone that is a bucket of an S3-compatible endpoint; the label's tags travel in the same PUT as the bytes.

S3 API: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html. A separate PutObjectTagging would leave a
moment without a label, and some servers overwrite the object with it.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from urllib.parse import quote, unquote, urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import ENABLED, Tags
from minio.error import MinioException, S3Error

from node.errors import NotFound, SettingsError, StorageError
from node.model.label import Zone
from node.settings import ZoneSettings
from node.sovereignty.tags import check
from node.storage.objects.protocols import NewObject, ObjectStat, check_key
from node.storage.objects.trial import expect, put_trial_object


def open_store(zone: Zone, settings: ZoneSettings) -> S3ObjectStore:
    """Open the bucket that an `s3+http(s)://host[:port]/bucket` URL names, with the keys the environment holds.

    Raises:
        SettingsError: the URL is no such URL, or an environment variable named by the zone is not set.
    """
    parts = urlsplit(zone.url)
    bucket = parts.path.strip("/")
    if not parts.hostname or not _BUCKET.fullmatch(bucket) or parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingsError(f"zone {zone.name}: {zone.url!r} is not s3+http(s)://host[:port]/bucket")
    return S3ObjectStore(
        zone,
        endpoint=parts.netloc,
        secure=parts.scheme == "s3+https",
        bucket=bucket,
        region=settings.region,
        access_key=_from_environment(zone, settings.access_key_env),
        secret_key=_from_environment(zone, settings.secret_key_env),
    )


class S3ObjectStore:
    """The objects of one bucket."""

    def __init__(
        self, zone: Zone, *, endpoint: str, secure: bool, bucket: str, region: str, access_key: str, secret_key: str
    ) -> None:
        self.zone = zone
        self.bucket = bucket
        self._access_key = access_key
        self._http = urllib3.PoolManager(
            maxsize=_CONNECTIONS,
            block=True,
            timeout=urllib3.Timeout(connect=5, read=60),
            # Every request is idempotent, so all may be tried again. A redirect is none of ours to follow.
            retries=urllib3.Retry(
                total=4, redirect=False, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504), allowed_methods=None
            ),
            ssl_context=ssl.create_default_context(),
        )

        def client(key: str | None, secret: str | None) -> Minio:
            return Minio(
                endpoint, access_key=key, secret_key=secret, secure=secure, region=region, http_client=self._http
            )

        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"zone-{zone.name}")
        self._open_client = client
        self._client = client(access_key, secret_key)

    def put(self, key: str, data: bytes, tags: Mapping[str, str], metadata: Mapping[str, str]) -> None:
        check(tags)
        with self._answering():
            self._client.put_object(
                self.bucket,
                check_key(key),
                io.BytesIO(data),
                len(data),
                # Headers are ASCII; an operator's name need not be.
                metadata={f"{_META}{name}": quote(value, safe=" ") for name, value in metadata.items()},
                tags=_tags(tags),
                # One PUT whatever the size: in a multipart upload the tags come before the bytes.
                part_size=max(len(data), _LEAST_PART),
            )

    def put_many(self, objects: Sequence[NewObject]) -> None:
        futures = [self._threads.submit(self.put, new.key, new.data, new.tags, new.metadata) for new in objects]
        wait(futures)
        for future in futures:
            future.result()

    def get(self, key: str) -> bytes:
        with self._answering(key):
            return _read(self._client, self.bucket, check_key(key))

    def tags(self, key: str) -> dict[str, str]:
        with self._answering(key):
            return dict(self._client.get_object_tags(self.bucket, check_key(key)) or {})

    def stat(self, key: str) -> ObjectStat:
        with self._answering(key):
            found = self._client.stat_object(self.bucket, check_key(key))
            headers = {str(name).lower(): str(value) for name, value in (found.metadata or {}).items()}
            metadata = {
                name.removeprefix(_META): unquote(value) for name, value in headers.items() if name.startswith(_META)
            }
            return ObjectStat(size=found.size or 0, metadata=metadata)

    def delete(self, key: str) -> None:
        with self._answering():
            self._client.remove_object(self.bucket, check_key(key))

    def keys(self, prefix: str = "") -> Iterator[str]:
        with self._answering():
            for found in self._client.list_objects(self.bucket, prefix=prefix, recursive=True):
                if found.object_name and not found.is_dir:
                    yield found.object_name

    def probe(self) -> None:
        with self._answering():
            if not self._client.bucket_exists(self.bucket):
                raise StorageError(f"zone {self.zone.name}: there is no bucket {self.bucket}")
            if self.zone.versioned and self._client.get_bucket_versioning(self.bucket).status != ENABLED:
                raise StorageError(f"zone {self.zone.name}: versioning is not on for the bucket {self.bucket}")
        with put_trial_object(self) as (key, data):
            self._probe_tagging(key, data)
            self._probe_refusals(key, data)
        if self.zone.versioned:
            self._forget_versions(key)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._http.clear()

    def _probe_tagging(self, key: str, data: bytes) -> None:
        """A server that takes a tagging document for the object would lose the object to the first relabelling."""
        with self._answering():
            etag = self._client.stat_object(self.bucket, key).etag
            self._client.set_object_tags(self.bucket, key, _tags({"sov-acc": "public"}))
            unchanged = self._client.stat_object(self.bucket, key).etag == etag
        expect(self, "an object as it was when its tags are set", unchanged and self.get(key) == data)

    def _probe_refusals(self, key: str, data: bytes) -> None:
        attempts: tuple[tuple[str, Callable[[Minio], object]], ...] = (
            ("GET", lambda client: _read(client, self.bucket, key)),
            ("LIST", lambda client: next(iter(client.list_objects(self.bucket)), None)),
            ("PUT", lambda client: self._put_as(client, key, data)),
        )
        strangers = (
            ("without credentials", self._open_client(None, None)),
            ("with a wrong secret", self._open_client(self._access_key, secrets.token_hex(20))),
        )
        for who, client in strangers:
            for method, attempt in attempts:
                with self._answering():
                    if not _refused(attempt, client):
                        raise StorageError(
                            f"zone {self.zone.name}: the endpoint serves {method} {who}",
                            advice="Give the endpoint credentials and close the bucket to everybody else.",
                        )

    def _put_as(self, client: Minio, key: str, data: bytes) -> None:
        client.put_object(self.bucket, key, io.BytesIO(data), len(data))

    def _forget_versions(self, key: str) -> None:
        with self._answering():
            for found in self._client.list_objects(self.bucket, prefix=key, recursive=True, include_version=True):
                self._client.remove_object(self.bucket, key, version_id=found.version_id)

    @contextmanager
    def _answering(self, key: str = "") -> Iterator[None]:
        try:
            yield
        except S3Error as error:
            if key and error.code in ("NoSuchKey", "NoSuchObject"):
                raise NotFound(f"zone {self.zone.name} holds no object {key}") from error
            raise StorageError(f"zone {self.zone.name}: {error.code}: {error.message}") from error
        except (MinioException, urllib3.exceptions.HTTPError, OSError, ValueError, SyntaxError) as error:
            # The client's XML errors are SyntaxErrors.
            raise StorageError(f"zone {self.zone.name}: {type(error).__name__}: {error}") from error


_CONNECTIONS = 16
_THREADS = 8
_LEAST_PART = 5 * 2**20
_META = "x-amz-meta-"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _tags(values: Mapping[str, str]) -> Tags:
    tags = Tags.new_object_tags()
    for key, value in values.items():
        tags[key] = value
    return tags


def _read(client: Minio, bucket: str, key: str) -> bytes:
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


def _from_environment(zone: Zone, name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SettingsError(
            f"zone {zone.name}: the environment variable {name} is not set",
            advice="Set it, or name another one in the zone's access_key_env and secret_key_env.",
        )
    return value
