"""A change tried on a copy: defaults where nothing is, and patches for the records they are about."""

from __future__ import annotations

import pytest

from node.errors import SettingsError
from node.fixes.changes import Change, read_patch
from node.model.rdf import Iri, Literal, Triple

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
