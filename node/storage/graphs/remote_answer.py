"""The answer of a graph store behind the SPARQL 1.1 Protocol, on its way, held to our limits."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NoReturn

import requests

from node.errors import QueryRefused, QueryTimeout, QueryTooLarge, StorageError
from node.storage.graphs import Charge, GraphQuery, QueryKind
from node.storage.graphs.answer_limits import RowCount, XmlScrub
from node.storage.graphs.rewritten import Rewriting

if TYPE_CHECKING:
    from node.settings import SparqlSettings

_CHUNK = 64 * 1024
_RESULTS = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)
# Virtuoso answers so where the query is what failed: an SQL state, a code, a text. What it thinks is going to be
# late it refuses.
_FAILED = re.compile(
    rb"Virtuoso (?P<state>\w{5}) Error (?P<code>\w{1,10})(?P<late>[^\n]*(?:exceeds the limit of|timed out|timeout))?",
    re.IGNORECASE,
)
_OUT_OF_ORDER = (b"40001", b"08S01", b"HTCLI")
_POSITION = re.compile(r"error at (\d+:\d+)|line (\d+)[,:]? col(?:umn)? (\d+)", re.IGNORECASE)


class RemoteAnswer:
    """A `QueryAnswer` that a service is sending; the first 64 KiB are here when it is made.

    Args:
        send: sends the query and returns the answer with its body unread; may raise `requests.RequestException`.
        query: what is sent.
        settings: the limits.
        seconds: until it has to be delivered.
        charge: see `GraphStore.query`.
        rewriting: makes of what the service sends what the query asks for.
    """

    def __init__(
        self,
        send: Callable[[], requests.Response],
        query: GraphQuery,
        settings: SparqlSettings,
        seconds: float,
        charge: Charge | None,
        rewriting: Rewriting | None = None,
    ) -> None:
        self.media_type = query.media_type
        self.kind: QueryKind = "solutions" if query.media_type in _RESULTS else "graph"
        self.snapshot: str | None = None
        self._settings = settings
        self._seconds = seconds
        self._began = time.monotonic()
        self._deadline = self._began + seconds
        self._charge = charge
        self._late = False
        self._complete = False
        self._bytes = 0
        self._rows = RowCount(query.media_type)
        self._scrub = XmlScrub(query.media_type, indented=True)
        try:
            self._response = send()
        except requests.Timeout:
            self._paid()
            self._refuse_late()
        except requests.RequestException as error:
            self._paid()
            raise StorageError("the graph store does not answer") from error
        # A socket's own time limit starts anew with every byte; this one does not.
        self._timer = threading.Timer(max(0.0, self._deadline - time.monotonic()), self._expire)
        self._timer.daemon = True
        self._timer.start()
        self._body: Iterator[bytes] = self._response.iter_content(_CHUNK)
        try:
            self._refuse_status()
            if rewriting is not None:
                self._body = rewriting(self._body, self._allow)
            self._first = self._gather()
        except BaseException:
            self.close()
            raise
        if self._first.startswith(b'{"head":{},"boolean"'):
            self.kind = "boolean"

    @property
    def complete(self) -> bool:
        """See `QueryAnswer.complete`."""
        return self._complete

    def chunks(self) -> Iterator[bytes]:
        """See `QueryAnswer.chunks`."""
        try:
            yield self._first
            while not self._complete:
                yield self._gather()
        finally:
            self.close()

    def close(self) -> None:
        """See `QueryAnswer.close`; most services go on with the query until their own time limit."""
        self._timer.cancel()
        self._response.close()
        self._paid()

    def _paid(self) -> None:
        charge, self._charge = self._charge, None
        if charge is not None:
            charge(time.monotonic() - self._began)

    def _gather(self) -> bytes:
        """Return the next 64 KiB, or what is left."""
        parts: list[bytes] = []
        size = 0
        while size < _CHUNK:
            part = self._next()
            if not part:
                self._complete = True
                parts.append(self._scrub.finish())
                self.close()
                break
            self._count(part)
            parts.append(self._scrub.add(part))
            size += len(part)
        return b"".join(parts)

    def _next(self) -> bytes:
        try:
            part = next(self._body, b"")
        except (requests.RequestException, OSError, ValueError) as error:
            if self._late:
                self._refuse_late()
            raise StorageError("the graph store broke its answer off") from error
        if self._late:
            self._refuse_late()
        return part

    def _count(self, part: bytes) -> None:
        limits = self._settings
        header = self.media_type in ("text/csv", "text/tab-separated-values")
        if self._rows.add(part) > limits.max_rows + header:
            raise QueryTooLarge(f"the answer has more than {limits.max_rows} rows")
        self._bytes += len(part)
        if self._bytes > limits.max_bytes:
            raise QueryTooLarge(f"the answer has more than {limits.max_bytes} bytes")

    def _refuse_status(self) -> None:
        """Tell a query that is wrong from a service that is; a position is all that is passed on of what it writes."""
        status = self._response.status_code
        if status == 200:
            return self._refuse_cut()
        if status in (400, 406, 422):
            position = _POSITION.search(next(self._body, b"").decode(errors="replace"))
            where = "error at " + ":".join(part for part in position.groups() if part) if position else "not understood"
            raise QueryRefused(where, status=406 if status == 406 else 400)
        if status in (408, 504):
            self._refuse_late()
        failed = _FAILED.match(next(self._body, b"")) if status == 500 else None
        if failed is not None and failed["late"]:
            self._refuse_late()
        if failed is not None and failed["state"] not in _OUT_OF_ORDER:
            raise QueryRefused(f"the graph store cannot evaluate this query ({failed['code'].decode()})")
        raise StorageError(f"the graph store answers {status}")

    def _refuse_cut(self) -> None:
        """Refuse an answer that the service cut at a limit of its own."""
        cut = cut_at(self._response)
        if cut == "time":
            self._refuse_late()
        if cut is not None:
            raise QueryTooLarge(f"the answer has more than the {cut} rows that the graph store gives")

    def _allow(self, size: int) -> None:
        """Bound what is written anew before any of it is passed on."""
        if self._late:
            self._refuse_late()
        if size > self._settings.max_bytes:
            raise QueryTooLarge(f"the answer has more than {self._settings.max_bytes} bytes")

    def _refuse_late(self) -> NoReturn:
        raise QueryTimeout(f"the query ran longer than {self._seconds:g} s and was stopped")

    def _expire(self) -> None:
        self._late = True
        with contextlib.suppress(ValueError, RuntimeError, OSError):  # closed in the meantime
            self._response.raw.shutdown()


def cut_at(response: requests.Response) -> str | None:
    """Return what Virtuoso cut an answer at: `time`, or a number of rows. It says so in headers alone, under 200."""
    if response.headers.get("X-SQL-State") == "S1TAT":
        return "time"
    most = response.headers.get("X-SPARQL-MaxRows", "")
    return most if most.isdecimal() else None
