"""What results rest on besides shapes and code: the tables of Unicode, where a pattern asks them."""

from __future__ import annotations

import unicodedata

import pytest

from node.validation import load_profile
from node.validation.profiles import profile_names
from node.validation.unicode_tables import tables_of
from tests.validation.engines import profile_of


@pytest.mark.parametrize("name", profile_names())
def test_no_profile_of_the_node_asks_the_tables_so_its_audits_are_the_same_with_every_python(name: str) -> None:
    assert tables_of(load_profile(name)) == ""


@pytest.mark.parametrize(
    ("constraint", "asks"),
    [
        (r'sh:pattern "^\\d{4}$"', True),
        (r'sh:pattern "\\\\\\w"', True),
        (r'sh:pattern "\\\\w"', False),
        (r'sh:pattern "^[0-9]{4} \\s"', False),
        ('sh:pattern "^a" ; sh:flags "i"', False),
        ('sh:pattern "^ä" ; sh:flags "i"', True),
        ('sh:pattern "^ä"', False),
        ('sh:pattern "(?i)a"', True),
        ('sh:pattern "(?:a|b)"', False),
    ],
)
def test_a_pattern_asks_the_tables_by_classes_of_characters_and_by_ignoring_case_outside_ascii(
    constraint: str, asks: bool
) -> None:
    profile = profile_of(f"ex:T sh:targetClass ex:C ; sh:property [ sh:path ex:p ; {constraint} ] .")

    assert tables_of(profile) == (unicodedata.unidata_version if asks else "")
