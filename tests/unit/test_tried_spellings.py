"""Spellings tried on records: each by itself, on the records that it makes another of and on no others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from node.fixes import trying
from node.fixes.changes import Change
from node.fixes.remaking import Trial
from node.fixes.trying import Tries, try_all
from node.model.rdf import Iri
from node.model.source import Agreement
from node.prepare import Job
from node.storage.raws import Raw
from node.terms.additions import Spelling, use

_EU = "http://publications.europa.eu/resource/authority"
SPELLINGS = (
    Spelling(vocabulary="licence", text="House Rule", iri=Iri(f"{_EU}/licence/CC_BY_4_0")),
    Spelling(vocabulary="language", text="Deutschisch", iri=Iri(f"{_EU}/language/DEU")),
    Spelling(vocabulary="licence", text="Never Said", iri=Iri(f"{_EU}/licence/CC_BY_4_0")),
)
TRIES = Tries(
    trial=Trial(
        job=Job(
            base_url="https://node.example.org",
            source="x",
            metadata_prefix="oai_dc",
            agreement=Agreement(),
            profile="",
            today=dt.date(2026, 1, 1),
            spellings=(),
        ),
        change=Change(),
        profile="fair",
        with_facts=False,
    ),
    spellings=SPELLINGS,
)


@pytest.fixture(autouse=True)
def shipped() -> Iterator[None]:
    """Leave the shipped spellings in use."""
    yield
    use(())


def raw(name: str, *elements: str) -> Raw:
    """Return a Dublin Core record with a title and more elements."""
    more = "".join(
        f"<dc:{each.partition(' ')[0]}>{each.partition(' ')[2]}</dc:{each.partition(' ')[0]}>" for each in elements
    )
    text = (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>About the sea</dc:title>{more}</oai_dc:dc>'
    )
    return Raw(
        local_id=name, source="x", identifier=name, set_specs=(), metadata_prefix="oai_dc", media_type="text/xml",
        payload=text.encode(),
    )  # fmt: skip


RAWS = (
    raw("neither", "rights Ask us."),
    raw("licence", "rights house rule"),
    raw("both", "rights House Rule", "language Deutschisch"),
)


def places() -> list[tuple[int, ...]]:
    """Return which spellings make another record of each."""
    return [tuple(place for place, _ in tried.after) for tried in try_all(RAWS, TRIES)]


def test_each_spelling_is_tried_on_the_records_that_say_it() -> None:
    neither, licence, both = try_all(RAWS, TRIES)

    assert (neither.after, [place for place, _ in licence.after]) == ((), [0])
    assert [place for place, _ in both.after] == [0, 1]
    fixed = [both.before.codes - remade.codes for _, remade in both.after]
    assert fixed == [{"R1.1-01"}, {"I2-01"}]


def test_what_the_values_of_a_record_do_not_explain_is_found_by_trying_every_spelling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = places()
    monkeypatch.setattr(trying._Maker, "likely", lambda self, remade: frozenset({1}))

    assert places() == expected == [(), (0,), (0, 1)]
