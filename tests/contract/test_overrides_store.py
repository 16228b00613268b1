"""Decisions about labels in SQL: two people loosen, one tightens, each step is in the trail, one alone is second."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from node.errors import Conflict, NotFound, SettingsError
from node.model.label import Access
from node.model.oai import Window
from node.model.override import Override
from node.model.run import LedgerEntry, Outcome
from node.model.source import LabelTerms, Source
from node.storage.database import Database
from node.storage.kept import Action, Kept
from node.storage.label_queue import LabelQueue
from node.storage.meanwhile import DecidedMeanwhile
from node.storage.overrides import LONGEST_DAYS, Overrides
from node.storage.runs import Runs
from node.storage.sources import Sources, StoredSource
from node.storage.trail import Trail
from tests.records import at, keeper, page, prepared

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
SOON = TODAY + dt.timedelta(days=30)
PUBLIC = LabelTerms(access=Access.PUBLIC)
RESTRICTED = LabelTerms(access=Access.RESTRICTED)


def decision(record: str, **values) -> Override:
    given = {"of": "data", "loosens": False, "terms": RESTRICTED, "reason": "asked by the owner", "by": "Ann Example"}
    return Override(**{"record": record, "created": TODAY, **given, **values})


def loosening(record: str, **values) -> Override:
    return decision(record, **{"loosens": True, "terms": PUBLIC, "expires": SOON, **values})


class Kitchen:
    """A database with one live record."""

    def __init__(self, database: Database) -> None:
        self.database = database
        Sources(database).add(Source(name="test", url="https://example.org/oai"), NOW)
        self.source: StoredSource = Sources(database).get("test")
        self.records = keeper(database)
        self.run = Runs(database).start(self.source, Window(), NOW, plan="p")
        self.keep()
        self.record = self.records.known(self.source, ["a"])["a"].local_id

    def keep(self, text: str = "a title", **values) -> None:
        kept = Kept(
            action=Action.PUBLISH,
            entry=LedgerEntry(identifier="a", outcome=Outcome.UPDATED),
            prepared=prepared("a", text),
            known=self.records.known(self.source, ["a"]).get("a"),
            recipe="r",
            rdf_digest="0" * 64,
            content_digest="1" * 64,
            **values,
        )
        self.records.keep(self.run.id, self.source, page("a"), [kept], at(NOW))

    def due(self) -> bool:
        return LabelQueue(self.database).waiting(TODAY) == 1

    def trail(self) -> list[tuple[str, str, bool]]:
        return [(entry.act.action, entry.act.actor, entry.act.permitted) for entry in Trail(self.database).entries()]


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def test_tightening_holds_at_once_and_the_label_is_due(kitchen: Kitchen) -> None:
    assert not kitchen.due()

    made = Overrides(kitchen.database).add(decision(kitchen.record), "cli:ann", at(NOW))

    assert made.holds(TODAY) and kitchen.due()
    assert kitchen.trail() == [("override", "cli:ann", True)]


def test_loosening_holds_once_a_second_person_agrees(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)

    made = store.add(loosening(kitchen.record), "cli:ann", at(NOW))
    assert not made.holds(TODAY)
    agreed = store.agree(made.number, "Ben Example", "cli:ben", at(NOW))

    assert agreed.holds(TODAY) and not agreed.holds(SOON) and kitchen.due()
    assert kitchen.trail() == [("override", "cli:ann", False), ("override-agree", "cli:ben", True)]
    (waiting, then) = Trail(kitchen.database).entries()
    assert "waits for a second person" in waiting.act.reasons and "asked by the owner" in then.act.reasons


@pytest.mark.parametrize("same", ["Ann Example", " ann example "])
def test_one_person_is_not_two(kitchen: Kitchen, same: str) -> None:
    store = Overrides(kitchen.database)
    made = store.add(loosening(kitchen.record), "cli:ann", at(NOW))

    with pytest.raises(Conflict, match="entered"):
        store.agree(made.number, same, "cli:ann", at(NOW))

    assert not store.get(made.number).holds(TODAY)
    assert len(kitchen.trail()) == 1, "what did not happen is not in the trail as having happened"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"reason": "  "}, "reason"),
        ({"by": ""}, "name"),
        ({"terms": LabelTerms()}, "asks for nothing"),
        ({"expires": None}, "for a time"),
        ({"expires": TODAY}, "not after today"),
        ({"expires": TODAY + dt.timedelta(days=LONGEST_DAYS + 1)}, "for a time"),
    ],
)
def test_a_decision_that_lacks_something_is_not_entered(kitchen: Kitchen, values: dict, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        Overrides(kitchen.database).add(loosening(kitchen.record, **values), "cli:ann", at(NOW))

    assert Overrides(kitchen.database).all() == () and kitchen.trail() == [] and not kitchen.due()


def test_a_record_or_a_decision_that_is_not_there_is_named(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)

    with pytest.raises(NotFound, match="nothing"):
        store.add(decision("nothing"), "cli:ann", at(NOW))
    with pytest.raises(NotFound, match="7"):
        store.agree(7, "Ben Example", "cli:ben", at(NOW))


def test_a_loosening_is_taken_back_by_one_and_a_tightening_is_not(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)
    open_ = store.add(loosening(kitchen.record), "cli:ann", at(NOW))
    store.agree(open_.number, "Ben Example", "cli:ben", at(NOW))
    tight = store.add(decision(kitchen.record), "cli:ann", at(NOW))

    ended = store.end(open_.number, "cli:ann", at(NOW))

    assert ended.ended == TODAY and not ended.holds(TODAY)
    with pytest.raises(Conflict, match="takes two"):
        store.end(tight.number, "cli:ann", at(NOW))
    with pytest.raises(Conflict, match="ended"):
        store.end(open_.number, "cli:ann", at(NOW))
    assert [action for action, _, _ in kitchen.trail()] == ["override", "override-agree", "override", "override-end"]


def test_what_ran_out_cannot_be_agreed_to(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)
    made = store.add(loosening(kitchen.record), "cli:ann", at(NOW))

    with pytest.raises(Conflict, match="ran out"):
        store.agree(made.number, "Ben Example", "cli:ben", at(NOW + dt.timedelta(days=30)))


def test_of_many_who_agree_at_once_one_is_the_second(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)
    made = store.add(loosening(kitchen.record), "cli:ann", at(NOW))
    told: list[str] = []

    def agree(name: str) -> None:
        try:
            told.append(str(store.agree(made.number, name, f"cli:{name}", at(NOW)).second))
        except Conflict:
            told.append("")

    threads = [threading.Thread(target=agree, args=(f"person {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    winner = store.get(made.number).second
    assert sorted(told) == sorted(["", "", "", "", "", winner])
    assert [action for action, _, _ in kitchen.trail()] == ["override", "override-agree"]


def test_labels_made_without_a_decision_taken_since_are_not_kept(kitchen: Kitchen) -> None:
    Overrides(kitchen.database).add(decision(kitchen.record), "cli:ann", at(NOW))

    with pytest.raises(DecidedMeanwhile):
        kitchen.keep("another title")

    assert kitchen.due(), "the decision is still to be worked in"
