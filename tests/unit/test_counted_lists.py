"""Lists read by offset while they change: every row that was there all along comes, or the list is given up."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvesters.counted_lists import Slice, counted_pages
from node.errors import AnswerBroken, CircularList, HttpStatus, ListIncomplete, TooLarge
from node.model.oai import Checkpoint, Header, Page, Record


class Rows:
    """A list that changes: `change` is called before each answer."""

    def __init__(self, keys: list[str], change: Callable[[Rows], None] = lambda rows: None, *, cap: int = 1000) -> None:
        self.keys, self.change, self.cap = keys, change, cap
        self.total: int | str | None = "true"
        self.asked: list[tuple[int, int]] = []

    def __call__(self, start: int, rows: int) -> Slice:
        self.asked.append((start, rows))
        self.change(self)
        held = self.keys[start : start + min(rows, self.cap)]
        total = len(self.keys) if isinstance(self.total, str) else self.total
        return Slice(records=tuple(map(record, held)), total=total, url="http://x/")


def record(key: str) -> Record:
    return Record(header=Header(identifier=key), metadata=b"{}")


def named(count: int) -> list[str]:
    return [f"{number:04d}" for number in range(count)]


def read(rows: Rows, checkpoint: Checkpoint | None = None, *, at_once: int = 4) -> list[Page]:
    return list(counted_pages(rows, checkpoint or Checkpoint(), rows=at_once))


def keys(pages: list[Page]) -> list[str]:
    return [one.header.identifier for page in pages for one in page.records]


def codes(pages: list[Page]) -> set[str]:
    return {finding.code for page in pages for finding in page.findings}


def shuffled(count: int) -> list[str]:
    mixed = named(count)
    random.Random(7).shuffle(mixed)
    return mixed


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 11, 40])
@pytest.mark.parametrize("order", [named, shuffled])
@pytest.mark.parametrize("total", ["true", None])
@pytest.mark.parametrize("cap", [1, 2, 3, 1000])
def test_every_row_of_a_quiet_list_comes_and_of_one_in_order_once(
    count: int, order: Callable[[int], list[str]], total: str | None, cap: int
) -> None:
    rows = Rows(order(count), cap=cap)
    rows.total = total

    pages = read(rows)

    assert set(keys(pages)) == set(named(count))
    assert order is shuffled or len(keys(pages)) == count
    assert pages[-1].checkpoint.done
    assert pages[-1].checkpoint.listed == len(keys(pages))
    assert [page.checkpoint.done for page in pages[:-1]] == [False] * (len(pages) - 1)


def test_a_list_in_order_is_read_with_one_row_of_overlap_and_no_request_more() -> None:
    rows = Rows(named(10))

    read(rows)

    assert rows.asked == [(0, 4), (3, 4), (6, 4), (9, 4)]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[str], list[list[tuple[bool, str]]]]:
    """A list, and what is added to it or removed from it before each answer."""
    start = draw(st.lists(st.integers(0, 999), max_size=30, unique=True))
    names = st.integers(0, 999).map("{:04d}".format)
    changes = draw(st.lists(st.lists(st.tuples(st.booleans(), names), max_size=4), max_size=12))
    return sorted(f"{number:04d}" for number in start), changes


@given(histories(), st.integers(2, 6), st.booleans())
def test_a_list_in_order_loses_no_row_that_stays_whatever_happens_to_the_others(
    history: tuple[list[str], list[list[tuple[bool, str]]]], at_once: int, is_counted: bool
) -> None:
    first, changes = history
    stayed = set(first)

    def change(rows: Rows) -> None:
        if not changes:
            return
        for is_added, key in changes.pop(0):
            if is_added:
                rows.keys = sorted({*rows.keys, key})
            elif key in rows.keys:
                rows.keys.remove(key)
                stayed.discard(key)

    rows = Rows(list(first), change)
    rows.total = "true" if is_counted else None

    try:
        pages = read(rows, at_once=at_once)
    except ListIncomplete:
        return

    assert stayed <= set(keys(pages))


@given(st.integers(0, 30), st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=12), st.integers(2, 6))
def test_a_list_in_no_order_that_changes_is_read_again_or_given_up(
    count: int, changes: list[tuple[bool, int]], at_once: int
) -> None:
    first = shuffled(count)
    stayed = set(first)
    additions = iter(f"new-{number}" for number in range(100))
    only_adds = bool(changes) and changes[0][0]

    def change(rows: Rows) -> None:
        if changes:
            happens, place = changes.pop(0)
            if happens and only_adds:
                rows.keys.insert(place % (len(rows.keys) + 1), next(additions))
            elif happens and rows.keys:
                stayed.discard(rows.keys.pop(place % len(rows.keys)))

    try:
        pages = read(Rows(list(first), change), at_once=at_once)
    except ListIncomplete:
        return

    assert stayed <= set(keys(pages))


@given(histories(), st.integers(2, 6), st.data())
def test_a_reading_that_goes_on_in_another_process_loses_nothing_either(
    history: tuple[list[str], list[list[tuple[bool, str]]]], at_once: int, data: st.DataObject
) -> None:
    first, changes = history
    before = read(Rows(list(first)), at_once=at_once)
    kept = data.draw(st.integers(1, len(before)))
    checkpoint = before[kept - 1].checkpoint
    now = set(first)
    for is_added, key in (change for batch in changes for change in batch):
        now = now | {key} if is_added else now - {key}

    after = read(Rows(sorted(now)), checkpoint, at_once=at_once)

    assert set(first) & now <= set(keys(before[:kept])) | set(keys(after))


def test_many_rows_before_the_reader_are_passed_over() -> None:
    before = read(Rows(named(1000)[500:]))
    rows = Rows(named(1000))

    after = read(rows, before[3].checkpoint)

    assert set(named(1000)[500:]) <= set(keys(before[:4])) | set(keys(after))
    assert after[-1].checkpoint.done


def test_a_position_nobody_can_read_begins_the_list() -> None:
    pages = read(Rows(named(3)), Checkpoint(position="{", listed=5, pages=2))

    assert keys(pages) == named(3)
    assert (pages[-1].checkpoint.listed, pages[-1].checkpoint.pages) == (8, 4)


def test_a_list_that_is_done_is_not_asked_for() -> None:
    rows = Rows(named(3))

    assert read(rows, Checkpoint(done=True)) == []
    assert rows.asked == []


def test_a_list_that_holds_less_than_it_says_is_an_error() -> None:
    rows = Rows(named(10))
    rows.total = 12

    with pytest.raises(ListIncomplete, match="10 records came of 12"):
        read(rows)


def test_a_list_that_holds_more_than_it_says_is_whole_and_it_is_said() -> None:
    rows = Rows(named(10))
    rows.total = 7

    pages = read(rows)

    assert keys(pages) == named(10)
    assert codes(pages) == {"harvest.counts-wrong"}


def test_rows_that_appear_late_behind_the_reader_are_left_to_the_next_run_and_it_is_said() -> None:
    def change(rows: Rows) -> None:
        if len(rows.asked) == 2:
            rows.keys = sorted([*rows.keys, "0000a"])

    pages = read(Rows(named(10), change))

    assert keys(pages) == named(10)
    assert codes(pages) == {"harvest.list-changed"}


def test_the_loss_of_the_last_row_is_no_end_without_end() -> None:
    def change(rows: Rows) -> None:
        if len(rows.asked) == 4:
            rows.keys = rows.keys[:-1]

    pages = read(Rows(named(10), change))

    assert keys(pages) == named(10), "it was read before it went"


@pytest.mark.parametrize("order", [named, shuffled])
def test_a_source_that_ignores_the_offset_is_found_out(order: Callable[[int], list[str]]) -> None:
    held = order(4)

    def ask(start: int, rows: int) -> Slice:
        return Slice(records=tuple(map(record, held)), total=100, url="http://x/")

    with pytest.raises((CircularList, ListIncomplete)):
        list(counted_pages(ask, Checkpoint(), rows=4))


def test_a_list_that_grows_without_end_is_given_up() -> None:
    def ask(start: int, rows: int) -> Slice:
        held = tuple(record(f"{start + at:09d}") for at in range(rows))
        return Slice(records=held, total=start + 1000, url="http://x/")

    with pytest.raises(CircularList, match="grew from 1000"):
        list(counted_pages(ask, Checkpoint(), rows=5000))


@pytest.mark.parametrize(
    "error", [TooLarge("much"), HttpStatus("oops", status=500), HttpStatus("gateway", status=502), AnswerBroken("cut")]
)
def test_a_page_that_is_too_much_is_asked_for_in_smaller_ones_and_then_in_larger_ones_again(error: Exception) -> None:
    rows = Rows(named(1200))

    def ask(start: int, count: int) -> Slice:
        if start <= 40 < start + count and count > 8:
            rows.asked.append((start, count))
            raise error
        return rows(start, count)

    pages = list(counted_pages(ask, Checkpoint(), rows=64))

    assert keys(pages) == named(1200)
    sizes = [count for _, count in rows.asked]
    assert (sizes[0], min(sizes), sizes[-1]) == (64, 4, 64)


def test_a_page_that_cannot_be_had_at_all_ends_the_list_with_the_error() -> None:
    rows = Rows(named(40))

    def ask(start: int, count: int) -> Slice:
        if start <= 20 < start + count:
            raise HttpStatus("oops", status=500)
        return rows(start, count)

    with pytest.raises(HttpStatus):
        list(counted_pages(ask, Checkpoint(), rows=16))


def test_an_answer_that_forbids_is_not_asked_for_in_smaller_pages() -> None:
    asked: list[int] = []

    def ask(start: int, count: int) -> Slice:
        asked.append(count)
        raise HttpStatus("no", status=403)

    with pytest.raises(HttpStatus):
        list(counted_pages(ask, Checkpoint(), rows=16))
    assert asked == [16]


def test_rows_without_an_identifier_are_known_by_their_content() -> None:
    held = [replace(record(""), metadata=f'{{"at":{number}}}'.encode()) for number in range(10)]

    def ask(start: int, rows: int) -> Slice:
        return Slice(records=tuple(held[start : start + rows]), total=len(held), url="http://x/")

    pages = list(counted_pages(ask, Checkpoint(), rows=4))

    assert sorted(one.metadata or b"" for page in pages for one in page.records) == sorted(
        one.metadata or b"" for one in held
    )
