"""Every shape of the `dcat-ap` profile, by a record that passes all of them and by records made to fail each."""

from __future__ import annotations

from functools import cache

import pyoxigraph as ox
import pytest

from node.namespaces import PREFIXES
from node.validation import load_profile, validate
from node.validation.profiles import Profile
from node.validation.shapes import FNS, Shape
from tests.unit.test_shapes_fair import triples_of

_SH = PREFIXES["sh"]
_CHECKS = {shape.id: shape for shape in load_profile("dcat-ap").shapes if shape.path is not None}

COMPLETE = """
<https://example.org/c> a dcat:Catalog ;
    dct:title "A catalogue"@en ; dct:description "Some data."@en ; dct:publisher <https://example.org/us> ;
    dct:language <https://example.org/en> ; dct:issued "2020-01-01"^^xsd:date ; dct:modified "2024"^^xsd:gYear ;
    dct:license <https://example.org/license> ; dct:spatial <https://example.org/place> ;
    dcat:themeTaxonomy <https://example.org/themes> ; foaf:homepage <https://example.org/> ;
    dcat:dataset <https://example.org/d> ; dcat:service <https://example.org/s> ; dcat:record <https://example.org/r> .
<https://example.org/r> a dcat:CatalogRecord ;
    foaf:primaryTopic <https://example.org/d> ; dct:modified "2024-02"^^xsd:gYearMonth ;
    dct:issued "2024-02-01"^^xsd:date ; adms:status <https://example.org/done> ;
    dct:conformsTo <https://example.org/standard> .
<https://example.org/d> a dcat:Dataset ;
    dct:title "A dataset"@en ; dct:description "What is in it."@en ; dcat:keyword "sea"@en ;
    dct:issued "2020-01-01"^^xsd:date ; dct:publisher <https://example.org/us> ;
    dcat:contactPoint [ a vcard:Kind ; vcard:hasEmail <mailto:a@example.org> ] ;
    dcat:theme <https://example.org/theme> ; dct:spatial <https://example.org/place> ;
    dct:temporal [ a dct:PeriodOfTime ; dcat:startDate "2020"^^xsd:gYear ; dcat:endDate "2021"^^xsd:gYear ] ;
    adms:identifier [ a adms:Identifier ; skos:notation "10.5281/zenodo.1" ] ;
    dcat:qualifiedRelation [
        a dcat:Relationship ; dct:relation <https://example.org/s> ; dcat:hadRole [ a dcat:Role ] ] ;
    dcat:inSeries <https://example.org/series> ; dcat:distribution <https://example.org/d/csv> .
<https://example.org/series> a dcat:DatasetSeries ;
    dct:title "A series"@en ; dct:description "One a year."@en ; dct:publisher <https://example.org/us> ;
    dcat:contactPoint [ a vcard:Kind ; vcard:hasEmail <mailto:a@example.org> ] .
<https://example.org/d/csv> a dcat:Distribution ;
    dcat:accessURL <https://example.org/d.csv> ; dct:description "As a table."@en ;
    dcatap:availability <https://example.org/stable> ; dct:format <https://example.org/csv> ;
    dct:license <https://example.org/license> ; dcat:byteSize "12"^^xsd:nonNegativeInteger ;
    spdx:checksum [ a spdx:Checksum ; spdx:algorithm <https://example.org/sha256> ;
        spdx:checksumValue "00ff"^^xsd:hexBinary ] .
<https://example.org/s> a dcat:DataService ;
    dct:title "A service"@en ; dcat:endpointURL <https://example.org/api> ; dcat:servesDataset <https://example.org/d> ;
    dcat:endpointDescription <https://example.org/openapi> ; dct:publisher <https://example.org/us> ;
    dcat:contactPoint [ a vcard:Kind ; vcard:hasEmail <mailto:a@example.org> ] ;
    dcat:theme <https://example.org/theme> ; dct:conformsTo <https://example.org/standard> ; dcat:keyword "sea"@en .
<https://example.org/us> a foaf:Agent ; foaf:name "An institute"@en ; dct:type <https://example.org/kind> .
<https://example.org/en> a dct:LinguisticSystem . <https://example.org/standard> a dct:Standard .
<https://example.org/license> a dct:LicenseDocument ; dct:type <https://example.org/kind> .
<https://example.org/place> a dct:Location ; dcat:bbox "POLYGON((0 0,0 1,1 1,1 0,0 0))" ; dcat:centroid "POINT(0 0)" .
<https://example.org/themes> a skos:ConceptScheme ; dct:title "Themes"@en .
<https://example.org/> a foaf:Document . <https://example.org/csv> a dct:MediaTypeOrExtent .
<https://example.org/theme> a skos:Concept ; skos:prefLabel "Sea"@en .
<https://example.org/kind> a skos:Concept ; skos:prefLabel "Kind"@en .
<https://example.org/done> a skos:Concept ; skos:prefLabel "Done"@en .
<https://example.org/stable> a skos:Concept ; skos:prefLabel "Stable"@en .
"""


