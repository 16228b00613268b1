"""A change tried on a copy: defaults where nothing is, and patches for the records they are about."""

from __future__ import annotations

import pytest

from node.errors import SettingsError
from node.fixes.changes import Change, read_patch
from node.fixes.trial_defaults import read_trial
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import expand

D, P, Q = Iri("https://example.org/d"), Iri("https://example.org/p"), Iri("https://example.org/q")
RECORD: tuple[Triple, ...] = ((D, P, Literal("one")),)


def test_a_default_is_given_only_where_the_property_is_missing() -> None:
    change = Change(defaults=((P, Literal("two")), (Q, Iri("https://example.org/v"))))

    assert change.applied(RECORD, D) == (*RECORD, (D, Q, Iri("https://example.org/v")))


def test_a_patch_changes_only_the_records_that_describe_its_subjects() -> None:
    added, removed = read_patch(
        "H id <urn:x> .\nTX .\n# why\n"
        'A <https://example.org/d> <https://example.org/q> "two"@en .\n'
        'A <https://example.org/other> <https://example.org/q> "three" .\n'
        'D <https://example.org/d> <https://example.org/p> "one" .\nTC .\n'
    )
    change = Change(added=added, removed=removed)

    assert change.applied(RECORD, D) == ((D, Q, Literal("two", language="en")),)


@pytest.mark.parametrize(
    "row", ["X <urn:a> <urn:b> <urn:c> .", "A <urn:a> <urn:b> .", "A nothing", "PA foaf <urn:x> ."]
)
def test_a_row_that_is_not_understood_is_named_by_its_line(row: str) -> None:
    with pytest.raises(SettingsError, match="line 2"):
        read_patch(f"# a patch\n{row}\n")


def test_a_default_that_is_tried_has_the_type_of_its_property() -> None:
    day = (expand("dct:modified"), Literal("2024-05-31", datatype=expand("xsd:date")))

    assert read_trial("dct:modified=2024-05-31") == read_trial(f"{expand('dct:modified')}=2024-05-31") == day
    assert read_trial("dct:title=A = b") == (expand("dct:title"), Literal("A = b"))
    assert read_trial("https://example.org/p=whatever") == (P, Literal("whatever")), "nobody here knows its range"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("dct:modified=banana", "a date"),
        ("dcat:landingPage=banana", "an IRI"),
        ("dcat:spatialResolutionInMeters=wide", "a number"),
        ("dct:nonsense=x", "--patch"),
        ("dct:modifed=2024-05-31", "dct:modified"),
        (f"{expand('dct:nonsense')}=x", "--patch"),
        ("title=x", "PROPERTY=VALUE"),
        ("dct:title= ", "PROPERTY=VALUE"),
    ],
)
def test_a_default_that_no_record_could_have_is_refused_with_advice(text: str, advice: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_trial(text)

    assert advice in refused.value.advice
