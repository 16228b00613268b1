"""The example queries: SHACL SPARQL executables (https://www.w3.org/TR/shacl/#SPARQLExecutable), one file each in
`docs/queries/`, in the form of https://github.com/sib-swiss/sparql-examples, so that tools for those read these too.

Written in the shapes that stay fast as a node grows; `docs/reference/sparql-examples.md` shows them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox

from node.namespaces import PREFIXES
from node.resources import data_folder

_SH = PREFIXES["sh"]
_FORMS = ("select", "ask", "construct", "describe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One example query.

    Attributes:
        iri: below the address of them all.
        comment: what it asks, for people.
        query: its text, complete as it stands.
        keywords: in alphabetical order.
    """

    iri: str
    comment: str
    query: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """All example queries of an endpoint: `each` by itself, and the `quads` of their files."""

    each: tuple[Example, ...]
    quads: tuple[ox.Quad, ...]

    def triples(self) -> Iterator[ox.Triple]:
        """Yield all that is said of them, the prefixes that they share included."""
        return (quad.triple for quad in self.quads)


@lru_cache(maxsize=4)
def examples(base_url: str) -> Examples:
    """Return the example queries of a node.

    Raises:
        FileNotFoundError: the installation lacks them.
    """
    document = f"{base_url}/.well-known/sparql-examples"
    quads: list[ox.Quad] = []
    each: list[Example] = []
    for path in sorted(data_folder("queries").glob("*.ttl")):
        store = ox.Store()
        store.load(path.read_bytes(), ox.RdfFormat.TURTLE, base_iri=document)
        quads += store
        each.append(_example(store))
    return Examples(each=tuple(each), quads=(*quads, *_prefixes(document)))


def _example(store: ox.Store) -> Example:
    said: dict[str, list[str]] = {}
    subject = ""
    for quad in store:
        assert isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode | ox.Literal)
        subject = quad.subject.value
        said.setdefault(quad.predicate.value, []).append(quad.object.value)
    (query,) = (said[_SH + form][0] for form in _FORMS if _SH + form in said)
    return Example(
        iri=subject,
        comment=said[PREFIXES["rdfs"] + "comment"][0],
        query=query.strip(),
        keywords=tuple(sorted(said["https://schema.org/keywords"])),
    )


def _prefixes(document: str) -> Iterator[ox.Quad]:
    """Yield the prefixes that tools put in front of a query (https://www.w3.org/TR/shacl/#sparql-prefixes)."""
    shared = ox.NamedNode(f"{document}#prefixes")
    any_uri = ox.NamedNode(PREFIXES["xsd"] + "anyURI")
    for prefix, namespace in PREFIXES.items():
        declaration = ox.NamedNode(f"{document}#prefix-{prefix}")
        yield ox.Quad(shared, ox.NamedNode(_SH + "declare"), declaration)
        yield ox.Quad(declaration, ox.NamedNode(_SH + "prefix"), ox.Literal(prefix))
        yield ox.Quad(declaration, ox.NamedNode(_SH + "namespace"), ox.Literal(namespace, datatype=any_uri))
