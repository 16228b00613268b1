"""What the first document of a catalogue says of the whole: title, contacts, catalogues, number of resources.

DCAT 3, section 6.3 (https://www.w3.org/TR/vocab-dcat-3/#Class:Catalog); FAIR Data Points
(https://specs.fairdatapoint.org/).
"""

from __future__ import annotations

from urllib.parse import unquote

from harvesters.dcat_documents import Document
from harvesters.dcat_graph import Graph
from harvesters.dcat_listing import FDP, Listing, is_catalog, is_fair_data_point
from node.model.rdf import Iri, Literal, Node
from node.model.repository import MetadataFormat, RepositoryDescription, RepositorySet
from node.namespaces import PREFIXES, expand

_MOST_SETS = 10_000


def description(graph: Graph, document: Document, listing: Listing) -> RepositoryDescription:
    """Return what a document says of the catalogue it is, or begins."""
    is_fdp = any(is_fair_data_point(graph, node) for node in graph.subjects())
    root = _root(graph, document.url)
    # A document without a next page, or further catalogues, is all there is.
    is_all = not listing.following and not listing.containers
    return RepositoryDescription(
        name=_title(graph, root) if root else "",
        url=root if root and not graph.is_blank(root) else document.url,
        contacts=_contacts(graph, root) if root else (),
        protocol="FAIR Data Point" if is_fdp else "DCAT",
        formats=(MetadataFormat(prefix=document.media_type, namespace=PREFIXES["dcat"]),),
        sets=_sets(graph, listing),
        records=listing.total if listing.total is not None else len(listing.listed) if is_all else None,
        findings=document.findings,
    )


def _root(graph: Graph, url: str) -> Iri | None:
    """The catalogue that a document is about: the FAIR Data Point, what is named as the document is, or the first."""
    catalogs = [node for node in graph.subjects() if is_catalog(graph, node)]
    points = [node for node in graph.subjects() if is_fair_data_point(graph, node)]
    named = [node for node in catalogs if node.partition("#")[0].rstrip("/") == url.rstrip("/")]
    return next(iter((*points, *named, *catalogs)), None)


def _sets(graph: Graph, listing: Listing) -> tuple[RepositorySet, ...]:
    """The catalogues that resources are listed in, which is what `set_specs` of a source names."""
    catalogs = dict.fromkeys(catalog for one in listing.listed for catalog in one.catalogs)
    catalogs.update(dict.fromkeys(one.node for one in listing.containers if one.sure))
    return tuple(RepositorySet(spec=node, name=_title(graph, node)) for node in list(catalogs)[:_MOST_SETS])


def _title(graph: Graph, node: Iri) -> str:
    titles = [value for value in graph.values(node, *_TITLES) if isinstance(value, Literal)]
    english = [title.value for title in titles if (title.language or "").startswith("en")]
    return next(iter([*english, *(title.value for title in titles)]), "").strip()[:1000]


def _contacts(graph: Graph, root: Iri) -> tuple[str, ...]:
    """E-mail addresses of the contact points, else of the publisher."""
    for links in (_CONTACTS, (expand("dct:publisher"),)):
        people = [value for value in graph.values(root, *links) if isinstance(value, Iri)]
        found = [_address(value) for person in people for value in graph.values(person, *_MAILS)]
        if mails := tuple(dict.fromkeys(mail for mail in found if "@" in mail)):
            return mails[:20]
    return ()


def _address(value: Node) -> str:
    text = value.value.strip() if isinstance(value, Literal) else value
    return unquote(text.partition(":")[2].partition("?")[0]) if text.lower().startswith("mailto:") else text


_TITLES = (expand("dct:title"), expand("rdfs:label"), expand("foaf:name"))
_CONTACTS = (expand("dcat:contactPoint"), *(Iri(f"{fdp}contactPoint") for fdp in FDP))
_MAILS = (expand("vcard:hasEmail"), expand("foaf:mbox"))
