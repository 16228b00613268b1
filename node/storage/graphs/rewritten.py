"""The answer of a service read to its end and written anew in the format that was asked for.

For services whose own formats are not those of the specifications. The new text waits in a file until it is whole, so
that what is wrong with the answer is found before its first byte is passed on.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Protocol, cast

import pyoxigraph as ox

from node.storage.graphs.formats import GRAPH_FORMATS, SOLUTION_FORMATS

_IN_MEMORY = 1 << 20
_CHUNK = 64 * 1024

Rewriting = Callable[[Iterator[bytes], "Allowance"], Iterator[bytes]]
"""Takes what the service sends and what may be written of it; yields what was asked for."""


class Allowance(Protocol):
    """Told how many bytes have been written so far; raises what ends the answer."""

    def __call__(self, size: int) -> None: ...


def solutions(body: Iterator[bytes], media_type: str, allow: Allowance) -> Iterator[bytes]:
    """Yield SPARQL 1.1 results, given in JSON, in another format of theirs, or in JSON as the specification has it.

    Raises:
        ValueError: they are none.
    """
    with _file() as file:
        try:
            found = ox.parse_query_results(_reading(body), ox.QueryResultsFormat.JSON)
            found.serialize(_writing(file, allow), SOLUTION_FORMATS[media_type])
        except SyntaxError as error:
            raise ValueError(f"the answer is not in the format of SPARQL results: {error}") from error
        yield from _whole(file)


def graph(
    body: Iterator[bytes],
    media_type: str,
    allow: Allowance,
    terms: Callable[[Iterator[ox.Triple]], Iterator[ox.Triple]],
) -> Iterator[bytes]:
    """Yield a graph, given as N-Triples, in another format, each triple once it has passed through `terms`.

    Raises:
        ValueError: it is none.
    """
    with _file() as file:
        try:
            triples = (quad.triple for quad in ox.parse(_reading(body), ox.RdfFormat.N_TRIPLES))
            ox.serialize(terms(triples), _writing(file, allow), GRAPH_FORMATS[media_type])
        except SyntaxError as error:
            raise ValueError(f"the answer is not N-Triples: {error}") from error
        yield from _whole(file)


def _file() -> tempfile.SpooledTemporaryFile[bytes]:
    return tempfile.SpooledTemporaryFile(_IN_MEMORY)


def _whole(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk


def _reading(body: Iterator[bytes]) -> IO[bytes]:
    return cast(IO[bytes], _Reading(body))


def _writing(file: IO[bytes], allow: Allowance) -> IO[bytes]:
    return cast(IO[bytes], _Writing(file, allow))


class _Reading(io.RawIOBase):
    """Chunks as a file, which the parser reads in pieces of its own size."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._left = chunk
        if size < 0:
            size = len(self._left)
        part, self._left = self._left[:size], self._left[size:]
        return part


class _Writing(io.RawIOBase):
    def __init__(self, file: IO[bytes], allow: Allowance) -> None:
        self._file = file
        self._allow = allow
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._size += len(data)
        self._allow(self._size)
        return self._file.write(data)
