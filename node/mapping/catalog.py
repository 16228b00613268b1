"""The node's own statements: its dcat:Catalog, its sources, and each record's dcat:CatalogRecord with provenance.

DCAT-AP 3.0, classes Catalogue and Catalogue Record; PROV-O (https://www.w3.org/TR/prov-o/) for where and when; DQV
(https://www.w3.org/TR/vocab-dqv/) for the FAIR score; labels in the terms of `vocab/sovereignty.ttl`.
`docs/reference/sparql.md` explains each of them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from node.mapping.dcat_ap import catalog_record_triples
from node.mapping.label_rdf import concept, own
from node.model.label import Access
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import RDF_TYPE, expand
from node.terms import dates, identifiers, vocabularies

TERMS = "https://w3id.org/fairnode/catalog#"
"""What no published vocabulary says in one statement: `contentDigest`, `profileDigest`, `fails`."""

_CONTENT, _PROFILE, _FAILS = (Iri(TERMS + name) for name in ("contentDigest", "profileDigest", "fails"))
_DATE_TIME, _HEX = expand("xsd:dateTime"), expand("xsd:hexBinary")
_SHAPES = "https://w3id.org/fairnode/shapes#"
_STATE_OK = Iri("https://w3id.org/fairnode/harvest-states#ok")
# Findings of shapes have the shape's name, or its IRI where it is somebody else's; all others have dotted codes.
_DOTTED = re.compile(r"[a-z]+(\.[a-z0-9-]+)+")
_UNDECIDED = "validation.engine-failed"
_ACCESS = {member.name.lower(): concept("access", member.name) for member in Access}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """What the node knows of a record it shows.

    Attributes:
        record: the catalogue record's IRI; the address of the policy and what else is told of it is made of its end.
        topic: the resource it is about.
        identifier: the record's identifier at its source.
        source_url, metadata_prefix, source_name: where it was harvested, in which format, under which name.
        issued, modified: first and last change at this node, UTC without zone.
        harvested: the source's responseDate, as it spelt it.
        run: the number of the harvest run that generated the version shown.
        license: of the metadata, as the agreement with the source names it.
        record_access, data_access: the access classes of the two labels, in words; `None` where they cannot be read.
        digest: SHA-256, in hex, of the resource's own N-Triples as they are stored.
        score, max_score: points of the profile the node harvests with; `None` where there is none.
        profile_digest: SHA-256, in hex, of that profile; `None` likewise.
        codes: of everything found in the version shown, shapes that failed among them.
    """

    record: Iri
    topic: Iri
    title: str
    identifier: str
    source_url: str
    metadata_prefix: str
    source_name: str
    issued: dt.datetime
    modified: dt.datetime
    harvested: str
    run: int | None
    license: str | None
    record_access: str | None
    data_access: str | None
    digest: str
    score: float | None
    max_score: float | None
    profile_digest: str | None
    codes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """A source and its last good run: its number, and when it began and ended (UTC without zone)."""

    name: str
    run: int
    started: dt.datetime
    ended: dt.datetime


def catalog_triples(catalog: Iri, title: str) -> tuple[Triple, ...]:
    """Return the description of the node's catalogue, which the node itself publishes."""
    publisher, home = Iri(f"{catalog}#publisher"), Iri(f"{catalog.rpartition('/')[0]}/")
    return (
        (catalog, RDF_TYPE, expand("dcat:Catalog")),
        (catalog, expand("dct:title"), Literal(title, language="en")),
        (catalog, expand("dct:description"), Literal(f"Metadata harvested by {title}", language="en")),
        (catalog, expand("foaf:homepage"), home),
        (home, RDF_TYPE, expand("foaf:Document")),
        (catalog, expand("dct:publisher"), publisher),
        (publisher, RDF_TYPE, expand("foaf:Agent")),
        (publisher, expand("foaf:name"), Literal(title, language="en")),
    )


def source_triples(base_url: str, facts: SourceFacts) -> tuple[Triple, ...]:
    """Return what the graph of a source says: what it is, and its last good run; `/sources/NAME` has more."""
    source, page = source_iri(base_url, facts.name), f"{base_url}/sources/{facts.name}"
    run = _run(base_url, facts.name, facts.run)
    # No dcat:DataService with a title, as in its log: whoever asks for services asks for those that are catalogued.
    return (
        (source, RDF_TYPE, expand("prov:Entity")),
        (source, RDF_TYPE, expand("prov:Agent")),
        (source, expand("rdfs:label"), Literal(facts.name)),
        (source, expand("foaf:page"), Iri(page)),
        (run, RDF_TYPE, expand("prov:Activity")),
        (run, expand("prov:used"), source),
        (run, expand("prov:startedAtTime"), _utc(facts.started)),
        (run, expand("prov:endedAtTime"), _utc(facts.ended)),
        (run, expand("adms:status"), _STATE_OK),
    )


