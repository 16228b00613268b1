"""Suggestions: what a raw value may mean, and what it must never be taken for."""

from __future__ import annotations

import pytest

from node.fixes.suggesting import UnknownValues, suggest
from node.model.rdf import Iri
from node.terms import vocabularies
from node.terms.additions import terms

EU = "http://publications.europa.eu/resource/authority/"


@pytest.mark.parametrize(
    ("vocabulary", "text", "iri"),
    [
        ("licence", "Creative Commons Atribution 4.0 International", EU + "licence/CC_BY_4_0"),
        ("licence", "Published under CC BY 4.0 by the authors", EU + "licence/CC_BY_4_0"),
        ("licence", "Apache Licence Version 2.0", EU + "licence/APACHE_2_0"),
        ("language", "Germann", EU + "language/DEU"),
        ("access-right", "open acess", EU + "access-right/PUBLIC"),
        ("data-theme", "Transports", EU + "data-theme/TRAN"),
    ],
)
def test_a_text_that_is_nearly_a_name_suggests_its_term(vocabulary: str, text: str, iri: str) -> None:
    found = suggest(vocabulary, text, 7)

    assert found is not None
    assert (found.iri, found.records, found.text) == (iri, 7, text)
    assert 0.6 < found.likeness <= 1 and not found.is_weak and found.reason and found.near and found.label


@pytest.mark.parametrize(
    ("vocabulary", "text"),
    [
        ("licence", "CC BY 3.5"),
        ("licence", "CC BY-NC-ND 4.0 or CC BY 4.0"),
        ("licence", "CC BY 4.0, not for commercial use"),
        ("licence", "all rights reserved"),
        ("access-right", "not open access"),
        ("language", "xx"),
        ("licence", ""),
        ("data-theme", "zebrafish"),
    ],
)
def test_a_text_that_may_mean_something_else_suggests_nothing(vocabulary: str, text: str) -> None:
    assert suggest(vocabulary, text) is None


@pytest.mark.parametrize(
    ("vocabulary", "text"),
    [
        ("data-theme", "regional statistics"),
        ("data-theme", "preventive conservation"),
        ("data-theme", "language resource"),
        ("licence", "Code under the MIT License, figures and tables as the museum allows"),
    ],
)
def test_a_name_within_a_longer_text_is_weak(vocabulary: str, text: str) -> None:
    found = suggest(vocabulary, text)

    assert found is None or (found.is_weak and found.likeness < 0.6), found


def test_a_suggestion_never_has_another_version_or_other_conditions_than_the_text() -> None:
    for text in ("CC BY-NC 3.O", "CC BY-NC 3.0 Unpoted", "GNU Lesser Genral Public License v2.1", "CC BY SA 2.5 Swedn"):
        found = suggest("licence", text)

        assert found is None or ("NC" in text) == ("NC" in found.iri.upper())
        assert found is None or "4_0" not in found.iri


def test_what_means_a_term_already_is_not_suggested() -> None:
    assert vocabularies.license("CC BY 4.0") is not None
    assert suggest("licence", "cc-by 4.0") is None


def test_values_are_counted_once_a_record_and_the_most_frequent_come_first() -> None:
    values = UnknownValues()
    values.add([("language", "Germann"), ("language", "Germann")])
    values.add([("licence", "Apache Licence Version 2.0"), ("licence", "no idea")])
    values.add([("licence", "Apache Licence Version 2.0")])

    found = values.suggestions()

    assert [(one.text, one.records) for one in found] == [("Apache Licence Version 2.0", 2), ("Germann", 1)]
    assert [one.text for one in values.suggestions(limit=1)] == ["Apache Licence Version 2.0"]
    assert all(one.iri in terms(one.vocabulary) for one in found)
    assert isinstance(found[0].iri, Iri)
