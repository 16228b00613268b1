"""What infrastructures, services and instruments are told by, in whatever format they are described.

Terms: `vocab/infrastructure.ttl`; why they are told so: `docs/explanation/decisions/infrastructures-and-services.md`.
A format that has no place for an access type may name its concept as a subject, so here it is read from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from node.model.dcat import OFFER_CLASSES, RESOURCE_OFFER_CLASSES, Resource, ResourceKind
from node.model.mapped import Mapped
from node.model.rdf import Iri, Node
from node.terms import regions, vocabularies

KIND_OF_TYPE: dict[Iri | None, ResourceKind] = {
    Iri("http://purl.org/dc/dcmitype/Service"): ResourceKind.DATA_SERVICE,
    **{kind.iri: kind for kind in (ResourceKind.SERVICE, ResourceKind.INFRASTRUCTURE, ResourceKind.INSTRUMENT)},
}
"""The kind of an offer by its resource type; a service is one of data where its format cannot say otherwise."""


def kind_of_class(name: Node, *, is_resource: bool) -> ResourceKind | None:
    """Return the kind of offer that a class outside DCAT says; `None` for all other classes.

    Args:
        is_resource: the thing is a dcat:Resource.
    """
    if not isinstance(name, Iri):
        return None
    return OFFER_CLASSES.get(name) or (RESOURCE_OFFER_CLASSES.get(name) if is_resource else None)


_ROR = "https://ror.org/"
_FIELDS = (
    ("access_types", vocabularies.access_type),
    ("access_modes", vocabularies.access_mode),
    ("classifications", vocabularies.infrastructure_status),
)

TYPE_OF_KIND: dict[ResourceKind, Iri] = {kind: iri for iri, kind in KIND_OF_TYPE.items() if iri is not None}
"""The resource type that says an offer's kind, in formats that have no classes."""


def settled(mapped: Mapped, minted: Iri) -> Mapped:
    """Return what was read of an offer with its terms in their places; of a dataset as it is.

    Args:
        minted: the IRI the node gives it where it has none of its own: an infrastructure's own is its ROR.
    """
    resource = mapped.resource
    if not resource.kind.is_offer:
        return mapped
    changed = _terms(resource) | {"locations": located(resource.locations)}
    if resource.kind is ResourceKind.INFRASTRUCTURE and resource.iri == minted:
        names = (*resource.identifiers, *resource.alternate_identifiers)
        ror = next((Iri(name) for name in names if name.startswith(_ROR)), None)
        if ror is not None:
            changed["iri"] = ror
            # Its name is an agent's, and no agent is a document, whatever resolves the name.
            pages = [page for page in (resource.landing_page, *resource.pages) if page and page != ror]
            changed |= {"landing_page": next(iter(pages), None), "pages": tuple(pages[1:])}
            extra = tuple((ror if one == minted else one, predicate, value) for one, predicate, value in mapped.extra)
            return replace(mapped, resource=replace(resource, **changed), extra=extra)
    return replace(mapped, resource=replace(resource, **changed))


def located(places: Iterable[Iri]) -> tuple[Iri, ...]:
    """Return countries and regions with the country of each region, each once."""
    found: dict[Iri, None] = {}
    for place in places:
        country = regions.country_of(place)
        if country is not None:
            found[country] = None
        found[place] = None
    return tuple(found)


def _terms(resource: Resource) -> dict[str, Any]:
    """The fields that subjects belong to which are concepts of them."""
    left, fields = list(resource.subjects), dict[str, Any]()
    for name, look_up in _FIELDS:
        mine = [subject for subject in left if look_up(subject) == subject]
        left = [subject for subject in left if subject not in mine]
        fields[name] = tuple(dict.fromkeys((*getattr(resource, name), *mine)))
    return {**fields, "subjects": tuple(left)}
