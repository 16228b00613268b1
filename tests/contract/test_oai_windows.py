"""A record that breaks its server costs itself and its neighbours of the same second, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harvesters.asking import Patience
from harvesters.oai_lists import ListLimits
from harvesters.oai_pmh import OaiPmhHarvester
from harvesters.oai_spelling import DAY, SECONDS
from harvesters.oai_windows import Ends, halve
from node.errors import FairnodeError, HttpStatus, NotOaiPmh, OaiError, WindowFailed
from node.harvest.fetch import HttpFetch
from node.model.oai import Checkpoint, Page, Window
from node.model.source import Source
from node.settings import FetchSettings
from tests.servers.scripted import Answer, Scripted, Seen

NOW = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
POISON = "poison"


def stamp(number: int) -> str:
    return (dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=37 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def envelope(inside: str) -> Answer:
    head = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-05-01T10:00:00Z</responseDate>'
    return Answer(f"{head}{inside}</OAI-PMH>".encode(), headers={"Content-Type": "text/xml"})


class Breaking:
    """A repository of dated records, two a page, that breaks over some of them.

    Attributes:
        records: (name, datestamp); a page with a name that begins with `poison` is `broken`.
        heeds_dates: it obeys from and until.
    """

    def __init__(
        self,
        records: list[tuple[str, str]],
        broken: Answer,
        *,
        granularity: str = SECONDS,
        heeds_dates: bool = True,
    ) -> None:
        self.records, self.broken = records, broken
        self.granularity, self.heeds_dates = granularity, heeds_dates
        self.lists = 0

    def __call__(self, seen: Seen) -> Answer:
        if seen.get("verb") == "Identify":
            return envelope(
                f"<Identify><earliestDatestamp>2020-01-01</earliestDatestamp>"
                f"<granularity>{self.granularity}</granularity></Identify>"
            )
        self.lists += 1
        token = seen.get("resumptionToken")
        first, last, at = token.split("|") if token else (seen.get("from") or "", seen.get("until") or "", "0")
        matching = [each for each in self.records if not self.heeds_dates or first <= each[1] <= (last or "9")]
        page = matching[int(at) : int(at) + 2]
        if not page:
            return envelope('<error code="noRecordsMatch"/>')
        if any(name.startswith(POISON) for name, _ in page):
            return self.broken
        listed = "".join(
            f"<record><header><identifier>{name}</identifier><datestamp>{date}</datestamp></header>"
            f"<metadata><x/></metadata></record>"
            for name, date in page
        )
        following = int(at) + 2
        more = f"{first}|{last}|{following}" if following < len(matching) else ""
        return envelope(f"<ListRecords>{listed}<resumptionToken>{more}</resumptionToken></ListRecords>")


@contextmanager
def harvesting(server: Breaking, *, window: Window = Window(), **limits: int) -> Iterator[Iterator[Page]]:  # noqa: B008
    with Scripted(server) as running:
        harvester = OaiPmhHarvester(
            patience=Patience(sleep=lambda _: None), limits=ListLimits(**limits), clock=lambda: NOW
        )
        fetch = HttpFetch(FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.001, retries=2))
        yield harvester.pages(Source(name="x", url=running.url), fetch, window, Checkpoint())


def take(pages: Iterator[Page]) -> tuple[list[Page], FairnodeError | None]:
    taken: list[Page] = []
    try:
        taken.extend(pages)
    except FairnodeError as error:
        return taken, error
    return taken, None


def names(pages: list[Page]) -> set[str]:
    return {record.header.identifier for page in pages for record in page.records}


DATED = [(f"r{number}", stamp(number)) for number in range(40)]
ERROR = Answer(b"", status=500)
CUT = Answer(b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><rec')
LOGIN = Answer(b"<!doctype html><title>Oops</title>")


@pytest.mark.parametrize("broken", [ERROR, CUT, LOGIN], ids=["500", "cut short", "an HTML page"])
@pytest.mark.parametrize("at", [0, 17, 39], ids=["first", "middle", "last"])
def test_everything_but_the_second_that_breaks_the_server_is_had(broken: Answer, at: int) -> None:
    records = [(POISON, date) if number == at else (name, date) for number, (name, date) in enumerate(DATED)]

    with harvesting(Breaking(records, broken)) as coming:
        pages, error = take(coming)

    assert names(pages) == {name for name, _ in records} - {POISON}
    assert isinstance(error, WindowFailed)
    assert stamp(at) in error.message
    (lost,) = pages[-1].checkpoint.lost
    assert lost[2] == stamp(at)
    # The outermost windows stay open, for there may be records dated before the earliest datestamp.
    assert lost[1] == (stamp(at) if at else "")
    assert not pages[-1].checkpoint.done
    assert "harvest.window-lost" in {finding.code for page in pages for finding in page.findings}


def test_several_spots_are_each_found() -> None:
    records = [(f"{POISON}{number}", date) if number in (3, 20, 21) else (name, date) for number, (name, date) in
               enumerate(DATED)]  # fmt: skip

    with harvesting(Breaking(records, ERROR)) as coming:
        pages, error = take(coming)

    assert names(pages) == {name for name, _ in records if not name.startswith(POISON)}
    assert isinstance(error, WindowFailed)
    assert {lost[1] for lost in pages[-1].checkpoint.lost} == {stamp(3), stamp(20), stamp(21)}


def test_a_server_that_only_breaks_over_long_lists_is_harvested_whole() -> None:
    class Tired(Breaking):
        """Its database gives up behind the tenth record of a list."""

        def __call__(self, seen: Seen) -> Answer:
            token = seen.get("resumptionToken")
            return ERROR if token and int(token.split("|")[2]) >= 10 else super().__call__(seen)

    with harvesting(Tired(DATED, ERROR)) as coming:
        pages, error = take(coming)

    assert error is None
    assert names(pages) == {name for name, _ in DATED}
    assert pages[-1].checkpoint.done
    assert pages[-1].checkpoint.splits >= 3


def test_a_server_that_counts_in_days_loses_the_day_at_most() -> None:
    records = [(POISON if number == 5 else name, date[:10]) for number, (name, date) in enumerate(DATED)]

    with harvesting(Breaking(records, ERROR, granularity=DAY)) as coming:
        pages, error = take(coming)

    assert names(pages) == {name for name, _ in records} - {POISON}
    assert isinstance(error, WindowFailed)
    assert pages[-1].checkpoint.lost[0][1:3] == (stamp(5)[:10], stamp(5)[:10])


def test_an_increment_is_split_within_its_own_window() -> None:
    records = [(POISON, date) if number == 30 else (name, date) for number, (name, date) in enumerate(DATED)]
    server = Breaking(records, ERROR)

    with harvesting(server, window=Window(from_=stamp(25))) as coming:
        pages, error = take(coming)

    assert names(pages) == {name for name, date in records if date >= stamp(25)} - {POISON}
    assert isinstance(error, WindowFailed)


def test_a_server_that_ignores_dates_is_told_apart_and_fails_with_its_own_error() -> None:
    records = [(POISON, date) if number == 20 else (name, date) for number, (name, date) in enumerate(DATED)]
    server = Breaking(records, ERROR, heeds_dates=False)

    with harvesting(server) as coming:
        pages, error = take(coming)

    assert isinstance(error, HttpStatus)
    assert names(pages) == {name for name, _ in records[:20]}
    assert server.lists < 80


def test_a_server_that_breaks_over_everything_is_left_alone_soon() -> None:
    server = Breaking([(POISON, stamp(1))], ERROR, heeds_dates=False)

    with harvesting(server) as coming:
        pages, error = take(coming)

    assert (pages, type(error)) == ([], HttpStatus)
    assert server.lists <= 3 + 2 * 8


def test_a_refusal_is_no_reason_to_split() -> None:
    for answer, kind in (
        (Answer(b"", status=404), HttpStatus),
        (Answer(b"", status=503), HttpStatus),
        (envelope('<error code="cannotDisseminateFormat"/>'), OaiError),
    ):
        server = Breaking([(POISON, stamp(1))], answer)

        with harvesting(server) as coming:
            pages, error = take(coming)

        assert (pages, type(error)) == ([], kind)
        assert server.lists <= 3


def test_a_run_killed_among_windows_goes_on_among_them() -> None:
    records = [(POISON, date) if number == 17 else (name, date) for number, (name, date) in enumerate(DATED)]
    server = Breaking(records, ERROR)
    kept: list[Page] = []
    checkpoint, error, runs = Checkpoint(), None, 0

    with Scripted(server) as running:
        while error is None and runs < 200:
            runs += 1
            harvester = OaiPmhHarvester(patience=Patience(sleep=lambda _: None), clock=lambda: NOW)
            fetch = HttpFetch(FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.001, retries=2))
            coming = harvester.pages(Source(name="x", url=running.url), fetch, Window(), checkpoint)
            try:
                page = next(coming, None)
            except FairnodeError as problem:
                error = problem
                break
            assert page is not None, "a list with a gap never counts as done"
            kept.append(page)
            checkpoint = page.checkpoint

    assert isinstance(error, WindowFailed)
    assert names(kept) == {name for name, _ in records} - {POISON}


@pytest.mark.parametrize("granularity", [DAY, SECONDS])
def test_halves_cover_their_window_without_gap_and_overlap(granularity: str) -> None:
    bounds = (dt.datetime(2019, 12, 31, 23, 59, 58, tzinfo=dt.UTC), dt.datetime(2020, 3, 1, 0, 0, 1, tzinfo=dt.UTC))
    step = dt.timedelta(days=1) if granularity == DAY else dt.timedelta(seconds=1)

    def check(ends: Ends, depth: int = 0) -> None:
        halves = halve(ends, granularity, bounds)
        if halves is None or depth > 30:
            assert depth <= 30
            return
        (first, middle), (after, last) = halves
        assert (first, last) == ends
        read = dt.datetime.fromisoformat
        assert read(after) - read(middle) == step
        check((first, middle), depth + 1)

    check(("", ""))


def test_an_answer_of_another_kind_is_no_oai_pmh_on_every_window() -> None:
    server = Breaking([(POISON, stamp(1))], LOGIN)

    with harvesting(server, splits_in_vain=2) as coming:
        pages, error = take(coming)

    assert isinstance(error, NotOaiPmh | WindowFailed)
    assert pages == [] or pages[-1].checkpoint.lost
