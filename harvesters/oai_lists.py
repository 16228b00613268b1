"""One list, followed from token to token (OAI-PMH 2.0, section 3.5:
https://www.openarchives.org/OAI/openarchivesprotocol.html#FlowControl), to its end or to an error.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harvesters.oai_answers import Answer
from harvesters.oai_completeness import check_cursor, check_end, counted, is_doubtful
from harvesters.oai_positions import seen_before
from harvesters.oai_repository import Repository
from node.errors import CircularList, FairnodeError, ListIncomplete, OaiError
from node.model.oai import Checkpoint, Page, Window
from node.model.report import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLimits:
    """How far a list that leads nowhere is followed.

    Attributes:
        restarts: how often it is begun again after badResumptionToken, or another error in answer to a token.
        empty_pages: pages without a record in a row.
        repeated_pages: pages that came before in the list.
        splits: how often, in a run, a list that breaks off is split into windows of datestamps.
        splits_in_vain: windows that break off one after the other before splitting is given up.
        in_vain: seconds without a page after which it is given up sooner, once both halves have broken off.
        clock: seconds; it only ever moves forward.
    """

    restarts: int = 3
    empty_pages: int = 50
    repeated_pages: int = 3
    splits: int = 400
    splits_in_vain: int = 8
    in_vain: float = 120.0
    clock: Callable[[], float] = time.monotonic


def follow(
    repository: Repository,
    limits: ListLimits,
    window: Window,
    checkpoint: Checkpoint,
    after: Callable[[Checkpoint], Checkpoint],
) -> Iterator[Page]:
    """Yield the pages of one list, from the checkpoint's position on.

    Args:
        window: what is asked for, in the repository's granularity.
        after: where the harvest stands once this list is over; the last page's checkpoint goes through it.

    Raises:
        CircularList: it has no end; after the page that showed it.
        ListIncomplete: it has an end, but too early; after its last page.
        OaiError, FetchError, SyntaxRefused, NotOaiPmh: a page cannot be had.
    """
    if checkpoint.repeats > limits.repeated_pages:
        raise CircularList("the list goes round in circles")  # found before the process ended
    is_everything = window == Window() and checkpoint.set_spec is None
    restarts = empty = 0
    notes: tuple[Finding, ...] = ()
    while True:
        try:
            answer = repository.list_records(window, checkpoint)
        except OaiError as error:
            # Whatever it is called: a token that was just given, and is all that was asked with, cannot be at fault.
            if checkpoint.position is None or restarts == limits.restarts:
                raise
            restarts += 1
            checkpoint = at_beginning(checkpoint)
            notes = (*notes, _restarted(error))
            continue
        if not answer.token and is_doubtful(answer, counted(answer, checkpoint), is_everything=is_everything):
            # It may have been one bad moment.
            answer = _again(repository.hasty(), window, checkpoint, answer)
        empty = 0 if answer.records else empty + 1
        failure: FairnodeError | None = None
        found: tuple[Finding, ...] = ()
        try:
            following, found = _step(answer, checkpoint, limits)
            if empty > limits.empty_pages:
                raise CircularList(f"{answer.url}: {empty} pages without a record in a row, and no end")
            if not answer.token:
                found = (*found, *check_end(answer, following, is_everything=is_everything))
                following = after(following)
        except (CircularList, ListIncomplete) as error:
            # What the page holds is true all the same. A run that is killed after it comes to the same end again.
            failure, following = error, counted(answer, checkpoint)
            if isinstance(error, CircularList):
                following = replace(following, repeats=limits.repeated_pages + 1)
            else:
                following = at_beginning(following)
        if answer.records or failure is None:
            yield Page(
                records=answer.records,
                listed=answer.listed,
                checkpoint=following,
                url=answer.url,
                response_date=answer.response_date,
                complete_list_size=answer.complete_list_size,
                metadata_namespace=answer.metadata_namespace,
                findings=(*notes, *answer.findings, *found),
            )
        if failure is not None:
            raise failure
        if not answer.token:
            return
        checkpoint, notes = following, ()


def at_beginning(checkpoint: Checkpoint) -> Checkpoint:
    """Return the checkpoint at the beginning of the list it stands in."""
    return replace(checkpoint, position=None, seen_positions=(), seen_pages=(), repeats=0, in_list=0, announced=None)


def _step(answer: Answer, before: Checkpoint, limits: ListLimits) -> tuple[Checkpoint, tuple[Finding, ...]]:
    """Return where the list stands after an answer, and what is odd about that."""
    seen = before.seen_positions
    if answer.token:
        again, seen = seen_before(answer.token, seen)
        if again:
            raise CircularList(
                f"{answer.url}: the resumption token “{answer.token[:200]}” came before in this list, which goes round "
                "in circles"
            )
    is_repeat, pages = (
        seen_before(_content(answer), before.seen_pages) if answer.records else (False, before.seen_pages)
    )
    repeats = before.repeats + is_repeat
    if repeats > limits.repeated_pages:
        raise CircularList(f"{answer.url}: the same pages come again and again under new resumption tokens")
    checkpoint = replace(
        counted(answer, before),
        position=answer.token or None,
        seen_positions=seen,
        seen_pages=pages,
        repeats=repeats,
        in_list=before.in_list + (0 if is_repeat else answer.listed),
    )
    # On the first two pages: a cursor that counts something else does so on every page.
    findings = check_cursor(answer, before) if len(before.seen_positions) <= 2 else ()
    return checkpoint, (*findings, _repeated(answer)) if is_repeat else findings


def _again(repository: Repository, window: Window, checkpoint: Checkpoint, answer: Answer) -> Answer:
    """Ask for a list's last page once more; the first answer counts where that fails, or says nothing new."""
    try:
        second = repository.list_records(window, checkpoint)
    except FairnodeError:
        return answer
    return second if second.token or second.listed > answer.listed else answer


def _content(answer: Answer) -> str:
    digest = hashlib.sha256()
    for record in answer.records:
        digest.update(f"{record.header.identifier}\n{record.header.datestamp}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _repeated(answer: Answer) -> Finding:
    return Finding(
        code="harvest.page-repeated",
        severity=Severity.WARNING,
        message=f"a page of {answer.listed} records came before in this list, under another resumption token",
        advice="Ask the repository's operator whether its resumption tokens lead on.",
        path="resumptionToken",
    )


def _restarted(error: OaiError) -> Finding:
    return Finding(
        code="harvest.list-restarted",
        severity=Severity.WARNING,
        message=f"the list was begun again: {error.message}",
        advice="Ask the repository's operator to let resumption tokens live longer.",
        path="resumptionToken",
    )
