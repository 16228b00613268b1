"""Access, place and status of what an infrastructure offers, as schema.org says it.

In the terms of `vocab/infrastructure.ttl` under their own addresses, as this node writes them; as properties that
schema.org has no word for (https://schema.org/additionalProperty), by the names of the EOSC resource profiles;
countries and regions as https://schema.org/PostalAddress.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from node.mapping.json_reading import Part, peek
from node.mapping.schema_org.graph import Graph
from node.model.rdf import Iri
from node.namespaces import PREFIXES, expand
from node.terms import codes, regions, vocabularies
from node.terms.tables import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTerms:
    """What `Resource` has fields of these names for; `subjects` are critical technology areas."""

    access_types: tuple[Iri, ...] = ()
    access_modes: tuple[Iri, ...] = ()
    locations: tuple[Iri, ...] = ()
    classifications: tuple[Iri, ...] = ()
    subjects: tuple[Iri, ...] = ()


def offer_terms(graph: Graph, node: Part) -> OfferTerms:
    """Return what a node says of an offer; a value that names no term is noted."""
    found: dict[str, dict[Iri, None]] = {field: {} for field in OfferTerms.__slots__}
    for field, property_ in _LINKS:
        found[field].update(dict.fromkeys(graph.links(node, expand(property_))))
    for value in graph.values(node, "additionalProperty"):
        _additional(graph, value, found)
    for address in graph.values(node, "address"):
        for place in _address(graph, address):
            found["locations"][place] = None
    return OfferTerms(**{field: tuple(terms) for field, terms in found.items()})


def _additional(graph: Graph, value: Part, found: dict[str, dict[Iri, None]]) -> None:
    """One PropertyValue; those of other properties stay as they are."""
    names = [peek(one) for one in graph.values(value, "propertyID", "name")] if graph.is_node(value) else []
    rule = next((_NAMED[key] for name in names if (key := fold(name.removeprefix(PREFIXES["fni"]))) in _NAMED), None)
    if rule is None:
        return
    field, look_up = rule
    for one in graph.values(value, "value"):
        text = peek(one) or graph.id(one)
        term = look_up(text)
        if term is None:
            graph.reading.note("mapping.value-unusable", f"“{text}” is no term for {names[0]}", one, text)
            continue
        found[field][term] = None
        graph.text(one)
        graph.take(value)
        graph.reading.take(*graph.values(value, "propertyID", "name"))


def _address(graph: Graph, address: Part) -> Iterator[Iri]:
    """The country, and the region where it is told by its NUTS code."""
    if not graph.is_node(address):
        return
    for one in graph.values(address, "addressCountry"):
        named = graph.values(one, "identifier", "alternateName", "name") if graph.is_node(one) else [one]
        country = next(filter(None, (codes.country_iri(peek(name)) for name in named)), None)
        if country is not None:
            graph.reading.take(*named)
            graph.take(address)
            yield country
    for one in graph.values(address, "addressRegion"):
        place = regions.region(peek(one))
        if place is not None:
            graph.text(one)
            graph.take(address)
            yield place


_LINKS = (
    ("access_types", "fni:accessType"),
    ("access_modes", "fni:accessMode"),
    ("locations", "locn:location"),
    ("classifications", "org:classification"),
)
_Rule = tuple[str, Callable[[str], Iri | None]]
_TYPE: _Rule = ("access_types", vocabularies.access_type)
_MODE: _Rule = ("access_modes", vocabularies.access_mode)
_STATUS: _Rule = ("classifications", vocabularies.infrastructure_status)
_REGION: _Rule = ("locations", regions.region)
_CRITICAL: _Rule = ("subjects", vocabularies.critical_technology)
# By the folded name: those of the EOSC profiles, which are plural where there may be several, and the plain words.
_NAMED: dict[str, _Rule] = {
    "accesstype": _TYPE, "accesstypes": _TYPE, "accessmode": _MODE, "accessmodes": _MODE,
    "esfritype": _STATUS, "esfristatus": _STATUS, "legalstatus": _STATUS, "legalform": _STATUS,
    "nuts": _REGION, "nutscode": _REGION, "nutsregion": _REGION,
    "criticaltechnology": _CRITICAL, "criticaltechnologyarea": _CRITICAL,
}  # fmt: skip
