"""Accepting a spelling: no meaning is overwritten unawares, and each decision is remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from node.errors import Conflict, SettingsError
from node.fixes.accepting import HISTORY, accept
from node.model.rdf import Iri
from node.terms.additions import FOLDER, Spelling, read_additions

LICENCE = "http://publications.europa.eu/resource/authority/licence/"
BY, ZERO = Iri(f"{LICENCE}CC_BY_4_0"), Iri(f"{LICENCE}CC0")
ROW = Spelling(vocabulary="licence", text="our usual terms", iri=BY, author="A. Steward", date="2026-03-01")


def _meanings(home: Path) -> list[tuple[str, Iri]]:
    return [(one.text, one.iri) for one in read_additions(home)]


def test_what_was_accepted_gets_another_meaning_only_on_purpose_and_with_a_reason(tmp_path: Path) -> None:
    accept(tmp_path, replace(ROW, comment="as they told us"))
    other = replace(ROW, text="Our usual terms", iri=ZERO, author="B. Steward", date="2026-04-01")

    with pytest.raises(Conflict, match=r"CC_BY_4_0.*A\. Steward on 2026-03-01: as they told us"):
        accept(tmp_path, other)
    with pytest.raises(SettingsError, match="for no reason"):
        accept(tmp_path, other, replace=True)
    assert _meanings(tmp_path) == [("our usual terms", BY)]

    assert accept(tmp_path, replace(other, comment="they changed them"), replace=True)
    assert _meanings(tmp_path) == [("Our usual terms", ZERO)]
    first, second = (tmp_path / FOLDER / HISTORY).read_text().splitlines()[1:]
    assert first.split("\t")[:6] == ["2026-03-01", "licence", "our usual terms", BY, "", "A. Steward"]
    assert second.split("\t")[3:6] == [ZERO, BY, "B. Steward"] and second.endswith("\tthey changed them")


def test_a_shipped_meaning_is_not_overruled_unawares(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="a mapping that is shipped"):
        accept(tmp_path, replace(ROW, text="cc-by 4.0", iri=ZERO))

    assert not (tmp_path / FOLDER).exists()


def test_what_means_the_term_already_changes_nothing(tmp_path: Path) -> None:
    assert accept(tmp_path, ROW)
    assert not accept(tmp_path, replace(ROW, author="B. Steward"))
    assert not accept(tmp_path, replace(ROW, text="CC BY 4.0"))

    assert [one.author for one in read_additions(tmp_path)] == ["A. Steward"]
    assert len((tmp_path / FOLDER / HISTORY).read_text().splitlines()) == 2
