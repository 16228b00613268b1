"""RDF terms as plain values: an IRI, a literal, a triple (RDF 1.1 Concepts, section 3).

There are no blank nodes: the node gives every nested thing an IRI below its record's, so that graphs can be
compared, replaced and audited by name.
"""

from __future__ import annotations

from typing import NamedTuple


class Iri(str):
    """An absolute IRI. A `str`, so it sorts, hashes and compares as its text."""

    __slots__ = ()


class Literal(NamedTuple):
    """A literal: its lexical form, and a language tag or a datatype IRI (neither means `xsd:string`).

    A named tuple, which is made, hashed and compared several times as fast as a dataclass: records hold dozens.
    """

    value: str
    language: str | None = None
    datatype: Iri | None = None


Node = Iri | Literal
Triple = tuple[Iri, Iri, Node]
