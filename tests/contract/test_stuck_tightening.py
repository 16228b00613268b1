"""A tightening that no zone can take: it withholds the record until a zone comes, or two people take it back."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.labelling import label_anew
from node.model.label import Access, Label
from node.model.override import Override
from node.model.source import LabelTerms
from node.sovereignty.tags import from_json
from node.storage.moving import Moved
from node.storage.overrides import Overrides
from node.storage.relabels import COPIED, ORDERED, Relabels
from node.storage.tables import versions
from node.upkeep import relabel
from tests.labelled_node import LabelledNode, labelled_node
from tests.records import person
from tests.servers.oai_pages import oai_dc_record

A, B = "oai:example.org:a", "oai:example.org:b"
NOTHING, BOTH, NEITHER = Moved(done=0, stuck=0), Moved(done=2, stuck=0), Moved(done=0, stuck=2)


@pytest.fixture
def stuck(tmp_path: Path, database_url: str) -> Iterator[LabelledNode]:
    """A node where one person hid A, under a label that none of the zones admits."""
    with labelled_node(tmp_path / "home", database_url, [oai_dc_record(A, "One"), oai_dc_record(B, "Two")]) as place:
        place.decide(A, access=Access.RESTRICTED)
        assert moved(place) == NEITHER and place.gone() == {A: True, B: False}
        yield place


def moved(place: LabelledNode) -> Moved:
    label_anew(place.node, place.now, actor="worker")
    return relabel(place.node, place.now, sweep=True)


def access(place: LabelledNode) -> list[Access]:
    return [from_json(each.label).access for each in place.objects(A)]


def test_two_people_take_it_back_and_one_does_not(stuck: LabelledNode) -> None:
    store = Overrides(stuck.node.database)
    asked = store.add(
        Override(
            record=stuck.local(A),
            of="record",
            loosens=True,
            terms=LabelTerms(access=Access.PUBLIC),
            reason="a mistake",
            by="Ann",
            created=stuck.day.date(),
            expires=stuck.day.date() + dt.timedelta(days=30),
        ),
        person("Ann"),
        stuck.now,
    )
    assert moved(stuck) == NEITHER and stuck.gone() == {A: True, B: False}

    store.agree(asked.number, person("Ben"), stuck.now)

    assert moved(stuck) == BOTH
    assert stuck.gone() == {A: False, B: False}
    assert access(stuck) == [Access.PUBLIC] * 2
    assert Relabels(stuck.node.database).waiting() == (0, 0) and moved(stuck) == NOTHING


def test_what_is_loosened_in_part_gets_the_label_that_it_has_then(stuck: LabelledNode) -> None:
    stuck.decide(A, loosens=True, access=Access.REGISTERED)

    assert moved(stuck) == BOTH
    assert access(stuck) == [Access.REGISTERED] * 2
    assert stuck.gone() == {A: True, B: False}


def test_an_object_that_is_also_of_an_earlier_version_stays_tightened(stuck: LabelledNode) -> None:
    row, other = stuck.row(A), stuck.row(B)
    earlier = {"record_id": other.id, "seq": 0, "run_id": 1, "at": dt.datetime(2026, 1, 1), "rdf_digest": "0" * 64}
    with stuck.node.database.write() as connection:
        connection.execute(versions.insert().values(**earlier, raw_digest=row.raw_digest))
    stuck.decide(A, loosens=True, access=Access.PUBLIC)

    assert moved(stuck) == Moved(done=1, stuck=1)
    assert stuck.gone() == {A: True, B: False}


def test_what_is_ordered_while_a_job_is_done_is_not_lost(stuck: LabelledNode) -> None:
    """Another process tightens between two steps: what was planned before that is neither written nor taken as done."""
    journal, wanted = Relabels(stuck.node.database), from_json(stuck.row(B).record_label)
    job = journal.open()[0]
    row = next(each for each in stuck.objects(A) if each.kind == job.kind)
    looser: Label = dataclasses.replace(wanted, access=Access.REGISTERED)

    assert not journal.plan(dataclasses.replace(job, new_label=wanted), row, "world", wanted)
    with stuck.node.database.write() as connection:
        assert not journal.advance(connection, job, COPIED, stuck.day), "there is no plan"
    assert journal.plan(job, row, "world", looser)
    with stuck.node.database.write() as connection:
        assert journal.advance(connection, job, COPIED, stuck.day)
        assert not journal.advance(connection, job, COPIED, stuck.day), "it is not ordered any more"
    assert job.step == ORDERED
