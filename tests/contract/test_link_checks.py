"""Answers of links in SQL, on each kind of database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from node.model.links import LinkAnswer
from node.storage.database import Database
from node.storage.link_checks import LinkChecks
from node.storage.record_facts import FactStore

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
GOOD = LinkAnswer(url="https://example.org/a", status=200, checked=NOW, due=NOW + 30 * DAY)
BAD = LinkAnswer(
    url="https://example.org/" + "b" * 5000, status=None, checked=NOW - 3 * DAY, problem="no such host", failures=2,
    due=NOW - DAY,
)  # fmt: skip


def test_an_answer_comes_back_as_it_was_and_a_later_one_takes_its_place(database: Database) -> None:
    checks = LinkChecks(database)
    checks.put(GOOD)
    checks.put(BAD)
    gone = replace(GOOD, status=404, checked=NOW + DAY, failures=1)
    checks.put(gone)

    assert (checks.get(GOOD.url), checks.get(BAD.url), checks.get("https://example.org/c")) == (gone, BAD, None)
    assert sorted(checks.all(), key=lambda one: one.url) == [gone, BAD]


def test_old_answers_are_left_out_where_that_is_asked_for(database: Database) -> None:
    checks = LinkChecks(database)
    for answer in (GOOD, BAD):
        checks.put(answer)

    assert set(checks.of([GOOD.url, BAD.url])) == {GOOD.url, BAD.url}
    assert set(checks.of([GOOD.url, BAD.url], since=NOW - 2 * DAY)) == {GOOD.url}


def test_the_stamp_changes_with_every_answer_and_is_empty_where_all_are_old(database: Database) -> None:
    checks = LinkChecks(database)
    stamps = [checks.stamp(NOW - 2 * DAY)]
    for answer in (BAD, GOOD, replace(GOOD, status=404)):
        checks.put(answer)
        stamps.append(checks.stamp(NOW - 2 * DAY))

    assert stamps[:2] == ["", ""] and len(set(stamps)) == 3
    assert checks.stamp(NOW + DAY) == ""


def test_facts_belong_to_one_version_of_a_record_and_to_one_recipe(database: Database) -> None:
    store = FactStore(database, "r1")
    store.keep([("a", "1", "{}"), ("b", "1", "[]")])
    store.keep([("a", "2", "{2}")])
    store.keep([])

    assert dict(store.of(["a", "b"])) == {("a", "2"): "{2}", ("b", "1"): "[]"}
    assert dict(FactStore(database, "r2").of(["a", "b"])) == {}
