"""Writers: what they write is well-formed and valid, and reading it again gives the same resource back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

from node.mapping import crosswalks as mapping
from node.mapping.protocols import MappingContext, Writer
from node.model.dcat import Agent, ContactPoint, Distribution, Period, Place, Relation, Resource, ResourceKind
from node.model.rdf import Iri, Literal
from node.namespaces import DATACITE_4, OAI, OAI_DATACITE, XSI, expand
from node.terms import vocabularies

ROOT = Path(__file__).resolve().parents[2]
XSD = Path(os.environ.get("XSD_FOLDER", ROOT.parent / "shared" / "xsd"))

DATE = expand("xsd:date")
RICH = Resource(
    iri=Iri("https://doi.org/10.5555/rich"),
    title=(Literal("A rich dataset", language="en"), Literal("Ein reicher Datensatz", language="de")),
    description=(Literal("What it is.\n\nAnd more.", language="en"),),
    identifiers=("https://doi.org/10.5555/rich",),
    alternate_identifiers=("https://repository.example/rich", "R 1"),
    creators=(
        Agent(
            name="Carberry, Josiah",
            iri=Iri("https://orcid.org/0000-0002-1825-0097"),
            kind="person",
            affiliations=(
                Agent(name="California Digital Library", iri=Iri("https://ror.org/03yrm5c26"), kind="organization"),
                Agent(name="Alpine Observatory", kind="organization"),
            ),
        ),
        Agent(name="Survey Group", kind="organization"),
    ),
    contributors=(Agent(name="Nguyen, Linh", kind="person", role="DataCurator"),),
    publisher=Agent(name="Example Data Centre", kind="organization"),
    contact_points=(ContactPoint(name="Data desk", email="desk@repository.example"),),
    issued=Literal("2021-03-04", datatype=DATE),
    modified=Literal("2022-01-01", datatype=DATE),
    keywords=(Literal("hydrology", language="en"),),
    themes=tuple(filter(None, [vocabularies.theme("ENVI")])),
    resource_type=vocabularies.resource_type("Dataset"),
    languages=tuple(filter(None, [vocabularies.language("en")])),
    license=vocabularies.license("CC-BY-4.0"),
    access_rights=vocabularies.access_right("info:eu-repo/semantics/openAccess"),
    rights=(Literal("Please cite us.", language="en"),),
    is_open_access_claim=True,
    landing_page=Iri("https://repository.example/rich"),
    relations=(Relation(predicate=expand("dct:references"), target=Iri("https://doi.org/10.5555/other")),),
    spatial=(
        Place(name="Lake", bbox=(9.1, 47.4, 9.6, 47.6)),
        Place(name="Pacific", bbox=(140.0, 34.0, -124.0, 57.0)),
    ),
    temporal=(Period(start=Literal("1990-01-01", datatype=DATE), end=Literal("2020-12-31", datatype=DATE)),),
    version="2.1",
    distributions=(
        Distribution(
            access_url=Iri("https://repository.example/rich"),
            media_type=vocabularies.media_type("text/csv"),
            file_format=vocabularies.file_type("text/csv"),
            byte_size=1024,
            license=vocabularies.license("CC-BY-4.0"),
        ),
    ),
    funding=("European Commission <https://ror.org/00k4n6c32> [101] Ice <https://cordis.europa.eu/project/id/101>",),
)
EMPTY = Resource(iri=Iri("https://node.example/dataset/empty"))
SERVICE = Resource(
    iri=Iri("https://node.example/service/1"),
    kind=ResourceKind.DATA_SERVICE,
    title=(Literal("A service"),),
    endpoint_url=Iri("https://maps.example/wfs"),
)
# The characters XML 1.0 has no place for, some it has one for, and mark-up that must stay text.
HOSTILE = Resource(
    iri=Iri("https://node.example/dataset/hostile"),
    title=(Literal("bell\x07 null\x00 <b>&amp; \ufffe 🜁 ]]>"),),
    creators=(Agent(name='"quoted" <&> \x1b[31m'),),
)


@pytest.mark.parametrize("writer", mapping.WRITERS, ids=lambda writer: writer.prefix)
def test_title_identifier_creators_dates_and_licence_survive_a_round_trip(writer: Writer) -> None:
    context = MappingContext(iri=Iri("https://node.example/dataset/rich"), identifier="oai:node.example:rich")

    read = mapping.read(writer.prefix, writer.write(RICH).encode(), context).resource

    assert read.iri == RICH.iri
    assert read.title == RICH.title
    assert read.identifiers == RICH.identifiers
    assert [agent.name for agent in read.creators] == [agent.name for agent in RICH.creators]
    assert read.issued == RICH.issued
    assert read.license == RICH.license
    assert read.access_rights == RICH.access_rights
    assert read.description == RICH.description
    assert read.languages == RICH.languages
    assert read.temporal == RICH.temporal
    assert read.spatial == RICH.spatial


@pytest.mark.parametrize("prefix", ["oai_datacite", "dcat"])
def test_formats_with_room_for_it_keep_agents_relations_and_funding(prefix: str) -> None:
    context = MappingContext(iri=Iri("https://node.example/dataset/rich"), identifier="oai:node.example:rich")
    writer = next(writer for writer in mapping.WRITERS if writer.prefix == prefix)

    read = mapping.read(prefix, writer.write(RICH).encode(), context).resource

    assert [(agent.iri, agent.kind) for agent in read.creators] == [(one.iri, one.kind) for one in RICH.creators]
    assert [one.iri for one in read.creators[0].affiliations] == [one.iri for one in RICH.creators[0].affiliations]
    assert [(one.name, one.role) for one in read.contributors] == [("Nguyen, Linh", "DataCurator")]
    assert read.relations == RICH.relations
    assert read.funding == RICH.funding
    assert read.keywords[:1] == RICH.keywords
    assert read.version == RICH.version
    assert read.contact_points[0].name == "Data desk"


@pytest.mark.parametrize("resource", [RICH, EMPTY, SERVICE, HOSTILE], ids=["rich", "empty", "service", "hostile"])
@pytest.mark.parametrize("writer", mapping.WRITERS, ids=lambda writer: writer.prefix)
def test_every_writer_gives_one_well_formed_element_with_its_schema_location(
    writer: Writer, resource: Resource
) -> None:
    text = writer.write(resource)

    root = etree.fromstring(text)
    locations = root.get(f"{{{XSI}}}schemaLocation", "").split()
    assert not text.startswith("<?xml")
    assert writer.schema in locations
    assert len(locations) % 2 == 0


@pytest.mark.parametrize("resource", [RICH, EMPTY, SERVICE, HOSTILE], ids=["rich", "empty", "service", "hostile"])
def test_written_dublin_core_is_valid_against_the_schema_of_oai_dc(resource: Resource) -> None:
    if not (XSD / "oai_dc.xsd").exists():
        pytest.skip(f"no schemas in {XSD}")
    schema = etree.XMLSchema(etree.parse(str(XSD / "oai_dc.xsd")))
    writer = mapping.oai_dc.WRITER

    root = etree.fromstring(writer.write(resource))

    assert schema.validate(root), schema.error_log


def test_mandatory_datacite_properties_without_a_value_say_that_it_is_unavailable() -> None:
    root = etree.fromstring(mapping.oai_datacite.WRITER.write(EMPTY))

    resource = root.find(f"{{{OAI_DATACITE}}}payload/{{{DATACITE_4}}}resource")
    names = {"d": DATACITE_4}
    assert resource is not None
    assert resource.findtext("d:identifier", namespaces=names) == EMPTY.iri
    assert resource.findtext("d:creators/d:creator/d:creatorName", namespaces=names) == ":unav"
    assert resource.findtext("d:titles/d:title", namespaces=names) == ":unav"
    assert resource.findtext("d:publisher", namespaces=names) == ":unav"
    assert resource.findtext("d:publicationYear", namespaces=names) == "0000"
    assert resource.find("d:resourceType", namespaces=names).get("resourceTypeGeneral") == "Dataset"


def test_a_written_unknown_is_read_as_absent_again() -> None:
    text = mapping.oai_datacite.WRITER.write(EMPTY)
    context = MappingContext(iri=EMPTY.iri, identifier="oai:node.example:empty")

    mapped = mapping.read("oai_datacite", text.encode(), context)

    assert (mapped.resource.title, mapped.resource.creators, mapped.resource.publisher) == ((), (), None)
    assert {finding.code for finding in mapped.findings} == {"mapping.placeholder", "mapping.date-unreadable"}


def test_control_characters_and_mark_up_in_values_stay_text() -> None:
    for writer in mapping.WRITERS:
        root = etree.fromstring(writer.write(HOSTILE))

        texts = " ".join(root.itertext())
        assert "\x07" not in texts
        assert "<b>&amp;" in texts
        assert not [element for element in root.iter("*") if str(element.tag).endswith("}b")]
        assert OAI not in {str(element.tag)[1:].partition("}")[0] for element in root.iter("*")}
