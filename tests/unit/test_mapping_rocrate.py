"""RO-Crate, read: the root data entity of a crate, and its files, in folders and on the web."""

from __future__ import annotations

import json

from node.mapping import crosswalks as mapping
from node.mapping.protocols import MappingContext
from node.model.mapped import Mapped
from node.model.rdf import Iri, Literal
from node.syntax import JsonValue

CONTEXT = MappingContext(
    iri=Iri("https://node.example/dataset/1"), identifier="oai:x.example:1", media_type="application/ld+json"
)


def read(graph: JsonValue, version: str = "1.1") -> Mapped:
    document: JsonValue = {"@context": f"https://w3id.org/ro/crate/{version}/context", "@graph": graph}
    return mapping.read("rocrate", json.dumps(document).encode(), CONTEXT)


def test_the_root_of_a_crate_is_what_its_descriptor_is_about() -> None:
    graph: JsonValue = [
        {"@id": "./", "@type": "Dataset", "name": "B"},
        {"@id": "https://x.example/c/", "@type": "Dataset", "name": "A"},
        {"@id": "x-ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "https://x.example/c/"}},
    ]

    mapped = read(graph, "1.2")

    assert mapped.resource.title == (Literal("A"),)


def test_the_files_of_a_crate_are_found_in_its_folders_once_each_even_in_a_circle() -> None:
    graph: JsonValue = [
        {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}},
        {"@id": "./", "@type": "Dataset", "name": "A", "hasPart": [{"@id": "in/"}, {"@id": "a.csv"}]},
        {"@id": "in/", "@type": "Dataset", "hasPart": [{"@id": "in/b.csv"}, {"@id": "./"}, {"@id": "a.csv"}]},
        {"@id": "a.csv", "@type": "File", "encodingFormat": "text/csv"},
        {"@id": "in/b.csv", "@type": "File", "name": "B", "encodingFormat": "text/csv"},
    ]

    mapped = read(graph)

    ways = mapped.resource.distributions
    assert [way.title for way in ways] == [(Literal("a.csv"),), (Literal("B"),)]
    assert ways[1].description == (Literal("in/b.csv"),)
    assert mapped.resource.relations == ()


def test_a_file_of_a_crate_on_the_web_is_a_download_and_no_part_besides() -> None:
    address = "https://x.example/big.nc"
    graph: JsonValue = [
        {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}},
        {"@id": "./", "@type": "Dataset", "name": "A", "hasPart": {"@id": address}},
        {"@id": address, "@type": "File", "name": "Big"},
    ]

    resource = read(graph).resource

    assert [way.download_url for way in resource.distributions] == [address]
    assert resource.relations == ()
