"""The digest of an answer, by which a cited query is later found to have the same answer or another one.

An answer is the multiset of its rows (SELECT, each as a line of TSV) or the set of its triples (CONSTRUCT and DESCRIBE,
each as a line of N-Triples), or its truth value. The digest is the SHA-256 of the variables' line, if there is one, and
then of the sorted SHA-256 digests of the lines; so it does not depend on the order in which they come.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from node.errors import QueryRefused
from node.exposition.sparql_guard import Form

MEDIA_TYPES: dict[Form, str] = {
    "SELECT": "text/tab-separated-values",
    "ASK": "application/sparql-results+json",
    "CONSTRUCT": "application/n-triples",
    "DESCRIBE": "application/n-triples",
}
"""The format that an answer's digest is made of."""


def digest(form: Form, chunks: Iterable[bytes]) -> tuple[str, int]:
    """Return the digest of an answer, in hexadecimal, and how many rows or triples it has; a truth value is one row.

    Args:
        chunks: the answer in the format of `MEDIA_TYPES`; 32 bytes are held of each line.

    Raises:
        QueryRefused: it holds a blank node, which has no name to be compared by.
    """
    if form == "ASK":
        value = str(json.loads(b"".join(chunks))["boolean"]).lower()
        return hashlib.sha256(value.encode()).hexdigest(), 1
    lines = _lines(chunks)
    whole = hashlib.sha256()
    if form == "SELECT":
        whole.update(next(lines, b""))
    separator = b"\t" if form == "SELECT" else b" "
    found = []
    for line in lines:
        # Tabs within terms are escaped; only the subject and the object of a triple can be blank.
        cells = line.split(separator) if form == "SELECT" else (line, line.split(separator, 2)[-1])
        if any(cell.startswith(b"_:") for cell in cells):
            raise QueryRefused("the answer holds blank nodes, which have no names to be compared by; leave them out")
        found.append(hashlib.sha256(line).digest())
    if form != "SELECT":
        found = list(set(found))
    for each in sorted(found):
        whole.update(each)
    return whole.hexdigest(), len(found)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines without their ends; in both formats a line feed within a term is escaped."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        yield rest
