"""Why and where an RDF parser refuses a document; the parsers of RDF/XML and JSON-LD do not say where themselves.

Such a parser reads on only when it needs more. So it is given the document once more, at last byte by byte: what it had
been given when it refused ends at the fault.
"""

from __future__ import annotations

from typing import IO, cast

import pyoxigraph as ox

from node.errors import SyntaxRefused, TooLarge

_BLOCK = 2**16
"""More than a parser reads ahead."""
_NEAR = 60
MAX_TERM = 2**24
"""The largest term the parser of Turtle, TriG and the N formats reads, in bytes."""


def refusal(
    error: SyntaxError | ValueError,
    data: bytes,
    format_: ox.RdfFormat,
    *,
    base_iri: str | None,
    named_graphs: bool = False,
    rewritten: bool = False,
) -> SyntaxRefused:
    """Return a parser's error as one of ours, whose message begins with line and column.

    Args:
        error: what the parser raised for the document.
        data: the document, as the parser got it.
        base_iri, named_graphs: as it was parsed.
        rewritten: it is not what was sent, so its lines mean nothing to anybody; the text before the fault is quoted.
    """
    text = error.msg if isinstance(error, SyntaxError) and error.msg else str(error)
    line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
    if not (line and column) or rewritten:
        offset = _fault(data, format_, base_iri, named_graphs)
        if offset is None:
            return SyntaxRefused(f"at its end: {text}")
        before = data[:offset]
        if rewritten:
            return SyntaxRefused(f"after {before[-_NEAR:].decode('utf-8', 'replace')!r}: {text}")
        start = before.rfind(b"\n") + 1
        line, column = before.count(b"\n") + 1, len(before[start:].decode("utf-8", "replace")) + 1
    return SyntaxRefused(f"line {line}, column {column}: {text}")


def oversized(data: bytes, format_: ox.RdfFormat, *, base_iri: str | None, named_graphs: bool = False) -> TooLarge:
    """Return the error for a document with a term that is larger than the parser's buffer (a `MemoryError`)."""
    reader = _Reader(data, len(data))
    try:
        for _ in ox.parse(cast(IO[bytes], reader), format_, base_iri=base_iri, without_named_graphs=not named_graphs):
            pass
    except (MemoryError, SyntaxError, ValueError):
        pass
    # What was read last is the start of the term, all of it kept.
    line = data.count(b"\n", 0, max(min(reader.given, len(data)) - MAX_TERM, 0)) + 1
    return TooLarge(
        f"line {line}: a text or name of more than {MAX_TERM} bytes",
        advice="Ask the source to keep data out of metadata.",
    )


class _Reader:
    """A file of which a parser gets a start in blocks of the size it asks for, then one byte a time.

    Attributes:
        given: how many bytes it was given; more than there are where it asked beyond the end.
    """

    def __init__(self, data: bytes, fine_from: int) -> None:
        self._data = data
        self._fine_from = fine_from
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none at the end.

        Args:
            size: never more than so many, which would end the process; negative: as many as there are.
        """
        start = self.given
        if start >= len(self._data):
            self.given = len(self._data) + 1
            return b""
        step = self._fine_from - start if start < self._fine_from else 1
        self.given = min(start + (min(step, size) if size >= 0 else step), len(self._data))
        return self._data[start : self.given]


def _fault(data: bytes, format_: ox.RdfFormat, base_iri: str | None, named_graphs: bool) -> int | None:
    """The offset of the byte that ends the fault; `None` where what is missing is the end."""
    given = len(data)
    for fine_from in (given, None):
        reader = _Reader(data, max(given - _BLOCK, 0) if fine_from is None else fine_from)
        try:
            for _ in ox.parse(
                cast(IO[bytes], reader), format_, base_iri=base_iri, without_named_graphs=not named_graphs
            ):
                pass
        except (SyntaxError, ValueError):
            given = reader.given
        else:
            return None
    return None if given > len(data) else given - 1
