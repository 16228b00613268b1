"""Labels that a harvest gives are in the trail: the first ones of a page at once, each change by the record's name."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from node.model.label import Access, Label, Labels
from node.model.oai import Window
from node.model.run import LedgerEntry, Outcome
from node.model.source import Source
from node.model.trail import Act
from node.sovereignty.trail import label_digest, prove
from node.storage.database import Database
from node.storage.kept import Action, Kept, local_id
from node.storage.runs import Runs
from node.storage.sources import Sources
from node.storage.trail import Trail
from tests.records import OPEN, at, keeper, page, prepared

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
CLOSED = dataclasses.replace(OPEN, access=Access.REGISTERED)


class Harvest:
    """A database that pages of a run are kept in."""

    def __init__(self, database: Database) -> None:
        self.database = database
        Sources(database).add(Source(name="test", url="https://example.org/oai"), NOW)
        self.source = Sources(database).get("test")
        self.records = keeper(database)
        self.run = Runs(database).start(self.source, Window(), NOW, plan="p")

    def keep(self, given: dict[str, Label], action: Action = Action.PUBLISH) -> list[Act]:
        """Keep records with labels, and return what the trail has of it."""
        last = Trail(self.database).last()[0]
        known = self.records.known(self.source, list(given))
        kept = [
            Kept(
                action=action,
                entry=LedgerEntry(identifier=name, outcome=Outcome.UPDATED),
                prepared=dataclasses.replace(prepared(name), labels=Labels(record=label, data=OPEN)),
                known=known.get(name),
                recipe="r",
                rdf_digest="0" * 64,
                content_digest="1" * 64,
            )
            for name, label in given.items()
        ]
        self.records.keep(self.run.id, self.source, page(*given), kept, at(NOW))
        assert list(prove(Trail(self.database).entries())) == []
        return [entry.act for entry in Trail(self.database).entries(after=last)]


@pytest.fixture
def harvest(database: Database) -> Harvest:
    return Harvest(database)


def test_the_first_labels_of_a_page_are_one_entry_that_names_every_record(harvest: Harvest) -> None:
    [act] = harvest.keep({"a": OPEN, "b": CLOSED, "c": OPEN})

    assert (act.actor, act.action, act.object, act.permitted) == ("harvest", "label", "test", True)
    names = {name: local_id("test", name) for name in "abc"}
    assert act.reasons == (
        "the first labels of 3 records, by run 1",
        f"record label {label_digest(OPEN)}, data label {label_digest(OPEN)}: {names['a']} {names['c']}",
        f"record label {label_digest(CLOSED)}, data label {label_digest(OPEN)}: {names['b']}",
    )


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.REFRESH])
def test_a_label_that_a_harvest_changes_is_an_entry_by_name_and_one_that_it_keeps_is_none(
    harvest: Harvest, action: Action
) -> None:
    harvest.keep({"a": OPEN, "b": OPEN})

    [act] = harvest.keep({"a": CLOSED, "b": OPEN}, action)

    assert (act.actor, act.action, act.object) == ("harvest", "relabel", local_id("test", "a"))
    assert act.label == label_digest(CLOSED)
    assert f"record label {label_digest(OPEN)} -> {label_digest(CLOSED)}" in act.reasons
    assert "record access: public -> registered" in act.reasons and "by run 1 of test" in act.reasons
    assert harvest.keep({"a": CLOSED, "b": OPEN}) == []


def test_what_is_held_back_keeps_the_labels_of_the_version_that_is_shown(harvest: Harvest) -> None:
    harvest.keep({"a": OPEN})

    assert harvest.keep({"a": CLOSED}, Action.HOLD) == []
    assert harvest.records.known(harvest.source, ["a"])["a"].record_label == OPEN