def test_a_complete_catalogue_has_no_findings() -> None:
    report = validate(triples_of(_turtle(COMPLETE)), load_profile("dcat-ap"))

    assert [(finding.code, finding.focus_node) for finding in report.results] == []


@pytest.mark.parametrize("check", _CHECKS.values(), ids=_CHECKS)
def test_a_check_fails_what_it_is_made_for(check: Shape) -> None:
    report = validate(triples_of(_turtle(_bad(check))), load_profile("dcat-ap"))

    assert check.id in {finding.code for finding in report.results if finding.focus_node == "https://example.org/x"}


def test_a_catalogue_of_nothing_is_told_so() -> None:
    report = validate(triples_of(_turtle("<https://example.org/x> a dcat:Catalog .")), load_profile("dcat-ap"))

    assert "AP-Catalog-content-recommended" in {finding.code for finding in report.results}


def test_every_check_belongs_to_a_class() -> None:
    asked = _asked(load_profile("dcat-ap"))

    assert {_CHECKS[name].id for name in asked} == set(_CHECKS)


def _bad(check: Shape) -> str:
    """Return a resource of the right class with a value that the check must not let pass."""
    kind, constraints = _asked(load_profile("dcat-ap"))[check.id]
    path = check.path or ""
    values: tuple[str, ...] = ()
    if "minCount" not in constraints:
        literal_is_wrong = "class" in constraints or constraints.get("nodeKind", "").endswith("IRI")
        if constraints.get("nodeKind") == "Literal" or "datatype" in constraints:
            values = ("<https://example.org/v>",)
        elif literal_is_wrong or "or" in constraints:
            values = ('"bad"',)
        else:
            assert "maxCount" in constraints, check.id
            values = ("<https://example.org/v>", "<https://example.org/w>")
    if path.startswith("^") and "minCount" not in constraints:
        return f"<https://example.org/x> a <{kind}> . <https://example.org/v> dcat:inSeries <https://example.org/x> ."
    statements = "".join(f" ; <{path}> {value}" for value in values)
    return f"<https://example.org/x> a <{kind}>{statements} ."


@cache
def _asked(profile: Profile) -> dict[str, tuple[str, dict[str, str]]]:
    """Return the class and the constraints of each check, read from the Turtle."""
    about: dict[object, dict[str, list[object]]] = {}
    for _, data in profile.files:
        for quad in ox.parse(data, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True):
            name = quad.predicate.value.removeprefix(_SH)
            about.setdefault(quad.subject, {}).setdefault(name, []).append(quad.object)
    found = {}
    for fields in about.values():
        for target in fields.get("targetClass", []):
            for member in fields.get("property", []):
                assert isinstance(member, ox.NamedNode) and isinstance(target, ox.NamedNode)
                constraints = {
                    name: str(getattr(values[0], "value", "")).removeprefix(_SH)
                    for name, values in about[member].items()
                }
                found[member.value.removeprefix(FNS)] = (target.value, constraints)
    return found


def _turtle(text: str) -> str:
    return "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items()) + text
