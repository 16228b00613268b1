"""A storage zone that is a bucket of an S3-compatible endpoint; the label's tags travel in the same PUT as the bytes.

S3 API: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html. A separate PutObjectTagging would leave a
moment without a label, and some servers overwrite the object with it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote, urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE, Tags
from minio.error import MinioException, S3Error
from minio.retention import Retention
from minio.sse import SseS3

from node.errors import NotFound, SettingsError, StorageError
from node.model.label import Zone
from node.settings import ZoneSettings
from node.sovereignty.tags import check
from node.storage.objects import probe
from node.storage.objects.probe import read_all
from node.storage.objects.protocols import Check, NewObject, ObjectStat, Observed, check_key
from node.storage.objects.trial import refuse_unless_sound


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
        encrypt=zone.encrypted and settings.encrypted_by == "server",
    )


class S3ObjectStore:
    """The objects of one bucket."""

    def __init__(
        self,
        zone: Zone,
        *,
        endpoint: str,
        secure: bool,
        bucket: str,
        region: str,
        access_key: str,
        secret_key: str,
        encrypt: bool,
    ) -> None:
        self.zone = zone
        self.bucket = bucket
        self.access_key = access_key
        # Asked for with each object, so that no setting of the bucket's can be switched off behind the node's back.
        self._sse = SseS3() if encrypt else None
        self.http = urllib3.PoolManager(
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
                endpoint, access_key=key, secret_key=secret, secure=secure, region=region, http_client=self.http
            )

        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"zone-{zone.name}")
        self.open_client = client
        self.client = client(access_key, secret_key)

    def put(self, key: str, data: bytes, tags: Mapping[str, str], metadata: Mapping[str, str]) -> None:
        check(tags)
        with self.answering():
            self.client.put_object(
                self.bucket,
                check_key(key),
                io.BytesIO(data),
                len(data),
                # Headers are ASCII; an operator's name need not be.
                metadata={f"{_META}{name}": quote(value, safe=" ") for name, value in metadata.items()},
                tags=_tags(tags),
                sse=self._sse,
                # One PUT whatever the size: in a multipart upload the tags come before the bytes.
                part_size=max(len(data), _LEAST_PART),
            )

    def put_locked(self, key: str, data: bytes, until: dt.datetime) -> None:
        """See `LockingStore.put_locked`."""
        with self.answering():
            made = self.client.put_object(
                self.bucket,
                check_key(key),
                io.BytesIO(data),
                len(data),
                retention=Retention(COMPLIANCE, until),
                sse=self._sse,
                part_size=max(len(data), _LEAST_PART),
            )
        if not made.version_id:
            raise StorageError(f"zone {self.zone.name}: {key} was put without a version, so nothing locks it")

    def put_many(self, objects: Sequence[NewObject]) -> None:
        futures = [self._threads.submit(self.put, new.key, new.data, new.tags, new.metadata) for new in objects]
        wait(futures)
        for future in futures:
            future.result()

    def get(self, key: str) -> bytes:
        with self.answering(key):
            return read_all(self.client, self.bucket, check_key(key))

    def tags(self, key: str) -> dict[str, str]:
        with self.answering(key):
            return dict(self.client.get_object_tags(self.bucket, check_key(key)) or {})

    def stat(self, key: str) -> ObjectStat:
        with self.answering(key):
            found = self.client.stat_object(self.bucket, check_key(key))
            return ObjectStat(size=found.size or 0, metadata=_metadata(found.metadata or {}))

    def observe(self, key: str) -> Observed:
        digest, size = hashlib.sha256(), 0
        with self.answering(key):
            answer = self.client.get_object(self.bucket, check_key(key))
            try:
                for chunk in answer.stream(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
            finally:
                answer.close()
                answer.release_conn()
            return Observed(
                digest=digest.hexdigest(),
                size=size,
                tags=self.tags(key),
                metadata=_metadata(answer.headers),
                modified=parsedate_to_datetime(answer.headers["Last-Modified"]),
            )

    def set_tags(self, key: str, tags: Mapping[str, str]) -> None:
        check(tags)
        with self.answering(key):
            # A server may answer without looking whether the object is there.
            self.client.stat_object(self.bucket, check_key(key))
            self.client.set_object_tags(self.bucket, key, _tags(tags))

    def delete(self, key: str) -> None:
        with self.answering():
            self.client.remove_object(self.bucket, check_key(key))

    def forget(self, key: str, *, older: bool = False) -> None:
        with self.answering():
            for found in self.client.list_objects(
                self.bucket, prefix=check_key(key), recursive=True, include_version=True
            ):
                if found.object_name == key and not (older and found.is_latest == "true"):
                    self.client.remove_object(self.bucket, key, version_id=found.version_id)

    def keys(self, prefix: str = "", after: str = "") -> Iterator[str]:
        with self.answering():
            for found in self.client.list_objects(
                self.bucket, prefix=prefix, recursive=True, start_after=after or None
            ):
                if found.object_name and not found.is_dir:
                    yield found.object_name

    def examine(self) -> tuple[Check, ...]:
        return probe.examine(self, encryption=self._sse is not None)

    def probe(self) -> None:
        refuse_unless_sound(self, self.examine())

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self.http.clear()

    @contextmanager
    def answering(self, key: str = "") -> Iterator[None]:
        """Turn what the client raises into the node's errors; where `key` is given, it may be missing."""
        try:
            yield
        except S3Error as error:
            if key and error.code in ("NoSuchKey", "NoSuchObject"):
                raise NotFound(f"zone {self.zone.name} holds no object {key}") from error
            raise StorageError(f"zone {self.zone.name}: {error.code}: {error.message}") from error
        except (MinioException, urllib3.exceptions.HTTPError, OSError, ValueError, SyntaxError) as error:
            # The client's XML errors are SyntaxErrors.
            raise StorageError(f"zone {self.zone.name}: {type(error).__name__}: {error}") from error


_CHUNK = 256 * 1024
_CONNECTIONS = 16
_THREADS = 8
_LEAST_PART = 5 * 2**20
_META = "x-amz-meta-"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _metadata(headers: Mapping[str, str]) -> dict[str, str]:
    lower = ((str(name).lower(), str(value)) for name, value in headers.items())
    return {name.removeprefix(_META): unquote(value) for name, value in lower if name.startswith(_META)}


def _tags(values: Mapping[str, str]) -> Tags:
    tags = Tags.new_object_tags()
    for key, value in values.items():
        tags[key] = value
    return tags


def _from_environment(zone: Zone, name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SettingsError(
            f"zone {zone.name}: the environment variable {name} is not set",
            advice="Set it, or name another one in the zone's access_key_env and secret_key_env.",
        )
    return value
