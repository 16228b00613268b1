"""Which OAI-PMH sets a record is in, and how they are called."""

from __future__ import annotations

import re

import pytest

from node.exposition.oai_descriptions import list_sets
from node.mapping.sets import infrastructure_set, sets_of
from node.model.dcat import Relation, Resource, ResourceKind
from node.model.rdf import Iri
from node.namespaces import expand
from node.terms import vocabularies

IRI = Iri("https://example.org/x")
PART = Relation(predicate=expand("dct:isPartOf"), target=Iri("https://beam.example/"))
REFERENCE = Relation(predicate=expand("dct:references"), target=IRI)
THEMES = "http://publications.europa.eu/resource/authority/data-theme/"


@pytest.mark.parametrize(
    ("resource", "operator", "expected"),
    [
        (Resource(iri=IRI), "", ("kind:dataset", "openaire_data", "source:s")),
        (Resource(iri=IRI, kind=ResourceKind.DATA_SERVICE), "", ("kind:dataservice", "source:s")),
        (
            Resource(iri=IRI, themes=(Iri(f"{THEMES}TECH"), Iri(f"{THEMES}ENVI"), Iri("https://example.org/own"))),
            "",
            ("kind:dataset", "openaire_data", "source:s", "theme:ENVI", "theme:TECH"),
        ),
        (
            Resource(iri=IRI, resource_type=vocabularies.resource_type("Software")),
            "",
            ("kind:dataset", "openaire_data", "source:s", "type:Software"),
        ),
        (
            Resource(iri=IRI),
            "Ålands, Institut: für Meere & Co",
            ("infrastructure:alands-institut-fur-meere-co", "kind:dataset", "openaire_data", "source:s"),
        ),
        (
            Resource(
                iri=Iri("https://ror.org/00k4n6c32"),
                kind=ResourceKind.INFRASTRUCTURE,
                resource_type=vocabularies.resource_type("Instrument"),
            ),
            "",
            ("infrastructure:ror-org-00k4n6c32", "kind:facility", "source:s", "type:Instrument"),
        ),
        (
            Resource(iri=IRI, kind=ResourceKind.INSTRUMENT, relations=(PART, REFERENCE)),
            "",
            ("infrastructure:beam-example", "kind:equipment", "source:s"),
        ),
        (Resource(iri=IRI, relations=(PART,)), "", ("kind:dataset", "openaire_data", "source:s")),
        (Resource(iri=IRI), "海", ("kind:dataset", "openaire_data", "source:s")),
    ],
)
def test_a_record_is_in_the_sets_of_what_is_known_of_it(
    resource: Resource, operator: str, expected: tuple[str, ...]
) -> None:
    found = sets_of(resource, "s", operator)

    assert found == expected
    assert all(re.fullmatch(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*", spec) for spec in found)


def test_a_record_is_in_the_set_of_the_infrastructure_that_the_agreement_names() -> None:
    assert "infrastructure:ror-org-00k4n6c32" in sets_of(Resource(iri=IRI), "s", "", "https://ror.org/00k4n6c32")


def test_sets_are_listed_with_their_families_and_by_names_that_people_read() -> None:
    content = "".join(list_sets(("theme:ENVI", "source:s")))

    listed = dict(re.findall("<setSpec>(.*?)</setSpec><setName>(.*?)</setName>", content))

    assert listed == {
        "source": "Records by source",
        "source:s": "Records by source: s",
        "theme": "Records by theme",
        "theme:ENVI": "Records by theme: Environment",
    }


def test_infrastructures_whose_names_a_set_cannot_spell_have_a_set_each() -> None:
    specs = {infrastructure_set(f"https://{host}") for host in ("институт.бг", "море.бг", "øre.dk", "åre.dk", "re.dk")}

    assert len(specs) == 5
    assert all(re.fullmatch(r"infrastructure:[a-z0-9]+(-[a-z0-9]+)*", spec) for spec in specs), specs
