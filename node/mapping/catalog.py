"""The node's own statements: its dcat:Catalog, and each record's dcat:CatalogRecord with provenance and freshness.

DCAT-AP 3.0, classes Catalogue and Catalogue Record; PROV-O (https://www.w3.org/TR/prov-o/) for where and when; DQV
(https://www.w3.org/TR/vocab-dqv/) for the FAIR score.
"""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote_plus

from node.mapping.dcat_ap import catalog_record_triples
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import RDF_TYPE, expand
from node.terms import dates, identifiers

_DATE_TIME = expand("xsd:dateTime")


def catalog_triples(catalog: Iri, title: str) -> tuple[Triple, ...]:
    """Return the description of the node's catalogue."""
    return (
        (catalog, RDF_TYPE, expand("dcat:Catalog")),
        (catalog, expand("dct:title"), Literal(title, language="en")),
        (catalog, expand("dct:description"), Literal(f"Metadata harvested by {title}", language="en")),
    )


def record_triples(
    *,
    base_url: str,
    record: Iri,
    topic: Iri,
    title: str,
    identifier: str,
    source_url: str,
    metadata_prefix: str,
    source_name: str,
    issued: dt.datetime,
    modified: dt.datetime,
    harvested: str,
    score: float | None,
    max_score: float | None,
) -> tuple[Triple, ...]:
    """Return what the node says of a record.

    Args:
        base_url: of the node.
        record: the catalogue record's IRI.
        topic: the resource it is about.
        identifier: the record's identifier at its source.
        source_url, metadata_prefix, source_name: where it was harvested, in which format, under which name.
        issued, modified: first and last change at this node, UTC without zone.
        harvested: the source's responseDate, as it spelt it.
        score, max_score: points of the last audit; `None` where there was none.
    """
    query = f"verb=GetRecord&metadataPrefix={quote_plus(metadata_prefix)}&identifier={quote_plus(identifier)}"
    origin = identifiers.iri(f"{source_url}{'&' if '?' in source_url else '?'}{query}")
    found = list(
        catalog_record_triples(
            record=record,
            topic=topic,
            identifier=identifier,
            issued=_utc(issued),
            modified=_utc(modified),
            source=origin,
            title=title or None,
        )
    )
    found.append((Iri(f"{base_url}/catalog"), expand("dcat:record"), record))
    found.append((record, expand("prov:wasAttributedTo"), Iri(f"{base_url}/source/{source_name}")))
    moment = dates.date(harvested)
    if moment is not None:
        found.append((record, expand("prov:generatedAtTime"), moment))
    if score is not None and max_score:
        measurement = Iri(f"{record}#fair")
        found += [
            (record, expand("dqv:hasQualityMeasurement"), measurement),
            (measurement, RDF_TYPE, expand("dqv:QualityMeasurement")),
            (measurement, expand("dqv:isMeasurementOf"), Iri("https://w3id.org/fairnode/metrics#fair")),
            (measurement, expand("dqv:value"), Literal(f"{score / max_score:.4f}", datatype=expand("xsd:decimal"))),
        ]
    return tuple(found)


def _utc(moment: dt.datetime) -> Literal:
    return Literal(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), datatype=_DATE_TIME)
