"""What is known of the terms that records name: the classes and schemes of vocabulary terms, and a few subclasses.

DCAT-AP 3 asks that a language is a `dct:LinguisticSystem`, a licence a `dct:LicenseDocument` and so on
(https://semiceu.github.io/DCAT-AP/releases/3.0.0/#controlled-vocs), which no record states of a term of the EU's
authority tables. This background does, for the terms that a record names, and only while its nodes are judged: what is
known is never judged itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from node.model.rdf import Iri
from node.namespaces import RDF_TYPE, expand
from node.terms import tables
from node.validation.record_graph import SUBCLASS_OF, About


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """A layer of knowledge below every record. Two are equal where their digests are.

    Attributes:
        digest: SHA-256 hex over all statements; empty where there are none.
        about: by node, what is known of it.
    """

    digest: str = ""
    about: Mapping[str, About] = field(default_factory=dict, compare=False, repr=False)


NO_BACKGROUND = Background()


@cache
def vocabularies() -> Background:
    """Return the layer made of the tables in `vocab/authority`, read once a process."""
    about: dict[str, About] = {below: {SUBCLASS_OF: {above: None}} for below, above in _subclasses()}
    for name, (scheme, kinds) in _SCHEMES.items():
        # One value for a whole scheme: there are nearly eight thousand languages.
        known: About = {
            RDF_TYPE: {expand(kind): None for kind in kinds},
            expand("skos:inScheme"): {Iri(scheme): None},
        }
        for row in tables.rows(name):
            about[row["iri"]] = known
    return Background(digest=_digest(about), about=MappingProxyType(about))


_EU = "http://publications.europa.eu/resource/authority"
_SCHEMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "access-right": (f"{_EU}/access-right", ("skos:Concept", "dct:RightsStatement")),
    "country": (f"{_EU}/country", ("skos:Concept", "dct:Location")),
    "data-theme": (f"{_EU}/data-theme", ("skos:Concept",)),
    "file-type": (f"{_EU}/file-type", ("skos:Concept", "dct:MediaTypeOrExtent", "dct:FileFormat")),
    "frequency": (f"{_EU}/frequency", ("skos:Concept", "dct:Frequency")),
    "language": (f"{_EU}/language", ("skos:Concept", "dct:LinguisticSystem")),
    "licence": (f"{_EU}/licence", ("skos:Concept", "dct:LicenseDocument")),
    "media-type": (
        "https://www.iana.org/assignments/media-types",
        ("skos:Concept", "dct:MediaType", "dct:MediaTypeOrExtent"),
    ),
    "resource-type": ("http://purl.org/coar/resource_type/scheme", ("skos:Concept",)),
}
"""By table, its scheme and what DCAT-AP takes each of its terms for."""


def _subclasses() -> tuple[tuple[str, Iri], ...]:
    """Classes that the vCard, FOAF and Organization vocabularies state, and DCAT-AP's shapes count on."""
    pairs = (
        ("vcard:Organization", "vcard:Kind"),
        ("vcard:Individual", "vcard:Kind"),
        ("vcard:Group", "vcard:Kind"),
        ("vcard:Location", "vcard:Kind"),
        ("foaf:Organization", "foaf:Agent"),
        ("foaf:Person", "foaf:Agent"),
        ("foaf:Group", "foaf:Agent"),
        ("org:Organization", "foaf:Agent"),
    )
    return tuple((expand(below), expand(above)) for below, above in pairs)


def _digest(about: Mapping[str, About]) -> str:
    whole = hashlib.sha256()
    for node in sorted(about):
        for predicate, values in about[node].items():
            for value in values:
                whole.update(f"{node} {predicate} {value}\n".encode())
    return whole.hexdigest()
