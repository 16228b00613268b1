"""schema.org and RO-Crate, read: contexts, nodes written in several ways, and which of several things is meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from node.errors import MappingError
from node.mapping import crosswalks as mapping
from node.mapping.json_reading import MAX_UNMAPPED
from node.mapping.protocols import MappingContext
from node.mapping.schema_org import distributions
from node.model.dcat import Agent, Relation, ResourceKind
from node.model.mapped import Mapped
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.syntax import JsonValue
from node.terms import vocabularies

SCHEMA = "https://schema.org/"
CONTEXT = MappingContext(
    iri=Iri("https://node.example/dataset/1"),
    identifier="https://x.example/record/1",
    media_type="application/ld+json",
)


def read(document: JsonValue, prefix: str = "schema_org") -> Mapped:
    return mapping.read(prefix, json.dumps(document).encode(), CONTEXT)


def dataset(**members: JsonValue) -> Mapped:
    return read({"@context": SCHEMA, "@type": "Dataset", **members})


def codes(mapped: Mapped) -> list[str]:
    return [finding.code for finding in mapped.findings]


@pytest.mark.parametrize(
    "document",
    [
        {"@context": "http://schema.org", "@type": "Dataset", "name": "A"},
        {"@context": "https://schema.org/docs/jsonldcontext.jsonld", "@type": "Dataset", "name": "A"},
        {"@context": {"@vocab": "http://schema.org/"}, "@type": "Dataset", "name": "A"},
        {"@context": {"s": "https://schema.org/"}, "@type": "s:Dataset", "s:name": {"@value": "A"}},
        {"@context": {"called": "https://schema.org/name", "@vocab": SCHEMA}, "@type": "Dataset", "called": "A"},
        {
            "@context": {"called": {"@id": "https://schema.org/name"}, "@vocab": SCHEMA},
            "@type": "Dataset",
            "called": "A",
        },
        {"@context": [SCHEMA, {"@language": None}], "@type": ["Dataset"], "name": ["A"]},
        {"@context": SCHEMA, "@graph": [{"@type": "Dataset", "name": {"@list": ["A"]}}]},
        [{"@context": SCHEMA, "@type": "WebPage"}, {"@context": SCHEMA, "@type": "Dataset", "name": "A"}],
        {"@context": {}, "@type": "http://schema.org/Dataset", "http://schema.org/name": "A"},
    ],
)
def test_a_name_is_a_name_however_the_document_writes_it(document: JsonValue) -> None:
    mapped = read(document)

    assert mapped.resource.title == (Literal("A"),)
    assert mapped.resource.resource_type == vocabularies.resource_type("Dataset")
    assert codes(mapped) == []


def test_a_document_without_a_context_is_read_with_a_finding() -> None:
    mapped = read({"@type": "Dataset", "name": "A"})

    assert mapped.resource.title == (Literal("A"),)
    assert codes(mapped) == ["mapping.context"]


def test_terms_of_a_context_that_is_not_at_hand_stay_and_the_context_is_named() -> None:
    context: JsonValue = [
        SCHEMA,
        "https://x.example/context.jsonld",
        {"odd": {"@id": "https://x.example/odd", "@container": "@index"}},
    ]

    mapped = read({"@context": context, "@type": "Dataset", "name": "A", "odd": "B"})

    assert codes(mapped) == ["mapping.context", "mapping.context"]
    assert "https://x.example/context.jsonld" in mapped.findings[0].message
    assert [(part.path, part.value) for part in mapped.unmapped] == [("/odd", "B")]


def test_terms_that_are_defined_by_each_other_mean_nothing() -> None:
    mapped = read({"@context": {"@vocab": SCHEMA, "name": "title", "title": "name"}, "@type": "Dataset", "name": "A"})

    assert mapped.resource.title == ()
    assert [part.value for part in mapped.unmapped] == ["A"]


def test_names_in_several_languages_are_titles_and_a_second_name_in_one_is_an_alternative() -> None:
    name: JsonValue = [
        {"@value": "Lake", "@language": "en"},
        {"@value": "See", "@language": "de"},
        {"@value": "Mere", "@language": "en"},
    ]

    mapped = dataset(name=name, alternateName="L")

    assert mapped.resource.title == (Literal("Lake", language="en"), Literal("See", language="de"))
    assert [(predicate, value) for _, predicate, value in mapped.extra] == [
        (expand("dct:alternative"), Literal("Mere", language="en")),
        (expand("dct:alternative"), Literal("L")),
    ]


def test_descriptions_of_one_id_are_one_node() -> None:
    graph: JsonValue = [
        {"@id": "https://x.example/d", "@type": "Dataset", "name": "A", "creator": {"@id": "#c"}},
        {"@id": "https://x.example/d", "description": "B"},
        {"@id": "#c", "@type": "Person", "name": "Carberry, Josiah"},
    ]

    mapped = read({"@context": SCHEMA, "@graph": graph})

    assert mapped.resource.description == (Literal("B"),)
    assert mapped.resource.creators == (Agent(name="Carberry, Josiah", kind="person"),)
    assert mapped.unmapped == ()


def test_a_graph_whose_nodes_contain_each_other_is_read_to_its_end() -> None:
    graph: JsonValue = [
        {"@id": "#a", "@type": "Dataset", "name": "A", "hasPart": {"@id": "#b"}, "distribution": {"@id": "#a"}},
        {"@id": "#b", "@type": "Dataset", "name": "B", "hasPart": {"@id": "#a"}},
    ]

    assert read({"@context": SCHEMA, "@graph": graph}).resource.title


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        # What belongs to another is not what is meant.
        (
            [
                {"@type": "Dataset", "@id": "#b", "name": "B"},
                {"@type": "Dataset", "name": "A", "hasPart": {"@id": "#b"}},
            ],
            "A",
        ),
        # A dataset goes before software, software before a catalogue.
        ([{"@type": "SoftwareSourceCode", "name": "B"}, {"@type": "Dataset", "name": "A"}], "A"),
        ([{"@type": "DataCatalog", "name": "B"}, {"@type": "SoftwareApplication", "name": "A"}], "A"),
        # The record's own identifier tells.
        (
            [{"@type": "Dataset", "name": "B"}, {"@type": "Dataset", "@id": "https://x.example/record/1", "name": "A"}],
            "A",
        ),
        # A page says what it is about.
        (
            [
                {"@type": "Dataset", "@id": "#b", "name": "B"},
                {"@type": "Dataset", "@id": "#a", "name": "A"},
                {"@type": "WebPage", "mainEntity": {"@id": "#a"}},
            ],
            "A",
        ),
    ],
)
def test_of_several_things_the_one_that_is_meant_is_read(graph: JsonValue, expected: str) -> None:
    mapped = read({"@context": SCHEMA, "@graph": graph})

    assert [title.value for title in mapped.resource.title] == [expected]
    assert "mapping.several-resources" not in codes(mapped)


def test_where_nothing_tells_the_first_is_read_with_a_finding_and_the_others_are_reported() -> None:
    mapped = read({"@context": SCHEMA, "@graph": [{"@type": "Dataset", "name": name} for name in ("A", "B", "C")]})

    assert mapped.resource.title == (Literal("A"),)
    assert codes(mapped) == ["mapping.several-resources"]
    assert [part.value for part in mapped.unmapped if part.path.endswith("/name")] == ["B", "C"]


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (["WebAPI"], ResourceKind.DATA_SERVICE),
        (["Service"], ResourceKind.SERVICE),
        (["WebApplication"], ResourceKind.DATA_SERVICE),
        (["IndividualProduct"], ResourceKind.INSTRUMENT),
        (["ResearchOrganization"], ResourceKind.INFRASTRUCTURE),
        (["Dataset", "ResearchOrganization"], ResourceKind.DATASET),
        (["SoftwareApplication"], ResourceKind.DATASET),
        (["DataFeed"], ResourceKind.DATASET),
        (["Dataset", "Product"], ResourceKind.DATASET),
        (["ScholarlyArticle"], ResourceKind.DATASET),
    ],
)
def test_what_is_offered_has_the_kind_of_its_class_and_all_else_is_data(types: JsonValue, kind: ResourceKind) -> None:
    assert read({"@context": SCHEMA, "@type": types, "name": "A"}).resource.kind is kind


def test_an_application_that_is_reached_at_an_address_is_a_service() -> None:
    channel: JsonValue = {"@type": "ServiceChannel", "serviceUrl": "https://x.example/run"}

    resource = read(
        {"@context": SCHEMA, "@type": "SoftwareApplication", "name": "A", "availableChannel": channel}
    ).resource

    assert (resource.kind, resource.endpoint_url) == (ResourceKind.DATA_SERVICE, "https://x.example/run")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("https://x.example/data{?id}", "https://x.example/"),
        ("https://x.example/data/{id}/all", "https://x.example/data/"),
        ("https://x.example/data?id={id}", "https://x.example/data"),
        ("https://x.example/data", "https://x.example/data"),
    ],
)
def test_the_endpoint_of_an_action_is_what_its_address_begins_with(template: str, expected: str) -> None:
    action: JsonValue = {"@type": "SearchAction", "target": {"@type": "EntryPoint", "urlTemplate": template}}

    resource = read({"@context": SCHEMA, "@type": "WebAPI", "name": "A", "potentialAction": action}).resource

    assert resource.endpoint_url == expected


def test_a_keyword_with_a_comma_in_a_list_is_one_keyword() -> None:
    assert dataset(keywords="lake, river").resource.keywords == (Literal("lake"), Literal("river"))
    assert dataset(keywords=["lake, river", "sea"]).resource.keywords == (Literal("lake, river"), Literal("sea"))


def test_links_in_the_words_of_dcmi_are_relations_too() -> None:
    context: JsonValue = [SCHEMA, {"dcterms": "http://purl.org/dc/terms/"}]
    target: JsonValue = {"@id": "https://doi.org/10.5555/old"}

    resource = read({"@context": context, "@type": "Dataset", "name": "A", "dcterms:replaces": target}).resource

    assert resource.relations == (
        Relation(predicate=expand("dct:replaces"), target=Iri("https://doi.org/10.5555/old")),
    )


def test_files_past_the_limit_stay_with_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributions, "MAX_DISTRIBUTIONS", 3)
    files: JsonValue = [{"@type": "DataDownload", "contentUrl": f"https://x.example/{number}"} for number in range(5)]

    mapped = dataset(name="A", distribution=files)

    assert len(mapped.resource.distributions) == 3
    assert codes(mapped) == ["mapping.distributions-many"]
    assert [part.value for part in mapped.unmapped if part.path.endswith("contentUrl")] == [
        "https://x.example/3",
        "https://x.example/4",
    ]


def test_a_flood_of_values_that_no_rule_reads_is_counted() -> None:
    mapped = dataset(name="A", odd=[f"value {number}" for number in range(MAX_UNMAPPED + 7)])

    assert len(mapped.unmapped) == MAX_UNMAPPED + 1
    assert mapped.unmapped[-1].value == "and 7 values more"


@pytest.mark.parametrize("document", [{}, [], None, 1, "A", {"@context": SCHEMA, "@type": "Person", "name": "A"}])
@pytest.mark.parametrize("prefix", ["schema_org", "rocrate"])
def test_a_document_that_describes_no_work_is_no_record(prefix: str, document: JsonValue) -> None:
    with pytest.raises(MappingError):
        read(document, prefix)


def test_every_fixture_is_recognised_as_its_own_format() -> None:
    folder = Path(__file__).resolve().parent.parent / "fixtures"
    for prefix in ("schema_org", "rocrate"):
        for path in sorted((folder / prefix).glob("*.json")):
            assert mapping.crosswalk_for("", path.read_bytes(), "application/json").prefixes[0] == prefix, path.name
