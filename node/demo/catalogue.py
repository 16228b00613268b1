"""A catalogue of the invented infrastructures and of what they offer beside data, as DCAT in Turtle.

It is written as catalogues of infrastructures would: DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/) with classes of CERIF
(https://w3id.org/cerif/model) and the terms of `vocab/infrastructure.ttl`. Nothing of the node's own writers is used.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from node.demo.draw import ror
from node.demo.infrastructure import Infrastructure, infrastructures

CATALOGUE = "https://infrastructures.example/catalogue"
_PREFIXES = {
    "cerif": "https://w3id.org/cerif/model#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "fni": "https://w3id.org/fairnode/infrastructure#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "sov": "https://w3id.org/fairnode/sovereignty#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@cache
def sample_catalogue() -> str:
    """Return the whole catalogue."""
    known = {one.spec: one for one in infrastructures()}
    table = tomllib.loads(Path(__file__).with_name("offers.toml").read_text("utf-8"))
    described = [part for entry in table["infrastructure"] for part in _infrastructure(known[entry["spec"]], entry)]
    members = ", ".join(f"<{iri}>" for iri, _ in described)
    head = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in _PREFIXES.items())
    catalogue = f'<{CATALOGUE}> a dcat:Catalog ; dct:title "Sample of infrastructures"@en ; dcat:resource {members} .\n'
    return "\n".join((head, catalogue, *(text for _, text in described)))


def infrastructure_iri(one: Infrastructure) -> str:
    """Return its ROR; one that has none is named by its own site."""
    return ror(one.ror) if one.ror else f"https://{one.spec}.example/"


def _infrastructure(one: Infrastructure, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    iri = infrastructure_iri(one)
    own = [
        f'dct:title "{one.name}"@en',
        f'dct:alternative "{one.acronym}"',
        f"dcat:landingPage <https://{one.spec}.example/about>",
        f"locn:location <http://data.europa.eu/nuts/code/{entry['region']}>",
        *(f"org:classification fni:{status}" for status in entry.get("statuses", ())),
        *_common(one, iri, entry, one.keywords),
    ]
    yield iri, _described(iri, "Facility", own)
    for offer in entry.get("offer", ()):
        address = f"https://{one.spec}.example/offers/{offer['code']}"
        own = [
            f'dct:title "{offer["title"]}"@en',
            f"dct:isPartOf <{iri}>",
            f"dct:publisher <{iri}>",
            f"dcat:landingPage <{address}/page>",
            *_common(one, address, {"modes": entry["modes"], **offer}, offer["keywords"]),
        ]
        yield address, _described(address, offer["kind"], own)


def _common(one: Infrastructure, iri: str, entry: Mapping[str, Any], keywords: Sequence[str]) -> Iterator[str]:
    yield f'dct:identifier "{iri}"'
    yield f'dct:description "{entry["description"]}"@en'
    yield from (f"fni:accessType fni:access-{name}" for name in entry["access"])
    yield from (f"fni:accessMode fni:mode-{name}" for name in entry["modes"])
    yield from (f"dct:subject sov:critical-{code.lower()}" for code in entry.get("critical", ()))
    yield from (f'dcat:keyword "{word}"@en' for word in keywords)
    yield "dct:language <http://publications.europa.eu/resource/authority/language/ENG>"
    yield "dct:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC>"
    yield f"dcat:contactPoint [ a vcard:Kind ; vcard:hasEmail <mailto:access@{one.spec}.example> ]"
    yield 'dct:modified "2025-11-03"^^xsd:date'


def _described(iri: str, kind: str, statements: Sequence[str]) -> str:
    return f"<{iri}> a dcat:Resource, cerif:{kind} ;\n    " + " ;\n    ".join(statements) + " .\n"
