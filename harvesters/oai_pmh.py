"""Harvests OAI-PMH 2.0 repositories (https://www.openarchives.org/OAI/openarchivesprotocol.html), well-behaved or not.

A list is followed to its end or ends in an error: whatever goes wrong, a part of a list never passes for the whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property

from harvesters.asking import Patience
from harvesters.oai_bookmark import bookmark, check_clock
from harvesters.oai_description import describe_repository
from harvesters.oai_identity import Identity
from harvesters.oai_lists import ListLimits, at_beginning
from harvesters.oai_repository import Repository, SecondsRefused
from harvesters.oai_spelling import DAY, granularity_of, read_date, spell_window
from harvesters.oai_splitting import Calendar, check_lost, follow_split
from node.harvest.protocols import Fetch
from node.model.oai import Checkpoint, Page, Window
from node.model.report import Finding, Severity
from node.model.repository import RepositoryDescription
from node.model.source import Source


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class OaiPmhHarvester:
    """`Harvester` for OAI-PMH.

    Args:
        patience: how often an answer that cannot be used is asked for.
        limits: how far a list that leads nowhere is followed.
        clock: our own clock, UTC.
    """

    kind: str = "oai-pmh"
    metadata_prefix: str = "oai_dc"

    def __init__(
        self,
        *,
        patience: Patience | None = None,
        limits: ListLimits | None = None,
        clock: Callable[[], dt.datetime] = _utc_now,
    ) -> None:
        self.patience = patience or Patience()
        self.limits = limits or ListLimits()
        self.clock = clock

    def describe(self, source: Source, fetch: Fetch) -> RepositoryDescription:
        """Return what Identify, ListMetadataFormats and ListSets say; see `Harvester.describe`."""
        return describe_repository(Repository(source, fetch, self.patience), source, self.clock())

    def pages(self, source: Source, fetch: Fetch, window: Window, checkpoint: Checkpoint) -> Iterator[Page]:
        """Yield the pages of each set in turn; see `Harvester.pages`.

        Raises:
            WindowFailed: some span of datestamps could not be had, and everything else was.
        """
        if not checkpoint.done:
            yield from _Harvest(self, source, fetch, window).pages(checkpoint)


HARVESTER = OaiPmhHarvester()


class _Harvest:
    """One run over one source."""

    def __init__(self, harvester: OaiPmhHarvester, source: Source, fetch: Fetch, window: Window) -> None:
        self._limits = harvester.limits
        self._now = harvester.clock()
        self._source = source
        self._window = window
        self._repository = Repository(source, fetch, harvester.patience)
        self._is_by_day = False

    def pages(self, checkpoint: Checkpoint) -> Iterator[Page]:
        sets: tuple[str | None, ...] = self._source.set_specs or (None,)
        if checkpoint.lost and checkpoint.set_spec is None and not checkpoint.windows:
            check_lost(checkpoint, self._source.url)  # killed between its last page and its end
        notes: tuple[Finding, ...] = ()
        begun: str | None = None
        if checkpoint.bookmark is None and checkpoint.pages == 0:
            checkpoint = replace(checkpoint, bookmark=self._bookmark(self._identity.response_date))
            notes = self._identity.findings
            if self._identity.is_readable:
                notes = (*notes, *check_clock(self._identity.response_date, self._now))
        asked = self._window if self._window == Window() else spell_window(self._window, self._granularity)
        first = sets.index(checkpoint.set_spec) if checkpoint.set_spec in sets else 0
        if checkpoint.set_spec not in sets:
            checkpoint = replace(at_beginning(checkpoint), windows=())
        for index in range(first, len(sets)):
            following = sets[index + 1] if index + 1 < len(sets) else None
            after = _after(following, is_last=index + 1 == len(sets))
            checkpoint = replace(checkpoint, set_spec=sets[index])
            for page in self._listed(asked, checkpoint, after):
                checkpoint = page.checkpoint
                if checkpoint.bookmark is None:
                    # Identify told no time; what the first answer tells is later by less than the overlap.
                    begun = begun or (self._bookmark(page.response_date) if checkpoint.pages == 1 else None)
                    checkpoint = replace(checkpoint, bookmark=begun)
                yield replace(page, checkpoint=checkpoint, findings=(*notes, *page.findings))
                notes = ()
        check_lost(checkpoint, self._source.url)

    def _listed(
        self, asked: Window, checkpoint: Checkpoint, after: Callable[[Checkpoint], Checkpoint]
    ) -> Iterator[Page]:
        """Yield the pages of one list; in days where the repository says that it knows seconds, and does not."""
        note: tuple[Finding, ...] = ()
        if not self._is_by_day:
            try:
                for page in follow_split(self._repository, self._limits, self._calendar, asked, checkpoint, after):
                    checkpoint = page.checkpoint
                    yield page
                return
            except SecondsRefused as error:
                note = _days_only(error)
                checkpoint = replace(at_beginning(checkpoint), windows=())
                self._is_by_day = True
        asked = spell_window(asked, DAY)
        for page in follow_split(self._repository, self._limits, self._calendar, asked, checkpoint, after):
            yield replace(page, findings=(*note, *page.findings))
            note = ()

    @cached_property
    def _identity(self) -> Identity:
        return self._repository.identify()

    @property
    def _granularity(self) -> str:
        return DAY if self._is_by_day else granularity_of(self._identity.granularity)

    def _bookmark(self, response_date: str) -> str | None:
        return bookmark(response_date, self._granularity, self._now)

    def _calendar(self) -> Calendar:
        earliest = read_date(self._identity.earliest_datestamp) or _EPOCH
        return Calendar(granularity=self._granularity, earliest=min(earliest, self._now), latest=self._now)


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _days_only(error: SecondsRefused) -> tuple[Finding, ...]:
    finding = Finding(
        code="harvest.days-only",
        severity=Severity.WARNING,
        message=f"Identify gives dates to the second, but a list refuses them: {error.message}",
        advice="Ask the repository's operator to correct its granularity in Identify; days are asked for instead.",
        path="Identify/granularity",
    )
    return (finding,)


def _after(following: str | None, *, is_last: bool) -> Callable[[Checkpoint], Checkpoint]:
    """Return where a harvest stands once a list is over: at the beginning of the next one, or done."""

    def after(checkpoint: Checkpoint) -> Checkpoint:
        done = is_last and not checkpoint.lost
        return replace(at_beginning(checkpoint), windows=(), set_spec=following, done=done)

    return after
