"""The bare way to a bucket: the same client and pool of connections as the node's, and nothing else."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping

import urllib3
from minio import Minio
from minio.commonconfig import Tags

from tests.servers.seaweedfs import BUCKET, SeaweedFs


class BareStore:
    """Puts and gets objects of one bucket."""

    def __init__(self, server: SeaweedFs, bucket: str = BUCKET) -> None:
        self.bucket = bucket
        self._client = Minio(
            server.endpoint,
            access_key=server.access_key,
            secret_key=server.secret_key,
            secure=False,
            region="us-east-1",
            http_client=urllib3.PoolManager(maxsize=16, block=True),
        )

    def put(self, key: str, data: bytes, tags: Mapping[str, str]) -> None:
        """Put an object, with tags where there are any."""
        given = Tags.new_object_tags()
        for name, value in tags.items():
            given[name] = value
        self._client.put_object(self.bucket, key, io.BytesIO(data), len(data), tags=given if tags else None)

    def digest(self, key: str) -> str:
        """Return SHA-256 of an object's bytes."""
        answer = self._client.get_object(self.bucket, key)
        try:
            return hashlib.sha256(answer.read()).hexdigest()
        finally:
            answer.close()
            answer.release_conn()
