"""Defaults of a source: they fill what a record says nothing of, and never speak against it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from node.errors import SettingsError
from node.mapping.dcat_ap import to_triples
from node.mapping.defaults import APPLIED, PROPERTIES, read_default, with_defaults
from node.model.dcat import ContactPoint, Distribution, Resource
from node.model.mapped import Mapped
from node.model.rdf import Iri, Literal
from node.model.report import Finding, Severity
from node.model.source import Agreement
from node.namespaces import expand
from node.storage.agreements import agreement_from_json, agreement_to_json

EU = "http://publications.europa.eu/resource/authority"
BY = f"{EU}/licence/CC_BY_4_0"
VALUES = {
    "dct:license": "CC-BY-4.0",
    "dct:accessRights": "openAccess",
    "dct:language": "fi",
    "dct:publisher": "Bay Observatory <https://ror.org/04m8m1253>",
    "dcat:contactPoint": "Data desk <data@example.org>",
    "dcat:theme": "ENVI",
    "dct:type": "dataset",
    "dct:conformsTo": "https://example.org/standard",
}
DEFAULTS = tuple(read_default(name, text) for name, text in VALUES.items())
IRI = Iri("https://example.org/d")


def test_there_is_a_value_for_every_property_that_has_defaults() -> None:
    assert VALUES.keys() == set(PROPERTIES)


def test_a_record_that_says_nothing_gets_every_default_and_a_finding_for_each() -> None:
    found = with_defaults(Mapped(resource=Resource(iri=IRI)), DEFAULTS)

    stated = {predicate for subject, predicate, _ in to_triples(found.resource, base=IRI) if subject == IRI}
    assert stated >= {expand(name) for name in PROPERTIES}
    assert (found.resource.license, found.resource.languages) == (BY, (f"{EU}/language/FIN",))
    assert found.resource.contact_points == (ContactPoint(name="Data desk", email="data@example.org"),)
    assert found.resource.publisher is not None and found.resource.publisher.iri == "https://ror.org/04m8m1253"
    assert [one.code for one in found.findings] == [APPLIED] * len(PROPERTIES)
    assert {one.path for one in found.findings} == set(PROPERTIES)


@pytest.mark.parametrize(
    "resource",
    [
        Resource(iri=IRI, license=Iri("https://example.org/terms")),
        Resource(iri=IRI, rights=(Literal("All rights reserved"),)),
        Resource(iri=IRI, distributions=(Distribution(license=Iri("https://example.org/terms")),)),
        Resource(iri=IRI, distributions=(Distribution(rights=(Literal("Ask us"),)),)),
    ],
)
def test_a_record_with_any_word_about_rights_gets_no_licence(resource: Resource) -> None:
    found = with_defaults(Mapped(resource=resource), [read_default("dct:license", BY)])

    assert found == Mapped(resource=resource)


def test_a_default_licence_is_stated_of_the_distributions_too() -> None:
    resource = Resource(iri=IRI, distributions=(Distribution(), Distribution(byte_size=1)))

    found = with_defaults(Mapped(resource=resource), [read_default("dct:license", BY)]).resource

    assert [way.license for way in (found, *found.distributions)] == [BY, BY, BY]


def test_data_under_embargo_are_not_opened_by_a_default() -> None:
    resource = Resource(iri=IRI, available=Literal("2999-01-01", datatype=expand("xsd:date")))

    assert with_defaults(Mapped(resource=resource), [read_default("dct:accessRights", "openAccess")]).findings == ()


def test_what_a_crosswalk_could_not_read_counts_as_said() -> None:
    noted = Finding(code="mapping.language-unknown", severity=Severity.INFO, message="")
    kept = (IRI, expand("dct:language"), Literal("Finnisch"))
    for mapped in (
        Mapped(resource=Resource(iri=IRI), findings=(noted,)),
        Mapped(resource=Resource(iri=IRI), extra=(kept,)),
    ):
        assert with_defaults(mapped, [read_default("dct:language", "fi")]) == mapped


def test_a_property_is_known_by_its_iri_and_a_value_by_its_names() -> None:
    assert read_default(expand("dct:license"), "https://creativecommons.org/licenses/by/4.0/") == ("dct:license", BY)
    assert read_default("dct:license", "https://example.org/terms") == ("dct:license", "https://example.org/terms")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dct:title", "A"), ("nonsense", "A"), ("dct:license", ""), ("dct:license", "ours"),
        ("dct:language", "xx-none"), ("dct:publisher", "https://example.org"), ("dct:publisher", "Us <nowhere>"),
        ("dcat:contactPoint", "Us"), ("dct:conformsTo", "ISO 19115"),
    ],
)  # fmt: skip
def test_what_is_no_default_is_refused_with_advice(name: str, text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_default(name, text)

    assert refused.value.advice


def test_an_agreement_keeps_its_defaults_and_refuses_others() -> None:
    agreed = replace(Agreement(), defaults=tuple(sorted(DEFAULTS)))

    assert agreement_from_json(agreement_to_json(agreed)) == agreed
    assert agreement_from_json({"defaults": {"dct:license": "CC-BY-4.0"}}).defaults == (("dct:license", BY),)
    for values in ({"dct:title": "A"}, ["dct:license"], "CC0"):
        with pytest.raises(SettingsError):
            agreement_from_json({"defaults": values})
