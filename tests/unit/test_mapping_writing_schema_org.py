"""schema.org, written: what it says in whose words, and that reading it again gives the same resource back."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from node.mapping import crosswalks as mapping
from node.mapping import schema_org
from node.mapping.protocols import MappingContext
from node.model.dcat import Agent, ContactPoint, Distribution, Period, Place, Relation, Resource, ResourceKind
from node.model.rdf import Iri, Literal
from node.namespaces import PREFIXES, RDF_TYPE, expand
from node.syntax import parse_rdf
from node.terms import vocabularies
from tests.unit.test_mapping_golden import Golden, goldens
from tests.unit.test_mapping_round_trip import EMPTY, HOSTILE, RICH, SERVICE

WHOLE = replace(
    RICH,
    created=Literal("2019", datatype=expand("xsd:gYear")),
    available=Literal("2031-01-01", datatype=expand("xsd:date")),
    access_rights=vocabularies.RESTRICTED,
    is_open_access_claim=False,
    subjects=(Iri("http://eurovoc.europa.eu/5562"),),
    type_labels=("lake survey",),
    pages=(Iri("https://repository.example/report"),),
    relations=(
        Relation(predicate=expand("dct:references"), target=Iri("https://doi.org/10.5555/other")),
        Relation(predicate=expand("dct:isPartOf"), target=Iri("https://doi.org/10.5555/series")),
        Relation(predicate=expand("dcat:previousVersion"), target=Iri("https://doi.org/10.5555/before")),
        Relation(predicate=expand("dct:isReplacedBy"), target=Iri("https://doi.org/10.5555/after")),
    ),
    sources=(Iri("https://doi.org/10.5555/raw"),),
    conforms_to=(Iri("http://www.opengis.net/def/crs/EPSG/0/2056"),),
    spatial=(
        Place(name="Lake", bbox=(9.1, 47.4, 9.6, 47.6)),
        Place(wkt="POINT(7.6 46.8)"),
        Place(wkt="POLYGON((7.5 46.1,8.3 46.1,8.3 46.6,7.5 46.1))"),
        Place(wkt="LINESTRING(7.5 46.1,8.3 46.5)"),
        Place(iri=Iri("https://sws.geonames.org/2661552/")),
    ),
    temporal=(
        Period(start=Literal("1990-01-01", datatype=expand("xsd:date"))),
        Period(start=Literal("2001", datatype=expand("xsd:gYear")), end=Literal("2001", datatype=expand("xsd:gYear"))),
    ),
    provenance=(Literal("Read off a gauge.", language="en"),),
    distributions=(
        Distribution(
            access_url=Iri("https://repository.example/rich/a.csv"),
            download_url=Iri("https://repository.example/rich/a.csv"),
            title=(Literal("A", language="en"),),
            description=(Literal("All of it"),),
            media_type=vocabularies.media_type("text/csv"),
            file_format=vocabularies.file_type("text/csv"),
            byte_size=0,
            license=vocabularies.license("CC0-1.0"),
            issued=Literal("2021-03-04", datatype=expand("xsd:date")),
            checksum=("checksumAlgorithm_md5", "d41d8cd98f00b204e9800998ecf8427e"),
            conforms_to=(Iri("http://cfconventions.org/cf-1.8"),),
        ),
        Distribution(
            iri=Iri("https://repository.example/way/2"),
            access_url=Iri("https://repository.example/rich"),
            checksum=("checksumAlgorithm_sha256", "ab" * 32),
            license=vocabularies.license("CC-BY-4.0"),
            rights=(Literal("Ask first.", language="en"),),
        ),
    ),
    funding=(
        "European Commission <https://ror.org/00k4n6c32> [101] Ice <https://cordis.europa.eu/project/id/101>",
        "Me",
    ),
)
MAP_SERVICE = Resource(
    iri=Iri("https://doi.org/10.5555/map"),
    kind=ResourceKind.DATA_SERVICE,
    title=(Literal("Maps", language="en"),),
    identifiers=("https://doi.org/10.5555/map",),
    creators=(Agent(name="Roth, Urs", kind="person"),),
    publisher=Agent(name="Map Office", kind="organization"),
    contact_points=(ContactPoint(email="maps@x.example", url=Iri("https://x.example/desk")),),
    resource_type=vocabularies.resource_type("Service"),
    license=vocabularies.license("CC-BY-4.0"),
    rights=(Literal("Not for ships."),),
    landing_page=Iri("https://x.example/maps"),
    spatial=(Place(name="Lake", bbox=(9.1, 47.4, 9.6, 47.6)),),
    endpoint_url=Iri("https://x.example/wms"),
    endpoint_description=Iri("https://x.example/wms?request=GetCapabilities"),
    serves=(Iri("https://doi.org/10.5555/rich"), Iri("https://doi.org/10.5555/other")),
)


def written(resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_org.write(resource))
    return found


def read_again(resource: Resource) -> Resource:
    context = MappingContext(iri=resource.iri, identifier=str(resource.iri), media_type="application/ld+json")
    return mapping.read("schema_org", schema_org.write(resource).encode(), context).resource


@pytest.mark.parametrize("resource", [RICH, MAP_SERVICE], ids=["dataset", "service"])
def test_what_is_written_is_read_again_whole(resource: Resource) -> None:
    again = read_again(resource)

    different = {one.name for one in fields(Resource) if getattr(again, one.name) != getattr(resource, one.name)}
    assert different == set()


def test_everything_a_dataset_can_have_is_read_again() -> None:
    again = read_again(WHOLE)

    different = {one.name for one in fields(Resource) if getattr(again, one.name) != getattr(WHOLE, one.name)}
    assert different == set()


@pytest.mark.parametrize("resource", [WHOLE, MAP_SERVICE, EMPTY, SERVICE, HOSTILE])
def test_every_prefix_that_a_document_uses_is_declared_in_it(resource: Resource) -> None:
    document = written(resource)
    context = document["@context"]
    declared = context[1] if isinstance(context, list) else {}
    # As plain JSON-LD, without the meaning that schema.org's own context gives its terms.
    plain = {**document, "@context": {"@vocab": "https://schema.org/", **declared}}

    triples = parse_rdf(json.dumps(plain).encode(), "application/ld+json", base_iri=Iri("https://node.example/1"))

    used = {predicate for _, predicate, _ in triples if predicate != RDF_TYPE}
    assert all(predicate.startswith(("https://schema.org/", *declared.values())) for predicate in used)
    assert set(declared.values()) <= set(PREFIXES.values())
    # A prefix that is also a property of schema.org's would take its meaning away.
    assert not {"geo", "schema"} & set(declared)


def test_a_document_may_stand_in_a_page_as_it_is() -> None:
    hostile = replace(HOSTILE, title=(Literal("</script><script>alert(1)</script><!--"),))

    text = schema_org.write(hostile)

    assert "<" not in text
    assert json.loads(text)["name"] == "</script><script>alert(1)</script><!--"


def test_characters_that_no_encoding_has_a_place_for_are_left_out() -> None:
    text = schema_org.write(replace(EMPTY, title=(Literal("a\ud800b\ufffec"),)))

    assert json.loads(text.encode("utf-8"))["name"] == "abc"


def test_what_a_resource_does_not_have_is_not_in_the_document() -> None:
    assert written(EMPTY) == {"@context": "https://schema.org/", "@type": "Dataset", "@id": EMPTY.iri}


def test_a_dataset_of_a_type_that_is_not_known_is_a_dataset() -> None:
    geospatial = Iri("http://publications.europa.eu/resource/authority/dataset-type/GEOSPATIAL")

    assert written(replace(RICH, resource_type=geospatial))["@type"] == "Dataset"


@pytest.mark.parametrize(
    ("resource_type", "expected"),
    [
        ("Dataset", "Dataset"),
        ("software", "SoftwareSourceCode"),
        ("journal article", "ScholarlyArticle"),
        ("thesis", "Thesis"),
        ("workflow", "CreativeWork"),
        ("map", "ImageObject"),
    ],
)
def test_the_class_is_that_of_the_resource_type_which_is_given_itself_beside_it(
    resource_type: str, expected: str
) -> None:
    resource = replace(RICH, resource_type=vocabularies.resource_type(resource_type))

    document = written(resource)

    assert document["@type"] == expected
    assert document["additionalType"] == resource.resource_type
    assert read_again(resource).resource_type == resource.resource_type


def test_a_service_says_in_its_own_words_who_offers_it_where_and_on_which_terms() -> None:
    document = written(MAP_SERVICE)

    assert document["@type"] == "WebAPI"
    assert document["provider"]["contactPoint"]["email"] == "maps@x.example"
    assert document["termsOfService"] == ["https://creativecommons.org/licenses/by/4.0/", "Not for ships."]
    assert document["areaServed"]["name"] == "Lake"
    assert document["availableChannel"] == {"@type": "ServiceChannel", "serviceUrl": "https://x.example/wms"}
    assert not {"publisher", "license", "spatialCoverage", "conditionsOfAccess"} & set(document)
    assert written(replace(MAP_SERVICE, endpoint_url=None))["@type"] == "Service"


def test_a_single_keyword_with_a_comma_stays_one() -> None:
    resource = replace(RICH, keywords=(Literal("lakes, deep", language="en"),))

    assert read_again(resource).keywords == resource.keywords


def test_an_embargo_and_access_rights_survive() -> None:
    again = read_again(WHOLE)

    assert (again.available, again.access_rights, again.is_open_access_claim) == (
        WHOLE.available,
        vocabularies.RESTRICTED,
        False,
    )


@pytest.mark.parametrize("case", goldens(), ids=lambda case: f"{case.prefix}/{case.expected.stem}")
def test_a_resource_of_any_format_is_written_in_every_format_with_its_title_and_its_kind(case: Golden) -> None:
    resource = mapping.read(case.prefix, case.payload.read_bytes(), case.context).resource

    for writer in mapping.WRITERS:
        context = MappingContext(iri=case.context.iri, identifier=case.context.identifier)
        payload = writer.write(resource, base=case.context.iri).encode()
        again = mapping.read(writer.prefix, payload, context).resource
        assert [title.value for title in again.title[:1]] == [title.value for title in resource.title[:1]]
        # Where a text says of what type a service is, DataCite has no room left to say that it is none of data.
        is_service = resource.kind is ResourceKind.SERVICE and writer.prefix == "oai_datacite" and resource.type_labels
        assert again.kind is (ResourceKind.DATA_SERVICE if is_service else resource.kind)
        if resource.endpoint_url:
            assert resource.endpoint_url.split("?")[0] in payload.decode(), writer.prefix
    again = read_again(resource)
    assert (again.kind, again.license) == (resource.kind, resource.license)
    assert again.title == resource.title
    assert again.endpoint_url == resource.endpoint_url
