"""One query process: reads a request, asks the published snapshot, writes the answer, until its pipe closes.

It is confined before it meets a query (`isolation`), and killed by its pool when a query takes too long: pyoxigraph
has no time limit of its own and cannot be cancelled. Run as `python -m node.storage.graphs.query_worker CONFIG`.
"""

from __future__ import annotations

import json
import os
import select
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from node.storage.graphs import frames, isolation
from node.storage.graphs.answer_limits import RowCount, XmlScrub, has_xml_name

_IN, _OUT = 0, 1


def main(config: dict[str, Any]) -> None:
    """Serve requests until the pool closes the pipe.

    Args:
        config: `folder` of the embedded store, and what a query may take (`query_process.Limits`).
    """
    isolated = isolation.confine()
    # Imported only now: unshare(2) refuses a process with threads, and an import that failed would never be confined.
    from node.storage.graphs.query_engine import Engine

    engine = Engine(Path(config["folder"]))
    threading.Thread(target=_leave_with_the_pool, daemon=True).start()
    # An allocator seldom gives address space back: a process that holds half of what it may is replaced.
    worn = isolation.address_space() + config["memory_mb"] * 2**20 // 2
    isolation.allow_memory(config["memory_mb"])
    frames.write_all(_OUT, frames.pack_json(frames.READY, {"isolation": isolated}))
    while (request := frames.read_request(_IN)) is not None:
        isolation.allow_cpu(request["timeout"])
        output = _Output(request["media_type"], config["max_rows"], config["max_bytes"])
        if _serve(engine, request, output, worn):
            return


def _serve(engine: Any, request: dict[str, Any], output: _Output, worn: int) -> bool:
    """Answer one request; return whether this process has grown too large for another one."""
    error: tuple[str, str] | None = None
    try:
        engine.answer(request, output)
    except SyntaxError as problem:
        error = ("syntax", str(problem))
    except MemoryError:
        error = ("memory", "")
    except BaseException as problem:
        # The engine's own text may quote what a foreign server said: it stays in here.
        error = (output.exceeded or engine.classify(problem), "")
    grown = error is not None and error[0] == "memory"
    grown = grown or isolation.address_space() > worn
    if error is not None:
        ending = {"error": error[0], "message": error[1][:2000], "retire": grown}
        frames.write_all(_OUT, frames.pack_json(frames.ERROR, ending))
    else:
        # In one piece with what is left of the answer: the reader wakes up once for a short one.
        frames.write_all(_OUT, output.rest() + frames.pack(frames.END, frames.RETIRE if grown else b""))
    return grown


class _Output:
    """The file pyoxigraph writes an answer to: gathers 64 KiB, counts, and stops the query at a limit."""

    def __init__(self, media_type: str, max_rows: int, max_bytes: int) -> None:
        self.exceeded = ""
        self._rows = RowCount(media_type)
        # The formats with a header line count it as a row.
        self._max_rows = max_rows + (media_type in ("text/csv", "text/tab-separated-values"))
        self._max_bytes = max_bytes
        self._bytes = 0
        self._scrub = XmlScrub(media_type)
        self._gathered: list[bytes] = []
        self._waiting = 0
        self._head = b""
        self._triples = 0
        self._in_xml = media_type == "application/rdf+xml"

    def begin(self, kind: str, snapshot: str) -> None:
        self._head = frames.pack_head(kind, snapshot)

    def counted(self, triples: Iterator[Any]) -> Iterator[Any]:
        for triple in triples:
            self._triples += 1
            if self._triples > self._max_rows:
                self._stop("rows")
            if self._in_xml and not has_xml_name(triple.predicate.value):
                self._stop("name")
            yield triple

    def write(self, data: bytes) -> int:
        size = len(data)
        clean = self._scrub.add(bytes(data))
        if self._rows.add(clean) > self._max_rows:
            self._stop("rows")
        self._gather(clean)
        return size

    def flush(self) -> None:
        """Called by pyoxigraph; chunks go out when they are full."""

    def rest(self) -> bytes:
        """Return what has not gone out yet, as frames."""
        self._gathered.append(self._scrub.finish())
        return self._frames()

    def _gather(self, data: bytes) -> None:
        self._bytes += len(data)
        if self._bytes > self._max_bytes:
            self._stop("bytes")
        self._gathered.append(data)
        self._waiting += len(data)
        if self._waiting >= frames.CHUNK:
            frames.write_all(_OUT, self._frames())

    def _frames(self) -> bytes:
        data = self._head + frames.pack(frames.DATA, b"".join(self._gathered))
        self._head, self._gathered, self._waiting = b"", [], 0
        return data

    def _stop(self, limit: str) -> None:
        self.exceeded = limit
        raise OverflowError(limit)


def _leave_with_the_pool() -> None:
    """End the process when the pool's end of the pipe closes, whatever query is running."""
    poll = select.poll()
    poll.register(_IN, 0)
    while not any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll()):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
