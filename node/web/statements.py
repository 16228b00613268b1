"""Statements as a page shows them: in the order of a reader, with names in short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from node.model.dcat import CLASSES
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import PREFIXES, RDF_TYPE, expand

Row = tuple[str, str, str, Iri | None, str]
"""Subject, property and value of a statement, where a value leads that is a name, and the language of one in words."""


def statements(triples: Iterable[Triple], subject: str) -> list[Row]:
    """Return statements, those about the subject first."""
    ordered = sorted(triples, key=lambda triple: (triple[0] != subject, triple[0], triple[1], str(triple[2])))
    return [(_short(s), _short(p), _short(o), *_value(o)) for s, p, o in ordered]


def resource_of(triples: Sequence[Triple]) -> Iri:
    """Return what statements describe: a resource of one of the kinds; an empty name where that is not said."""
    return next((s for s, p, o in triples if p == RDF_TYPE and o in CLASSES), Iri(""))


def title_of(triples: Iterable[Triple], subject: str) -> str:
    """Return the title of a resource, in English where there is one; empty where it has none."""
    said = (o for s, p, o in triples if s == subject and p == expand("dct:title"))
    titles = [title for title in said if isinstance(title, Literal)]
    english = (title for title in titles if (title.language or "").startswith("en"))
    return next((title.value for title in (*english, *titles)), "")


def _value(term: Node) -> tuple[Iri | None, str]:
    return (None, term.language or "") if isinstance(term, Literal) else (term, "")


def _short(term: Node) -> str:
    if isinstance(term, Literal):
        return term.value
    for prefix, namespace in PREFIXES.items():
        if term.startswith(namespace):
            return f"{prefix}:{term.removeprefix(namespace)}"
    return str(term)
