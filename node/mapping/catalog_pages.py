"""The catalogue as pages that name their members and each other: DCAT 3 with Hydra's paging.

https://www.w3.org/TR/vocab-dcat-3/#Class:Catalog, https://www.hydra-cg.com/spec/latest/core/#collections (partial
collection views). A page says all of each of its members, so that a harvester needs no request for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

from node.mapping.dcat_ap import PROFILE
from node.model.dcat import ResourceKind
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import RDF_TYPE, expand


def page_address(catalog: Iri, after: str, kind: str = "") -> Iri:
    """Return the address of the page that comes after a record, by its local name; the first page is the catalogue.

    Args:
        kind: of the members, the value of a `ResourceKind`; empty is all of them.
    """
    asked = {name: value for name, value in (("kind", kind), ("after", after)) if value}
    return Iri(f"{catalog}?{urlencode(asked)}") if asked else catalog


def page_triples(
    catalog: Iri,
    members: Iterable[tuple[Iri, str]],
    *,
    after: str,
    before: str | None,
    following: str | None,
    last: str,
    total: int,
    kind: str = "",
) -> Iterator[Triple]:
    """Return what a page says besides its members' own descriptions.

    Args:
        members: each member's IRI and class, as in `ResourceKind`.
        after: the local name that the page comes after; empty for the first page.
        before: the name that the page before comes after; `None` where this is the first.
        following: the name that the next page comes after; `None` where this is the last.
        last: the name that the last page comes after.
        total: how many members there are.
        kind: see `page_address`.
    """
    for member, class_ in members:
        yield (catalog, ResourceKind(class_).member_link, member)
    # What each catalogue record conforms to. In graphs it stands apart, for others may speak of it as well.
    yield (PROFILE, RDF_TYPE, expand("dct:Standard"))
    view = Iri(f"{page_address(catalog, after, kind)}#page")
    yield (catalog, RDF_TYPE, expand("hydra:Collection"))
    yield (catalog, expand("hydra:totalItems"), Literal(str(total), datatype=expand("xsd:integer")))
    yield (catalog, expand("hydra:view"), view)
    yield (view, RDF_TYPE, expand("hydra:PartialCollectionView"))
    yield (view, expand("hydra:first"), page_address(catalog, "", kind))
    if before is not None:
        yield (view, expand("hydra:previous"), page_address(catalog, before, kind))
    if following is not None:
        yield (view, expand("hydra:next"), page_address(catalog, following, kind))
    yield (view, expand("hydra:last"), page_address(catalog, last, kind))
