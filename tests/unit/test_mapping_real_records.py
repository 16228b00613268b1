"""Records and catalogues of real repositories, read in place: every one of them maps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from node import mapping
from node.errors import MappingError, SyntaxRefused
from node.mapping.dcat_ap import shared_nodes, to_triples
from node.mapping.protocols import MappingContext
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


def payloads() -> Iterator[tuple[str, bytes]]:
    """Return (prefix, payload) of every Dublin Core and DataCite record in the OAI-PMH answers."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for path in sorted((REAL / "oai").rglob("*.xml")):
        try:
            tree = etree.parse(str(path), parser)
        except etree.XMLSyntaxError:
            continue
        for metadata in tree.iter(f"{{{OAI}}}metadata"):
            for root in metadata.iterchildren("*"):
                name = etree.QName(root)
                if name.namespace == OAI_DC and name.localname == "dc":
                    yield "oai_dc", etree.tostring(root)
                elif name.localname == "oai_datacite" or "datacite.org/schema/kernel" in (name.namespace or ""):
                    yield "oai_datacite", etree.tostring(root)


@needs_oai
def test_every_real_record_maps_and_nearly_all_have_a_title() -> None:
    mapped = [mapping.read(prefix, payload, CONTEXT) for prefix, payload in payloads()]

    titled = sum(bool(one.resource.title) for one in mapped)
    assert len(mapped) > 500
    assert titled / len(mapped) >= 0.95


@needs_oai
def test_every_real_record_becomes_rdf_and_is_written_in_every_format() -> None:
    for number, (prefix, payload) in enumerate(payloads()):
        # Every seventh will do: the formats repeat, and each is written three times over.
        if number % 7:
            continue
        resource = mapping.read(prefix, payload, CONTEXT).resource

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
