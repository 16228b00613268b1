"""One list, split by datestamps where it cannot be had whole (OAI-PMH 2.0, section 2.7.1).

A record that breaks a repository's server breaks the page it is on, and with it the rest of the list. Halves are listed
breadth first, so that the half without the record is had before the other is split again; what remains at last is one
granule of datestamps, which is named, and everything else was harvested.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harvesters.oai_lists import ListLimits, at_beginning, follow
from harvesters.oai_repository import Repository
from harvesters.oai_windows import Ends, as_ends, as_window, halve, is_outside, may_be_halved, said, widened
from node.errors import FairnodeError, WindowFailed
from node.model.oai import Checkpoint, Page, Window
from node.model.report import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The datestamps there can be.

    Attributes:
        granularity: the repository's.
        earliest, latest: what stands for the open ends of a window.
    """

    granularity: str
    earliest: dt.datetime
    latest: dt.datetime

    def halves(self, ends: Ends) -> tuple[Ends, Ends] | None:
        """Return the halves of a window; `None` where it cannot be split."""
        return halve(ends, self.granularity, (self.earliest, self.latest))


def follow_split(
    repository: Repository,
    limits: ListLimits,
    calendar: Callable[[], Calendar],
    window: Window,
    checkpoint: Checkpoint,
    after: Callable[[Checkpoint], Checkpoint],
) -> Iterator[Page]:
    """Yield the pages of one list, whole where it can be had, else window by window; see `follow`.

    What could not be had is in `Checkpoint.lost`, and a finding of a page without records.

    Raises:
        FairnodeError: what `follow` raises, where splitting does not help.
    """
    failed: FairnodeError | None = None
    in_vain, since = 0, limits.clock()
    while True:
        is_last = len(checkpoint.windows) < 2
        then = after if is_last else _next_window
        ends = checkpoint.windows[0] if checkpoint.windows else None
        halves = calendar().halves(ends) if ends is not None else None
        # A window that can be split again is not worth long waits.
        asked = repository.hasty() if halves is not None else repository
        wide = widened(ends, calendar().granularity) if ends is not None else None
        strayed = ""
        try:
            for page in follow(asked, limits, window if wide is None else as_window(wide), checkpoint, then):
                if wide is not None and _strays(page, wide):
                    strayed = page.url
                    break
                in_vain, checkpoint = 0, page.checkpoint
                yield page
                since = limits.clock()
            else:
                if is_last:
                    return
                continue
        except FairnodeError as error:
            failed, in_vain = error, in_vain + 1
            # The first failure is that of the list, the next two are those of its halves.
            is_hopeless = in_vain > limits.splits_in_vain or (in_vain > 2 and limits.clock() - since > limits.in_vain)
            if not may_be_halved(error) or is_hopeless or checkpoint.splits >= limits.splits:
                raise
        if strayed:  # smaller windows would change nothing
            raise failed or WindowFailed(f"{strayed}: the repository ignores from and until")
        assert failed is not None
        checkpoint = at_beginning(checkpoint)
        if ends is None:
            ends = as_ends(window, calendar().granularity)
            halves = calendar().halves(ends)
        if halves is not None:
            rest = checkpoint.windows[1:]
            checkpoint = replace(checkpoint, windows=(*rest, *halves), splits=checkpoint.splits + 1)
            continue
        lost = (checkpoint.set_spec or "", *ends, failed.message[:500])
        checkpoint = then(replace(checkpoint, lost=(*checkpoint.lost, lost)))
        yield Page(records=(), listed=0, checkpoint=checkpoint, findings=(_lost(ends, failed),))
        if is_last:
            return


def check_lost(checkpoint: Checkpoint, url: str) -> None:
    """End a harvest that could not have everything.

    Raises:
        WindowFailed: with the windows that are missing.
    """
    if not checkpoint.lost:
        return
    spans = [f"{said((first, last))}{f' in {name}' if name else ''}" for name, first, last, _ in checkpoint.lost]
    shown = ", ".join(spans[:5]) + (f" and {len(spans) - 5} more" if len(spans) > 5 else "")
    raise WindowFailed(f"{url}: records dated {shown} could not be had: {checkpoint.lost[0][3]}")


def _next_window(checkpoint: Checkpoint) -> Checkpoint:
    return replace(at_beginning(checkpoint), windows=checkpoint.windows[1:])


def _strays(page: Page, ends: Ends) -> bool:
    """Whether most of a page lies outside the window it was asked for, so that windows change nothing."""
    return 2 * sum(is_outside(record, ends) for record in page.records) > len(page.records)


def _lost(ends: Ends, error: FairnodeError) -> Finding:
    return Finding(
        code="harvest.window-lost",
        severity=Severity.VIOLATION,
        message=f"records dated {said(ends)} could not be had: {error.message[:500]}",
        advice="Show this to the repository's operator: a record of that span breaks its server.",
        value=f"{ends[0]}/{ends[1]}",
    )
