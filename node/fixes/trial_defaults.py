"""Defaults that are tried on the statements of records alone: for properties that agreements have no defaults for.

A trial foretells points, so what no dataset or service could state must not gain any: the properties are those of
DCAT-AP 3.0 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/) and of DCAT 3 that records here may have, each with the
kind of value that they range over. The properties of vocabularies that the node does not know are taken as they come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from node.errors import SettingsError
from node.mapping.defaults import PROPERTIES
from node.model.rdf import Iri, Literal, Node
from node.namespaces import PREFIXES, expand
from node.nearest import is_meant
from node.terms import dates, identifiers
from node.validation.lexical_spaces import is_in_lexical_space


def read_trial(text: str) -> tuple[Iri, Node]:
    """Return the property and the value of a default that is written PROPERTY=VALUE.

    Raises:
        SettingsError: there is no such property, or the value is none that it can have.
    """
    name, _, value = text.partition("=")
    prefix, _, local = name.partition(":")
    is_curie = prefix in PREFIXES and not local.startswith("//")
    iri = expand(name) if is_curie else identifiers.iri(name)
    if not value.strip() or iri is None:
        raise SettingsError(f"{text}: no default", advice="Write PROPERTY=VALUE, such as dct:license=IRI.")
    kind = _KINDS.get(iri)
    if kind is None:
        if iri.startswith(tuple(PREFIXES.values())):
            raise SettingsError(
                f"{name}: no property of a dataset or service that is known here",
                advice=f"{is_meant(name, (*_NAMES, *PROPERTIES))}`--patch` tries statements with any property.",
            )
        return iri, identifiers.iri(value) or Literal(value)
    found = kind.read(" ".join(value.split()))
    if found is None:
        raise SettingsError(f"{text}: no value of {name}", advice=f"Write {kind.wanted}.")
    return iri, found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    read: Callable[[str], Node | None]
    wanted: str
    properties: str


def _typed(name: str) -> Callable[[str], Literal | None]:
    datatype = expand(f"xsd:{name}")
    return lambda text: Literal(text, datatype=datatype) if is_in_lexical_space(text, datatype) else None


_RANGES = (
    _Kind(
        read=Literal,
        wanted="words",
        properties="dct:title dct:description dct:identifier dcat:keyword dcat:version adms:versionNotes",
    ),
    _Kind(
        read=dates.date,
        wanted="a year, a date or a moment, such as 2024-05-31",
        properties="dct:issued dct:modified dct:created dct:available",
    ),
    _Kind(
        read=_typed("decimal"), wanted="a number of metres, such as 30.5", properties="dcat:spatialResolutionInMeters"
    ),
    _Kind(read=_typed("duration"), wanted="a duration, such as P1D", properties="dcat:temporalResolution"),
    _Kind(
        read=identifiers.iri,
        wanted="an IRI, such as https://example.org/this",
        properties="dct:accrualPeriodicity dct:contributor dct:creator dct:hasPart dct:hasVersion dct:isPartOf "
        "dct:isReferencedBy dct:isVersionOf dct:provenance dct:references dct:relation dct:replaces dct:rights "
        "dct:rightsHolder dct:source dct:spatial dct:subject dct:temporal dcat:distribution dcat:endpointDescription "
        "dcat:endpointURL dcat:hasVersion dcat:inSeries dcat:landingPage dcat:qualifiedRelation dcat:servesDataset "
        "dcatap:applicableLegislation dcatap:availability adms:identifier adms:sample adms:status foaf:homepage "
        "foaf:page odrl:hasPolicy prov:qualifiedAttribution prov:wasGeneratedBy",
    ),
)
_NAMES = tuple(name for kind in _RANGES for name in kind.properties.split())
_KINDS = {expand(name): kind for kind in _RANGES for name in kind.properties.split()}
