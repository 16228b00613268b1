"""What a document of a catalogue lists: resources, further catalogues, the next page.

DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/), FAIR Data Points (https://specs.fairdatapoint.org/), LDP containers
(https://www.w3.org/TR/ldp/#ldpc), Hydra collections (https://www.hydra-cg.com/spec/latest/core/#collections).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

from harvesters.dcat_graph import Graph
from node.errors import HarvestError
from node.model.dcat import OFFER_CLASSES
from node.model.rdf import Iri, Literal, Node
from node.namespaces import RDF_TYPE, expand


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A resource that a document lists.

    Attributes:
        node: its IRI, or the name of its blank node.
        catalogs: those that list it.
        kind: the class that its link says it has; `None` where it has one itself.
        linked: it is listed by a link; otherwise it is only described here.
    """

    node: Iri
    catalogs: tuple[Iri, ...] = ()
    kind: Iri | None = None
    linked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A document in which the list goes on.

    Attributes:
        node: its address.
        part: it belongs to the repository; a catalogue that is only linked may live anywhere.
        sure: it lists something; a member of a container or a collection need not.
    """

    node: Iri
    part: bool = True
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a document lists.

    Attributes:
        is_catalogue: it holds a catalogue, a container or a collection, if only an empty one.
        following: addresses of next pages; the first one goes on with this list.
        first: addresses of first pages; where the list begins if not here.
        total: how many resources the whole list holds, as it says; `None` where it does not.
    """

    listed: tuple[Listed, ...]
    containers: tuple[Container, ...]
    following: tuple[str, ...]
    first: tuple[str, ...]
    total: int | None
    is_catalogue: bool

    def counted(self) -> list[Iri]:
        """Return what a list means when it says how much it holds; what it only mentions is not in its count."""
        linked = [one.node for one in self.listed if one.linked] or [one.node for one in self.listed]
        return [*linked, *(container.node for container in self.containers)]


def read_listing(graph: Graph, url: str) -> Listing:
    """Return what a document lists.

    Args:
        url: of the document, without fragment.
    """
    links: dict[Iri, _Links] = {}
    containers: dict[Iri, Container] = {}
    following: dict[str, bool] = {}
    first: dict[str, None] = {}
    totals: list[int] = []
    for subject, predicate, value in graph.statements():
        if predicate in _NEXT and (target := _address(value, url)):
            following[target] = following.get(target, False) or urldefrag(subject).url == urldefrag(url).url
        elif predicate in _FIRST and (target := _address(value, url)) and urldefrag(target).url != url:
            first[target] = None
        elif predicate == _TOTAL and isinstance(value, Literal) and value.value.strip().isdecimal():
            totals.append(int(value.value.strip()[:15]))
        if not isinstance(value, Iri):
            continue
        if predicate in _LISTS:
            links.setdefault(value, _Links()).add(subject, _LISTS[predicate])
        elif predicate in _CATALOGS and _links_catalogue(graph, subject, predicate, value):
            part = predicate in _FDP_CATALOGS
            sure = part or (predicate != _HAS_PART and not graph.describes(value))
            containers.setdefault(value, Container(node=value, part=part, sure=sure))
        elif predicate == _CONTAINS:
            _contained(graph, subject, value, links, containers)
        elif predicate == _PRIMARY_TOPIC and _is_about_resource(graph, subject, value):
            links.setdefault(value, _Links(is_linked=True))
        elif predicate == _HYDRA_MEMBER:
            _collected(graph, value, links, containers)
    nested = _nested(graph)
    for node in graph.subjects():
        if node not in links and node not in nested and _is_resource(graph, node):
            links[node] = _Links()
    open_ends = (one for one in containers.values() if one.node not in links and not _is_told(graph, one.node, url))
    own_page_first = sorted(following, key=lambda target: not following[target])
    return Listing(
        listed=tuple(link.listed(node, graph) for node, link in links.items()),
        containers=tuple(open_ends),
        following=tuple(own_page_first),
        first=tuple(first),
        total=max(totals, default=None),
        is_catalogue=bool(links or containers or totals or _has_catalogue(graph)),
    )


def no_catalogue(url: str) -> HarvestError:
    """Return what to say of a document that lists nothing."""
    return HarvestError(
        f"{url}: the document describes no catalogue and no dataset",
        advice="Give the address of a DCAT catalogue, or of a FAIR Data Point.",
    )


def is_resource_class(kind: Node) -> bool:
    """Say whether a class makes its instances resources of their own in a catalogue."""
    return kind in _OWN


def is_catalog(graph: Graph, node: Iri) -> bool:
    """Say whether a node is a dcat:Catalog."""
    return _CATALOG in graph.types(node)


def is_fair_data_point(graph: Graph, node: Iri) -> bool:
    """Say whether a node is a FAIR Data Point: the service that the source is, no resource of it."""
    return not _SOURCES.isdisjoint(graph.types(node))


class _Links:
    """What links to a resource say of it."""

    def __init__(self, *, is_linked: bool = False) -> None:
        self._catalogs: dict[Iri, None] = {}
        self._kind: Iri | None = None
        self._is_linked = is_linked

    def add(self, catalog: Iri, kind: Iri | None) -> None:
        self._is_linked = True
        self._catalogs[catalog] = None
        self._kind = self._kind or kind

    def listed(self, node: Iri, graph: Graph) -> Listed:
        has_class = not _RESOURCES.isdisjoint(graph.types(node))
        catalogs = tuple(catalog for catalog in self._catalogs if not graph.is_blank(catalog))
        kind = None if has_class else self._kind or _DATASET
        return Listed(node=node, catalogs=catalogs, kind=kind, linked=self._is_linked)


