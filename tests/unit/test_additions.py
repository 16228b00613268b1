"""A node's own spellings: kept as SSSOM, laid over the shipped ones, and part of what records are made by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.errors import SettingsError
from node.model.rdf import Iri
from node.terms import tables, vocabularies
from node.terms.additions import Spelling, digest, read_additions, use, write_additions

BY = Iri("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0")
ZERO = Iri("https://creativecommons.org/licenses/by-nc-nd/1.0/")
HOUSE = Spelling(
    vocabulary="licence",
    text="House licence",
    iri=BY,
    label="CC BY",
    author="A. Steward",
    date="2026-11-01",
    comment="x",
)


@pytest.fixture(autouse=True)
def _no_additions_afterwards() -> Iterator[None]:
    yield
    use(())


def test_what_is_written_reads_back_and_means_its_term(tmp_path: Path) -> None:
    odd = Spelling(vocabulary="licence", text="Terms & conditions #7: yes", iri=ZERO)
    german = Spelling(vocabulary="language", text="Tütsch", iri=Iri(_EU + "language/DEU"))

    files = write_additions(tmp_path, [odd, HOUSE, german])
    found = read_additions(tmp_path)
    use(found)

    assert [path.name for path in files] == ["language.sssom.tsv", "licence.sssom.tsv"]
    assert set(found) == {odd, HOUSE, german}
    assert vocabularies.license("house LICENCE") == BY
    assert vocabularies.license(odd.text) == ZERO
    assert vocabularies.language("tütsch") == german.iri
    assert not list((tmp_path / "vocab").glob("*.tmp"))


def test_without_additions_nothing_is_known_of_them_any_more() -> None:
    use([HOUSE])
    known = vocabularies.license("House licence")
    use(())

    assert known == BY
    assert vocabularies.license("House licence") is None


def test_an_addition_wins_over_a_shipped_spelling_and_leaves_the_shipped_tables_as_they_are() -> None:
    before = tables.digest()
    use([Spelling(vocabulary="licence", text="CC BY 4.0", iri=ZERO)])

    assert vocabularies.license("cc-by-4.0") == ZERO
    assert tables.digest() == before


def test_the_digest_tells_other_meanings_and_not_who_accepted_them() -> None:
    again = Spelling(vocabulary="licence", text="House licence", iri=BY, author="B")
    other = Spelling(vocabulary="licence", text="House licence", iri=ZERO)

    assert digest([HOUSE]) == digest([again]) != digest([other])


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("wine.sssom.tsv", "subject_label\tobject_id\n", "no vocabulary has this name"),
        ("licence.sssom.tsv", "subject_label\tobject_id\nx\tns1:y\n", "ns1"),
        (
            "licence.sssom.tsv",
            "#curie_map:\n#  a: http://a/\nsubject_label\tobject_id\nx\ta:y\n",
            "is no term of licence",
        ),
        ("licence.sssom.tsv", "subject\tobject\nx\ty\n", "subject_label"),
    ],
)
def test_a_file_that_is_no_mapping_set_is_named(tmp_path: Path, name: str, text: str, why: str) -> None:
    (tmp_path / "vocab").mkdir()
    (tmp_path / "vocab" / name).write_text(text)

    with pytest.raises(SettingsError) as refused:
        read_additions(tmp_path)

    assert name in refused.value.message and why in refused.value.message


def test_a_home_without_additions_has_none(tmp_path: Path) -> None:
    assert read_additions(tmp_path) == ()


_EU = "http://publications.europa.eu/resource/authority/"


def test_other_spellings_are_laid_over_an_index_that_is_not_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    assert vocabularies.language("deutsch") == Iri(_EU + "language/DEU"), "the index is made"

    def made_anew(name: str) -> None:
        raise AssertionError(f"the table of {name} is read again")

    monkeypatch.setattr(tables, "rows", made_anew)
    use([Spelling(vocabulary="language", text="Tütsch", iri=Iri(_EU + "language/DEU"))])

    assert vocabularies.language("Tütsch") == vocabularies.language("deutsch") == Iri(_EU + "language/DEU")
    use(())
    assert vocabularies.language("Tütsch") is None