def source_iri(base_url: str, name: str) -> Iri:
    """Return the name of a source and of its graph: what records are attributed to."""
    return Iri(f"{base_url}/source/{name}")


def record_triples(base_url: str, facts: RecordFacts) -> tuple[Triple, ...]:
    """Return what the node says of a record."""
    return tuple(_record(base_url, facts))


def attribution_triples(resource: Iri, infrastructure: str | None) -> tuple[Triple, ...]:
    """Return that a resource comes from the infrastructure which the agreement with its source names.

    It stands with the resource, so in one graph only; of the infrastructure itself it would say nothing.
    """
    if not infrastructure or infrastructure == resource:
        return ()
    return ((resource, expand("prov:wasAttributedTo"), Iri(infrastructure)),)


def _record(base_url: str, facts: RecordFacts) -> Iterator[Triple]:
    record, source = facts.record, facts.source_url
    query = f"verb=GetRecord&metadataPrefix={quote_plus(facts.metadata_prefix)}"
    query += f"&identifier={quote_plus(facts.identifier)}"
    yield from catalog_record_triples(
        record=record,
        topic=facts.topic,
        identifier=facts.identifier,
        issued=_utc(facts.issued),
        modified=_utc(facts.modified),
        source=identifiers.iri(f"{source}{'&' if '?' in source else '?'}{query}"),
        title=facts.title or None,
    )
    yield Iri(f"{base_url}/catalog"), expand("dcat:record"), record
    yield record, expand("prov:wasAttributedTo"), source_iri(base_url, facts.source_name)
    moment = dates.date(facts.harvested)
    if moment is not None:
        yield record, expand("prov:generatedAtTime"), moment
    if facts.run is not None:
        yield record, expand("prov:wasGeneratedBy"), _run(base_url, facts.source_name, facts.run)
    if facts.license and (terms := vocabularies.license(facts.license) or identifiers.iri(facts.license)):
        yield record, expand("dct:license"), terms
    yield from _labels(base_url, facts)
    yield record, _CONTENT, Literal(facts.digest, datatype=_HEX)
    yield from _quality(facts)


def _labels(base_url: str, facts: RecordFacts) -> Iterator[Triple]:
    """Say of the labels what a query wants to choose by; the policy says all of them."""
    policy = Iri(f"{base_url}/policy/{facts.record.rpartition('/')[2]}")
    stated = (("record", facts.record, facts.record_access), ("data", facts.topic, facts.data_access))
    known = [(of, target, _ACCESS[access]) for of, target, access in stated if access in _ACCESS]
    if known:
        yield facts.record, expand("odrl:hasPolicy"), policy
        for of, target, level in known:
            label = Iri(f"{policy}#{of}-label")
            yield label, own("of"), target
            yield label, own("access"), level


def _quality(facts: RecordFacts) -> Iterator[Triple]:
    record = facts.record
    if facts.score is not None and facts.max_score:
        measurement, share = Iri(f"{record}#fair"), f"{facts.score / facts.max_score:.4f}"
        yield record, expand("dqv:hasQualityMeasurement"), measurement
        yield measurement, RDF_TYPE, expand("dqv:QualityMeasurement")
        yield measurement, expand("dqv:isMeasurementOf"), Iri("https://w3id.org/fairnode/metrics#fair")
        yield measurement, expand("dqv:value"), Literal(share, datatype=expand("xsd:decimal"))
    if facts.profile_digest is not None and _UNDECIDED not in facts.codes:
        # Only where every shape was decided: what does not fail there has passed.
        yield record, _PROFILE, Literal(facts.profile_digest, datatype=_HEX)
    for code in facts.codes:
        if not _DOTTED.fullmatch(code):
            yield record, _FAILS, Iri(code if ":" in code else _SHAPES + code)


def _run(base_url: str, source: str, number: int) -> Iri:
    return Iri(f"{base_url}/sources/{source}/runs/{number}#run")


def _utc(moment: dt.datetime) -> Literal:
    return Literal(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), datatype=_DATE_TIME)
