"""Records and catalogues of real repositories, read in place: every one of them maps."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from node.errors import MappingError, SyntaxRefused
from node.mapping import crosswalks as mapping
from node.mapping.dcat_ap import shared_nodes, to_triples
from node.mapping.protocols import MappingContext
from node.model.dcat import ResourceKind
from node.model.mapped import Mapped
from node.model.rdf import Iri
from node.namespaces import OAI, OAI_DC, RDF_TYPE, expand
from node.syntax import parse_rdf, write_rdf

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("FIXTURES_FOLDER", ROOT.parent / "shared" / "fixtures"))
CONTEXT = MappingContext(iri=Iri("https://node.example/dataset/1"), identifier="oai:repository.example:1")
MEDIA_TYPES = {".ttl": "text/turtle", ".rdf": "application/rdf+xml", ".jsonld": "application/ld+json"}
RESOURCE_CLASSES = {expand(name) for name in ("dcat:Dataset", "dcat:DataService", "dcat:DatasetSeries", "dcat:Catalog")}

needs_oai = pytest.mark.skipif(not (REAL / "oai").is_dir(), reason=f"no real records in {REAL}/oai")
needs_dcat = pytest.mark.skipif(not (REAL / "dcat").is_dir(), reason=f"no real catalogues in {REAL}/dcat")


FORMATS = {
    f"{{{OAI_DC}}}dc": "oai_dc",
    "{http://www.isotc211.org/2005/gmd}MD_Metadata": "iso19139",
    "{http://www.loc.gov/MARC21/slim}record": "marcxml",
}
"""Roots of the payloads that are read here, and their formats; DataCite has many."""


REFUSALS = ("not a dataset or a service",)
LEAST = {
    "cmdi": 18,
    "mets": 4,
    "oai_cerif_openaire": 14,
    "oai_ddi25": 7,
    "oai_ddi33": 3,
    "oai_qdc": 166,
}
"""How many of the real records each of these crosswalks maps, at least, whatever prefix they came under."""


def payloads() -> Iterator[tuple[str, bytes]]:
    """Return (prefix, payload) of every record of these formats in the OAI-PMH answers."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for path in sorted((REAL / "oai").rglob("*.xml")):
        try:
            tree = etree.parse(str(path), parser)
        except etree.XMLSyntaxError:
            continue
        for metadata in tree.iter(f"{{{OAI}}}metadata"):
            for root in metadata.iterchildren("*"):
                name = etree.QName(root)
                if str(root.tag) in FORMATS:
                    yield FORMATS[str(root.tag)], etree.tostring(root)
                elif name.localname == "oai_datacite" or "datacite.org/schema/kernel" in (name.namespace or ""):
                    yield "oai_datacite", etree.tostring(root)


@cache
def mapped_payloads() -> tuple[tuple[str, Mapped], ...]:
    """Return (prefix, result) of every payload that describes a resource."""
    found = []
    for prefix, payload in payloads():
        try:
            found.append((prefix, mapping.read(prefix, payload, CONTEXT)))
        except MappingError as error:
            # Catalogues of libraries hold records of people too.
            assert "an authority" in error.message, error.message
    return tuple(found)


@needs_oai
def test_every_real_record_maps_and_nearly_all_have_a_title() -> None:
    mapped = [one for _, one in mapped_payloads()]

    titled = sum(bool(one.resource.title) for one in mapped)
    assert len(mapped) > 500
    assert titled / len(mapped) >= 0.95


@needs_oai
@pytest.mark.parametrize(
    ("prefix", "records", "titled", "services"), [("iso19139", 14, 12, 2), ("marcxml", 121, 119, 0)]
)
def test_real_records_of_a_format_are_read_with_what_they_have(
    prefix: str, records: int, titled: int, services: int
) -> None:
    mapped = [one for name, one in mapped_payloads() if name == prefix]

    resources = [one.resource for one in mapped]
    assert len(resources) == records
    # Those without a title have none at the source.
    assert sum(bool(resource.title) for resource in resources) == titled
    assert sum(resource.kind is ResourceKind.DATA_SERVICE for resource in resources) == services
    # Every part that no rule used says where it stands.
    assert all(part.path and part.source_line for one in mapped for part in one.unmapped)


def described() -> Iterator[tuple[str, bytes]]:
    """Return (file name, payload) of every payload in the OAI-PMH answers, and of the records that stand alone."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for path in sorted((REAL / "oai").rglob("*.xml")):
        try:
            tree = etree.parse(str(path), parser)
        except etree.XMLSyntaxError:
            continue
        held = [root for metadata in tree.iter(f"{{{OAI}}}metadata") for root in metadata.iterchildren("*")]
        for root in held or [tree.getroot()]:
            yield path.name, etree.tostring(root, with_tail=False)


@needs_oai
def test_real_records_of_archives_libraries_and_research_information_map_or_are_refused_for_what_they_are() -> None:
    mapped: Counter[str] = Counter()
    unexplained, untitled = [], []
    for name, payload in described():
        try:
            crosswalk = mapping.crosswalk_for("not a prefix of any", payload)
        except MappingError:
            continue
        prefix = crosswalk.prefixes[0]
        if prefix not in LEAST:
            continue
        try:
            result = crosswalk.read(payload, CONTEXT)
        except MappingError as refused:
            unexplained += [] if any(reason in str(refused) for reason in REFUSALS) else [(name, str(refused))]
            continue
        mapped[prefix] += 1
        untitled += [] if result.resource.title else [name]
        assert all(part.path and part.source_line for part in result.unmapped)
        triples = [*to_triples(result.resource, base=CONTEXT.iri), *result.extra]
        for _, about in shared_nodes(result.resource):
            triples += about
        assert write_rdf(tuple(triples), "application/n-triples")

    assert (unexplained, untitled) == ([], [])
    assert {prefix: least for prefix, least in LEAST.items() if mapped[prefix] < least} == {}


@needs_oai
def test_every_real_record_becomes_rdf_and_is_written_in_every_format() -> None:
    for number, (prefix, mapped) in enumerate(mapped_payloads()):
        # Of the formats with hundreds of records every seventh will do: each is written three times over.
        if number % 7 and prefix in ("oai_dc", "oai_datacite"):
            continue
        resource = mapped.resource

        triples = [*to_triples(resource, base=CONTEXT.iri)]
        for _, about in shared_nodes(resource):
            triples += about
        assert write_rdf(tuple(triples), "application/n-triples")
        for writer in mapping.WRITERS:
            again = mapping.read(writer.prefix, writer.write(resource).encode(), CONTEXT).resource
            assert [title.value for title in again.title[:1]] == [title.value for title in resource.title[:1]]


@needs_dcat
def test_every_real_catalogue_that_parses_maps_unless_it_describes_no_resource() -> None:
    mapped, refused = 0, []
    for path in sorted((REAL / "dcat").iterdir()):
        media_type = MEDIA_TYPES.get(path.suffix)
        if media_type is None:
            continue
        context = MappingContext(iri=CONTEXT.iri, identifier=CONTEXT.identifier, media_type=media_type)
        data = path.read_bytes()
        try:
            triples = parse_rdf(data, media_type, base_iri=context.iri)
        except SyntaxRefused:
            continue
        try:
            result = mapping.read("dcat", data, context)
        except MappingError:
            refused.append((path.name, {value for _, predicate, value in triples if predicate == RDF_TYPE}))
        else:
            mapped += 1
            assert write_rdf((*to_triples(result.resource, base=context.iri), *result.extra), "application/n-triples")

    assert mapped > 150
    assert [name for name, classes in refused if classes & RESOURCE_CLASSES] == []