_HYDRA, _LDP = "http://www.w3.org/ns/hydra/core#", "http://www.w3.org/ns/ldp#"
_NEXT = (Iri(f"{_HYDRA}next"), Iri(f"{_HYDRA}nextPage"))
_FIRST = (Iri(f"{_HYDRA}first"), Iri(f"{_HYDRA}firstPage"))
_TOTAL = Iri(f"{_HYDRA}totalItems")
_HYDRA_MEMBER = Iri(f"{_HYDRA}member")
FDP = ("https://w3id.org/fdp/fdp-o#", "http://purl.org/fdp/fdp-o#")
"""The FDP ontology, under its address and the one it had before."""
_FDP_CATALOGS = (*(Iri(f"{fdp}metadataCatalog") for fdp in FDP), Iri("http://www.re3data.org/schema/3-0#dataCatalog"))
_HAS_PART = expand("dct:hasPart")
_CATALOGS = (*_FDP_CATALOGS, expand("dcat:catalog"), _HAS_PART)
_CONTAINS, _MEMBER = Iri(f"{_LDP}contains"), Iri(f"{_LDP}member")
_DATASET, _SERVICE, _CATALOG = expand("dcat:Dataset"), expand("dcat:DataService"), expand("dcat:Catalog")
_RECORD, _PRIMARY_TOPIC = expand("dcat:CatalogRecord"), expand("foaf:primaryTopic")
_SERIES, _RESOURCE = expand("dcat:DatasetSeries"), expand("dcat:Resource")
_LISTS = {
    expand("dcat:dataset"): _DATASET,
    expand("dcat:service"): _SERVICE,
    expand("dcat:resource"): None,
}
# What infrastructures offer beside data, and they themselves, have classes that are not DCAT's.
_RESOURCES = frozenset((_DATASET, _SERIES, _SERVICE, _RESOURCE, *OFFER_CLASSES))
_OWN = frozenset((_DATASET, _SERIES, _SERVICE, _CATALOG, _RECORD, *OFFER_CLASSES))
# A FAIR Data Point is a data service by its class; here it is the source itself.
_SOURCES = frozenset(Iri(f"{fdp}{name}") for fdp in FDP for name in ("FAIRDataPoint", "MetadataService"))
_NO_RESOURCE = frozenset((_CATALOG, expand("dcat:Distribution"), _RECORD)) | _SOURCES
_CATALOGUES = frozenset(
    (_CATALOG, *_SOURCES, *(Iri(f"{_HYDRA}{name}") for name in ("Collection", "PagedCollection")),
     *(Iri(f"{_LDP}{name}") for name in ("Container", "BasicContainer", "DirectContainer", "IndirectContainer")))
)  # fmt: skip
_MEMBERSHIP = (*_LISTS, *_CATALOGS, _CONTAINS, _HYDRA_MEMBER)


def _contained(
    graph: Graph, container: Iri, member: Iri, links: dict[Iri, _Links], containers: dict[Iri, Container]
) -> None:
    """Read ldp:contains by the relation that the container stands for (LDP 1.0, section 5.4)."""
    relations = graph.values(container, Iri(f"{_LDP}hasMemberRelation"))
    if not relations or _MEMBER in relations or _CONTAINS in relations:
        containers.setdefault(member, Container(node=member, sure=False))
        return
    for relation in relations:
        if relation in _LISTS and isinstance(relation, Iri):
            owners = graph.values(container, Iri(f"{_LDP}membershipResource"))
            for owner in owners or [container]:
                if isinstance(owner, Iri):
                    links.setdefault(member, _Links()).add(owner, _LISTS[relation])
        elif relation in _CATALOGS:
            containers.setdefault(member, Container(node=member))


def _collected(graph: Graph, member: Iri, links: dict[Iri, _Links], containers: dict[Iri, Container]) -> None:
    """Read hydra:member, which says nothing of what a member is."""
    if _is_resource(graph, member):
        links.setdefault(member, _Links(is_linked=True))
    else:
        containers.setdefault(member, Container(node=member, sure=False))


def _is_resource(graph: Graph, node: Iri) -> bool:
    """A resource that nothing links to as one: by its class, or by a property that only a dataset has."""
    types = graph.types(node)
    if not _NO_RESOURCE.isdisjoint(types):
        return False
    return not _RESOURCES.isdisjoint(types) or bool(graph.values(node, expand("dcat:distribution")))


def _is_about_resource(graph: Graph, record: Iri, topic: Iri) -> bool:
    """A catalogue record lists what it is about, unless that is the catalogue itself (DCAT 3, section 6.5)."""
    return _RECORD in graph.types(record) and _NO_RESOURCE.isdisjoint(graph.types(topic))


def _links_catalogue(graph: Graph, subject: Iri, predicate: Iri, value: Iri) -> bool:
    """DCAT-AP 2 linked a catalogue's parts by dct:hasPart, which says nothing about anything else."""
    types = graph.types(value)
    return predicate != _HAS_PART or (_CATALOG in graph.types(subject) and (not types or _CATALOG in types))


def _is_told(graph: Graph, node: Iri, url: str) -> bool:
    """A container's members stand in this document, or it is this document, or it has no address."""
    return graph.is_blank(node) or urldefrag(node).url == url or bool(graph.values(node, *_MEMBERSHIP))


def _has_catalogue(graph: Graph) -> bool:
    return any(not _CATALOGUES.isdisjoint(graph.types(node)) for node in graph.subjects())


def _nested(graph: Graph) -> set[Node]:
    """Blank nodes that hang below something belong to what they hang below."""
    return {value for _, predicate, value in graph.statements() if predicate != RDF_TYPE and graph.is_blank(value)}


def _address(value: Node, url: str) -> str | None:
    text = value.value.strip() if isinstance(value, Literal) else value
    return urljoin(url, text) if text else None
