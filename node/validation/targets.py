"""Target declarations of a shape (https://www.w3.org/TR/shacl/#targets), as text that compares."""

from __future__ import annotations

import pyoxigraph as ox

from node.namespaces import PREFIXES, RDF_TYPE
from node.validation.statements import SH, Statements, Term

TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")

_CLASS = ox.NamedNode(PREFIXES["rdfs"] + "Class")
_SHAPES = (ox.NamedNode(SH + "NodeShape"), ox.NamedNode(SH + "PropertyShape"))


def targets_of(statements: Statements, subject: Term) -> tuple[str, ...]:
    """Return the targets of a node, sorted, such as `targetClass <http://www.w3.org/ns/dcat#Dataset>`."""
    found = [f"{local} {value}" for local in TARGETS for value in statements.objects(subject, local)]
    kinds = statements.about(subject).get(ox.NamedNode(RDF_TYPE), [])
    # A shape that is a class is asked of its instances (SHACL, section 2.1.3.3).
    if _CLASS in kinds and any(kind in kinds for kind in _SHAPES):
        found.append(f"targetClass {subject}")
    return tuple(sorted(found))
