"""RDF terms that Virtuoso 7 does not give back as it got them, and how they are kept all the same.

Virtuoso turns literals of the types it knows into values of SQL: durations become numbers or errors, large integers
overflow, text that is no number becomes 0 or has the whole update refused. Such a literal is stored with its datatype's
IRI behind `urn:fairnode:as-written:`, which means nothing to Virtuoso; answers get the datatype back. An IRI is cut off
at 1,879 bytes without a word, so of a long one the digest is stored.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from node.telemetry import logger

_log = logger("graphs")
_XSD = "http://www.w3.org/2001/XMLSchema#"
AS_WRITTEN = "urn:fairnode:as-written:"
_LONG = "urn:fairnode:long-iri:sha256:"
_LONGEST = 1800
# Blank nodes are named by number; those that Virtuoso names itself begin at 10000 and count up.
_FIRST_LABEL = 2**60

_NEVER = re.compile(r"(?!)")
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_ZONE = r"(?:Z|\+\d\d:\d\d|-(?!00:00)\d\d:\d\d)?"
_FLOATING = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,17})?(?:[eE][+-]?\d{1,2})?")
_HELD: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(
        (
            *(
                _XSD + name
                for name in ("integer", "long", "int", "short", "byte", "positiveInteger", "negativeInteger")
            ),
            *(_XSD + name for name in ("nonNegativeInteger", "nonPositiveInteger", "unsignedLong", "unsignedInt")),
            *(_XSD + name for name in ("unsignedShort", "unsignedByte")),
        ),
        _WHOLE,
    ),
    _XSD + "decimal": re.compile(r"[+-]?\d{1,18}(?:\.\d{1,15})?"),
    _XSD + "double": _FLOATING,
    _XSD + "float": _FLOATING,
    _XSD + "boolean": re.compile(r"true|false|1|0"),
    _XSD + "date": re.compile(rf"\d{{4}}-\d\d-\d\d{_ZONE}"),
    _XSD + "dateTime": re.compile(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{{1,6}})?{_ZONE}"),
    _XSD + "gYear": re.compile(r"\d{4}"),
    _XSD + "gYearMonth": re.compile(r"\d{4}-\d\d"),
    **dict.fromkeys(
        (
            *(_XSD + name for name in ("time", "duration", "dayTimeDuration", "yearMonthDuration")),
            "http://www.opengis.net/ont/geosparql#wktLiteral",
            "http://www.openlinksw.com/schemas/virtrdf#Geometry",
        ),
        _NEVER,
    ),
}
"""Datatypes that Virtuoso interprets, with the spellings of which it keeps the value."""


def held_iri(iri: str) -> str:
    """Return an IRI that Virtuoso can hold: itself, or its digest where it would be cut or taken for a blank node."""
    if not iri.startswith("nodeID:") and (len(iri) * 4 <= _LONGEST or len(iri.encode()) <= _LONGEST):
        return iri
    digest = hashlib.sha256(iri.encode()).hexdigest()
    _log.warning("Virtuoso cannot hold an IRI; its digest stands for it", iri=iri[:100], digest=digest)
    return _LONG + digest


def held_datatype(value: str, datatype: str) -> str:
    """Return the datatype under which Virtuoso keeps a literal's text as it is, or its value at least."""
    held = _HELD.get(datatype)
    return held_iri(datatype) if held is None or held.fullmatch(value) else AS_WRITTEN + datatype


def statements(triples: Iterable[ox.Triple]) -> Iterator[str]:
    """Yield each triple of one graph as a statement of `INSERT DATA`, where Virtuoso has no blank node labels."""
    labels: dict[str, str] = {}

    def named(node: ox.NamedNode | ox.BlankNode) -> str:
        if isinstance(node, ox.NamedNode):
            return f"<{held_iri(node.value)}>"
        known = labels.get(node.value)
        if known is None:
            known = labels[node.value] = f"<nodeID://b{_FIRST_LABEL + secrets.randbelow(_FIRST_LABEL)}>"
        return known

    for triple in triples:
        subject, value = triple.subject, triple.object
        if isinstance(subject, ox.Triple) or isinstance(value, ox.Triple):
            raise ValueError("a triple within a triple, which this store does not hold")
        term = literal(value) if isinstance(value, ox.Literal) else named(value)
        yield f"{named(subject)} {named(triple.predicate)} {term} .\n"


def literal(value: ox.Literal) -> str:
    """Return a literal as SPARQL writes it and Virtuoso keeps it."""
    if value.language is not None or value.datatype.value == _XSD + "string":
        return str(value)
    datatype = held_datatype(value.value, value.datatype.value)
    return str(ox.Literal(value.value, datatype=ox.NamedNode(datatype)))


def restored(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield triples of an answer with the datatypes that were written."""
    for triple in triples:
        value = triple.object
        if isinstance(value, ox.Literal) and value.datatype.value.startswith(AS_WRITTEN):
            datatype = ox.NamedNode(value.datatype.value.removeprefix(AS_WRITTEN))
            yield ox.Triple(triple.subject, triple.predicate, ox.Literal(value.value, datatype=datatype))
        else:
            yield triple


# No quote within a JSON string stands unescaped, so that these are members of a term and nothing else.
_MEMBERS = re.compile(
    rb'(?<="type": "bnode", "value": ")nodeID://'
    rb'|(?<="datatype": ")'
    + re.escape(AS_WRITTEN.encode())
    + rb'|(?<="datatype": "http://www\.w3\.org/2001/XMLSchema#boolean", "value": ")[01](?=")'
)
_IN_PLACE = {b"0": b"false", b"1": b"true"}


def restored_json(rows: bytes) -> bytes:
    """Return whole lines of Virtuoso's JSON with the labels, datatypes and booleans of the SPARQL 1.1 format."""
    return _MEMBERS.sub(lambda match: _IN_PLACE.get(match.group(), b""), rows)
