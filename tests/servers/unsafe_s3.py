"""Storage servers that no zone may trust: moto, which knows no secrets, and one that takes tags for an object.

The second does what `rclone serve s3` does: its S3 front end does not route `?tagging`, so a PutObjectTagging is a
PutObject, and the document becomes the object (https://rclone.org/commands/rclone_serve_s3/).
"""

from __future__ import annotations

import hashlib
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

from tests.servers.fairnode import free_port
from tests.servers.pycsw import PYTHON

BUCKET = "objects"
_READY_SECONDS = 60
_PROGRAM = "import sys; from moto.server import main; main(['-H', '127.0.0.1', '-p', sys.argv[1]])"


@contextmanager
def moto() -> Iterator[str]:
    """Start moto with an empty bucket; yield the zone URL; skip the test where it is not installed."""
    if not PYTHON.exists() or subprocess.run([str(PYTHON), "-I", "-c", "import moto"], capture_output=True).returncode:
        pytest.skip("moto is not installed; `make .venv/.peers` does it")
    port = free_port()
    command = [str(PYTHON), "-I", "-W", "ignore", "-c", _PROGRAM, str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + _READY_SECONDS
            while True:
                try:
                    made = urllib.request.Request(f"http://127.0.0.1:{port}/{BUCKET}", method="PUT")
                    made.add_header("Authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request")
                    urllib.request.urlopen(made, timeout=5).close()
                    break
                except OSError:
                    if time.monotonic() > deadline or process.poll() is not None:
                        raise
                    time.sleep(0.1)
            yield f"s3+http://127.0.0.1:{port}/{BUCKET}"
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def overwriting() -> Iterator[str]:
    """Serve a bucket whose objects a tagging document replaces; yield the zone URL."""
    held: dict[str, tuple[bytes, dict[str, str]]] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kept = {name: value for name, value in self.headers.items() if name.lower().startswith("x-amz-meta-")}
            held[self._key()] = (body, kept)
            self._answer(200, b"", {"ETag": _etag(body)})

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            key, query = self._key(), parse_qs(urlsplit(self.path).query, keep_blank_values=True)
            if not key and "location" in query:
                self._answer(200, _xml("<LocationConstraint/>"))
            elif not key:
                self._answer(200, _listing(held, query))
            elif key in held:
                body, kept = held[key]
                self._answer(200, body, {"ETag": _etag(body), "Last-Modified": formatdate(usegmt=True), **kept})
            else:
                self._answer(404, _xml("<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>"))

        def do_DELETE(self) -> None:
            held.pop(self._key(), None)
            self._answer(204, b"")

        def _key(self) -> str:
            return unquote(urlsplit(self.path).path).removeprefix(f"/{BUCKET}").strip("/")

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"s3+http://127.0.0.1:{server.server_port}/{BUCKET}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _listing(held: dict[str, tuple[bytes, dict[str, str]]], query: dict[str, list[str]]) -> bytes:
    prefix = query.get("prefix", [""])[0]
    tag, wrap = ("Version", "ListVersionsResult") if "versions" in query else ("Contents", "ListBucketResult")
    version = "<VersionId>null</VersionId><IsLatest>true</IsLatest>" if "versions" in query else ""
    rows = "".join(
        f"<{tag}><Key>{escape(key)}</Key>{version}<LastModified>2026-01-01T00:00:00.000Z</LastModified>"
        f"<ETag>{_etag(body)}</ETag><Size>{len(body)}</Size></{tag}>"
        for key, (body, _) in sorted(held.items())
        if key.startswith(prefix)
    )
    return _xml(f"<{wrap}><Name>{BUCKET}</Name><IsTruncated>false</IsTruncated>{rows}</{wrap}>")


def _xml(text: str) -> bytes:
    namespace = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    head, _, rest = text.partition(">")
    opened = f"{head[:-1]}{namespace}/>" if head.endswith("/") else f"{head}{namespace}>"
    return f'<?xml version="1.0" encoding="UTF-8"?>{opened}{rest}'.encode()


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
