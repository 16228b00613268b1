"""Decisions about labels in SQL: two people loosen, one tightens, each step is in the trail, one alone is second."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from node.errors import Conflict, NotFound, SettingsError
from node.model.account import Person
from node.model.label import Access
from node.model.oai import Window
from node.model.override import Override
from node.model.run import LedgerEntry, Outcome
from node.model.source import LabelTerms, Source
from node.model.trail import Act
from node.storage.database import Database
from node.storage.kept import Action, Kept
from node.storage.label_queue import LabelQueue
from node.storage.meanwhile import DecidedMeanwhile
from node.storage.override_tables import label_overrides
from node.storage.overrides import LONGEST_DAYS, Overrides
from node.storage.runs import Runs
from node.storage.sources import Sources, StoredSource
from node.storage.trail import Trail
from tests.records import at, keeper, page, person, prepared

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
SOON = TODAY + dt.timedelta(days=30)
PUBLIC = LabelTerms(access=Access.PUBLIC)
RESTRICTED = LabelTerms(access=Access.RESTRICTED)
ANN, BEN = person("Ann Example"), person("Ben Example")


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

    def entries(self) -> list[Act]:
        """Return what the trail holds of decisions, beside the first agreement and the first label of the record."""
        return [act for entry in Trail(self.database).entries() if (act := entry.act).action.startswith("override")]

    def trail(self) -> list[tuple[str, str, bool]]:
        return [(act.action, act.actor, act.permitted) for act in self.entries()]


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def test_tightening_holds_at_once_and_the_label_is_due(kitchen: Kitchen) -> None:
    assert not kitchen.due()

    made = Overrides(kitchen.database).add(decision(kitchen.record), ANN, at(NOW))

    assert made.holds(TODAY) and kitchen.due()
    assert kitchen.trail() == [("override", "cli:ann", True)]


def test_loosening_holds_once_a_second_person_agrees(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)

    made = store.add(loosening(kitchen.record), ANN, at(NOW))
    assert not made.holds(TODAY)
    agreed = store.agree(made.number, BEN, at(NOW))

    assert agreed.holds(TODAY) and not agreed.holds(SOON) and kitchen.due()
    assert kitchen.trail() == [("override", "cli:ann", False), ("override-agree", "cli:ben", True)]
    (waiting, then) = kitchen.entries()
    assert "waits for a second person" in waiting.reasons and "asked by the owner" in then.reasons
    assert "by Ann Example (cli:ann) and Ben Example (cli:ben)" in then.reasons


@pytest.mark.parametrize(
    "same",
    [
        person("Ben Example", "cli:ann"),
        person("Ben Example", " CLI:Ann"),
        person("Ann Example", "cli:ben"),
        person(" ann  EXAMPLE ", "cli:ben"),
        person("Ａｎｎ Example", "cli:ben"),
        person("A\u200bnn\u00a0Example", "cli:ben"),
        person("Ben Example", "Ann Example", actor="token:1"),
        person("Ben Example", "Ben Example", actor="token:1", maker="cli:ann"),
    ],
    ids=["account", "its spelling", "name", "case", "width", "unseen signs", "token she owns", "token she made"],
)
def test_one_person_is_not_two(kitchen: Kitchen, same: Person) -> None:
    store = Overrides(kitchen.database)
    made = store.add(loosening(kitchen.record), ANN, at(NOW))

    with pytest.raises(Conflict, match="may be the person who entered"):
        store.agree(made.number, same, at(NOW))

    assert not store.get(made.number).holds(TODAY)
    assert len(kitchen.trail()) == 1, "what did not happen is not in the trail as having happened"


def test_who_made_the_token_that_a_decision_was_entered_with_is_not_the_second_person(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)
    hers = person("Ann Example", "Ann Example", actor="token:1", maker="cli:node")
    made = store.add(loosening(kitchen.record), hers, at(NOW))

    with pytest.raises(Conflict, match="may be the person who entered"):
        store.agree(made.number, person("Ben Example", "cli:node"), at(NOW))
    agreed = store.agree(made.number, person("Ben Example", "Ben Example", actor="token:2", maker="cli:node"), at(NOW))

    assert (agreed.account, agreed.second_account) == ("Ann Example", "Ben Example")
    assert kitchen.trail() == [("override", "token:1", False), ("override-agree", "token:2", True)]


def test_what_was_entered_by_an_account_nobody_knows_is_entered_again(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)
    made = store.add(loosening(kitchen.record), ANN, at(NOW))
    with kitchen.database.write() as connection:
        connection.execute(label_overrides.update().values(account=""))

    with pytest.raises(Conflict, match="not kept"):
        store.agree(made.number, BEN, at(NOW))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"reason": "  "}, "reason"),
        ({"terms": LabelTerms()}, "asks for nothing"),
        ({"expires": None}, "for a time"),
        ({"expires": TODAY}, "not after today"),
        ({"expires": TODAY + dt.timedelta(days=LONGEST_DAYS + 1)}, "for a time"),
    ],
)
def test_a_decision_that_lacks_something_is_not_entered(kitchen: Kitchen, values: dict, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        Overrides(kitchen.database).add(loosening(kitchen.record, **values), ANN, at(NOW))

    assert Overrides(kitchen.database).all() == () and kitchen.trail() == [] and not kitchen.due()


def test_a_record_or_a_decision_that_is_not_there_is_named(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)

    with pytest.raises(NotFound, match="nothing"):
        store.add(decision("nothing"), ANN, at(NOW))
    with pytest.raises(NotFound, match="7"):
        store.agree(7, BEN, at(NOW))


def test_a_loosening_is_taken_back_by_one_and_a_tightening_is_not(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)
    open_ = store.add(loosening(kitchen.record), ANN, at(NOW))
    store.agree(open_.number, BEN, at(NOW))
    tight = store.add(decision(kitchen.record), ANN, at(NOW))

    ended = store.end(open_.number, "cli:ann", at(NOW))

    assert ended.ended == TODAY and not ended.holds(TODAY)
    with pytest.raises(Conflict, match="takes two"):
        store.end(tight.number, "cli:ann", at(NOW))
    with pytest.raises(Conflict, match="ended"):
        store.end(open_.number, "cli:ann", at(NOW))
    assert [action for action, _, _ in kitchen.trail()] == ["override", "override-agree", "override", "override-end"]


def test_what_ran_out_cannot_be_agreed_to(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)
    made = store.add(loosening(kitchen.record), ANN, at(NOW))

    with pytest.raises(Conflict, match="ran out"):
        store.agree(made.number, BEN, at(NOW + dt.timedelta(days=30)))


def test_of_many_who_agree_at_once_one_is_the_second(kitchen: Kitchen) -> None:
    store = Overrides(kitchen.database)
    made = store.add(loosening(kitchen.record), ANN, at(NOW))
    told: list[str] = []

    def agree(name: str) -> None:
        try:
            told.append(str(store.agree(made.number, person(name), at(NOW)).second))
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
    Overrides(kitchen.database).add(decision(kitchen.record), ANN, at(NOW))

    with pytest.raises(DecidedMeanwhile):
        kitchen.keep("another title")

    assert kitchen.due(), "the decision is still to be worked in"
