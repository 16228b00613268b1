"""One list, followed from token to token (OAI-PMH 2.0, section 3.5:
https://www.openarchives.org/OAI/openarchivesprotocol.html#FlowControl), to its end or to an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harvesters.oai_answers import Answer
from harvesters.oai_completeness import check_cursor, check_end, is_short
from harvesters.oai_positions import seen_before
from harvesters.oai_repository import Repository
from node.errors import CircularList, FairnodeError, OaiError
from node.model.oai import Checkpoint, Page, Window
from node.model.report import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLimits:
    """How far a list that leads nowhere is followed.

    Attributes:
        restarts: how often it is begun again after badResumptionToken.
        empty_pages: pages without a record in a row.
        repeated_pages: pages that came before in the list.
        splits: how often, in a run, a list that breaks off is split into windows of datestamps.
        splits_in_vain: windows that break off one after the other before splitting is given up.
    """

    restarts: int = 3
    empty_pages: int = 50
    repeated_pages: int = 3
    splits: int = 400
    splits_in_vain: int = 8


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
        CircularList: it has no end.
        ListIncomplete: it has an end, but too early.
        OaiError, FetchError, SyntaxRefused, NotOaiPmh: a page cannot be had.
    """
    is_everything = window == Window() and checkpoint.set_spec is None
    restarts = empty = 0
    notes: tuple[Finding, ...] = ()
    while True:
        try:
            answer = repository.list_records(window, checkpoint)
        except OaiError as error:
            if error.oai_code != "badResumptionToken" or checkpoint.position is None or restarts == limits.restarts:
                raise
            restarts += 1
            checkpoint = at_beginning(checkpoint)
            notes = (*notes, _restarted(error))
            continue
        following, found = _step(answer, checkpoint, limits)
        if is_short(answer, following):
            # An end that contradicts the announced size is looked at twice: it may have been one bad moment.
            answer = _again(repository, window, checkpoint, answer)
            following, found = _step(answer, checkpoint, limits)
        empty = 0 if answer.records else empty + 1
        if empty > limits.empty_pages:
            raise CircularList(f"{answer.url}: {empty} pages without a record in a row, and no end")
        if not answer.token:
            found = (*found, *check_end(answer, following, is_everything=is_everything))
            following = after(following)
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
    announced = before.announced if answer.complete_list_size is None else answer.complete_list_size
    checkpoint = replace(
        before,
        position=answer.token or None,
        pages=before.pages + 1,
        listed=before.listed + answer.listed,
        seen_positions=seen,
        seen_pages=pages,
        repeats=repeats,
        in_list=before.in_list + (0 if is_repeat else answer.listed),
        announced=announced,
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
