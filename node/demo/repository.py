"""A repository to harvest: the sample, or records of the caller's, served over OAI-PMH 2.0 on 127.0.0.1.

Beside it stands the catalogue of the infrastructures whose records they are, as DCAT.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import re
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from node.demo.catalogue import sample_catalogue
from node.demo.holdings import Holdings, SampleRecord, edited
from node.demo.provider import Provider, new_secret
from node.demo.sample import sample_records, set_names


def utc_now() -> dt.datetime:
    """Return the present, UTC."""
    return dt.datetime.now(dt.UTC)


class SampleRepository:
    """An OAI-PMH repository that runs while its `with` block does.

    Changes made through `touch`, `withdraw` and `put` get the present as datestamp, so the next incremental harvest
    sees them.

    Attributes:
        requests: requests answered so far.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        records: Iterable[SampleRecord] | None = None,
        sets: Mapping[str, str] | None = None,
        page_size: int = 50,
        control_characters: bool = False,
        clock: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        """Prepare the repository; nothing listens before the block is entered.

        Args:
            port: TCP port on 127.0.0.1; 0 takes a free one.
            records: served in place of the sample; headers are held, payloads rendered page by page.
            sets: setSpec to setName; by default the sample's, or what the headers of `records` name.
            page_size: records a page.
            control_characters: see `sample_records`; only for the sample.
            clock: gives the present, UTC.
        """
        self._holdings = Holdings(sample_records(control_characters=control_characters) if records is None else records)
        if sets is None:
            sets = set_names() if records is None else _sets_of(self._holdings)
        self._clock, self._port = clock, port
        self._provider = Provider(
            holdings=self._holdings,
            sets=sets,
            name="Sample of invented research infrastructures",
            page_size=page_size,
            clock=clock,
            secret=new_secret(),
        )
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._count_lock = threading.Lock()
        self.requests = 0

    def __enter__(self) -> SampleRepository:
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sample-repository")
        self._thread.daemon = True
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None and self._thread is not None
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    @property
    def url(self) -> str:
        """The base URL, once the block is entered."""
        return f"http://127.0.0.1:{self._port}/oai"

    @property
    def catalogue_url(self) -> str:
        """The address of the catalogue of infrastructures, once the block is entered."""
        return f"http://127.0.0.1:{self._port}{_CATALOGUE}"

    def records(self) -> tuple[SampleRecord, ...]:
        """Return all items, withdrawn ones too, by datestamp."""
        return tuple(self._holdings)

    def touch(self, identifier: str, edit: Callable[[str], str] | None = None) -> SampleRecord:
        """Give an item the present as datestamp, and change its payloads by `edit`; a withdrawn one is alive again.

        Raises:
            KeyError: there is no such item.
        """
        return self.put(edited(self._item(identifier), self._now(), edit))

    def withdraw(self, identifier: str) -> SampleRecord:
        """Delete an item: its header stays for ever, in every set and format it had (section 2.5.1).

        Raises:
            KeyError: there is no such item.
        """
        return self.put(replace(self._item(identifier), datestamp=self._now(), deleted=True))

    def put(self, record: SampleRecord) -> SampleRecord:
        """Add an item or replace the one of that identifier; the datestamp is taken as it is."""
        self._holdings.put(record)
        return record

    def answer(self, pairs: Iterable[tuple[str, str]]) -> str:
        """Return the document for the arguments of a request, as `Provider.answer` does."""
        with self._count_lock:
            self.requests += 1
        return self._provider.answer(pairs, self.url)

    def _item(self, identifier: str) -> SampleRecord:
        found = self._holdings.get(identifier)
        if found is None:
            raise KeyError(identifier)
        return found

    def _now(self) -> dt.datetime:
        # Never before an older change: a harvest that begins in between must not miss one of the two.
        now = self._clock().replace(microsecond=0)
        return max(now, self._holdings.latest() or now)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], repository: SampleRepository) -> None:
        self.repository = repository
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        # Connections kept alive would go on answering after the repository is said to be down.
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "SampleRepository"
    timeout = 60

    def do_GET(self) -> None:
        self._oai(urlsplit(self.path).query)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get_content_type()
        if not length.isascii() or not length.isdigit():
            self._plain(411, "Say how long the body is.")
        elif int(length) > _MAX_BODY:
            self._plain(413, "A request of OAI-PMH is short.")
        elif kind != "application/x-www-form-urlencoded":
            self._plain(415, "OAI-PMH 2.0, section 3.1.1: application/x-www-form-urlencoded.")
        else:
            self._oai(self.rfile.read(int(length)).decode("utf-8", "replace"))

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: a demonstration has its own things to say."""

    def _oai(self, query: str) -> None:
        if urlsplit(self.path).path == _CATALOGUE:
            self._send(200, "text/turtle; charset=utf-8", sample_catalogue().encode(), {})
            return
        if urlsplit(self.path).path != "/oai":
            self._plain(404, "The repository is at /oai.")
            return
        document = self.server.repository.answer(parse_qsl(query, keep_blank_values=True, errors="replace"))
        body = document.encode("utf-8", "replace")
        zipped = _accepts_gzip(self.headers.get("Accept-Encoding", ""))
        if zipped:
            body = gzip.compress(body, compresslevel=5, mtime=0)
        self._send(200, "text/xml; charset=utf-8", body, {"Content-Encoding": "gzip"} if zipped else {})

    def _plain(self, status: int, words: str) -> None:
        # The body of a refused request is not read, so the connection cannot be used again.
        self.close_connection = True
        self._send(status, "text/plain; charset=utf-8", f"{words}\n".encode(), {"Connection": "close"})

    def _send(self, status: int, kind: str, body: bytes, headers: Mapping[str, str]) -> None:
        with contextlib.suppress(ConnectionError):
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Vary": "Accept-Encoding", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


_MAX_BODY = 65_536
_CATALOGUE = "/infrastructures.ttl"
_GZIP = re.compile(r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?P<q>[\d.]+)\s*)?(?=,|$)", re.IGNORECASE)


def _accepts_gzip(header: str) -> bool:
    found = _GZIP.search(header)
    if found is None:
        return False
    try:
        return float(found["q"] or 1) > 0
    except ValueError:
        return False


def _sets_of(holdings: Holdings) -> dict[str, str]:
    """Every set that a header names, and the sets above it, named by their specs."""
    specs: set[str] = set()
    for one in {spec for record in holdings for spec in record.sets}:
        parts = one.split(":")
        specs.update(":".join(parts[: length + 1]) for length in range(len(parts)))
    return {spec: spec for spec in sorted(specs)}
