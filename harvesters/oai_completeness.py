"""Whether a list that ended is the whole list (OAI-PMH 2.0, section 3.5:
https://www.openarchives.org/OAI/openarchivesprotocol.html#FlowControl).

The decision and its reasons: docs/explanation/decisions/complete-lists.md.
"""

from __future__ import annotations

from dataclasses import replace

from harvesters.oai_answers import Answer
from node.errors import ListIncomplete
from node.model.oai import Checkpoint
from node.model.report import Finding, Severity

# An estimate may be off; a list that lacks more than this share of what its last page claimed was cut off.
_ESTIMATE = 0.9


def counted(answer: Answer, before: Checkpoint) -> Checkpoint:
    """Return a checkpoint with the numbers of one more answer; where the list goes on is not looked at."""
    said, announced = answer.complete_list_size, before.announced
    # A list whose announced size drops by more than that was cut off, or tells what is left.
    if said is not None and (announced is None or said >= _ESTIMATE * announced):
        announced = said
    return replace(
        before,
        pages=before.pages + 1,
        listed=before.listed + answer.listed,
        in_list=before.in_list + answer.listed,
        announced=announced,
    )


def is_doubtful(answer: Answer, checkpoint: Checkpoint, *, is_everything: bool) -> bool:
    """Return whether the end of a list is worth a second look.

    It is where it comes before the announced size, where nothing says that it is the end, and where a repository that
    is asked for everything has nothing.

    Args:
        answer: the list's last.
        checkpoint: after that answer, with `in_list` and `announced` of this list.
    """
    if checkpoint.announced is not None:
        return checkpoint.in_list < checkpoint.announced
    if checkpoint.position is None:
        return is_everything and not answer.listed
    return not answer.is_closed


def check_end(answer: Answer, checkpoint: Checkpoint, *, is_everything: bool) -> tuple[Finding, ...]:
    """Return what is odd about the end of a list.

    Args:
        is_everything: the list was asked for without set and dates: only then does its announced size have one meaning.

    Raises:
        ListIncomplete: nobody can be sure that it is whole.
    """
    listed, announced = checkpoint.in_list, checkpoint.announced
    if checkpoint.repeats and (announced is None or listed < announced):
        raise ListIncomplete(
            f"{answer.url}: the list ended after {listed} records, and {checkpoint.repeats} of its pages came more "
            "than once: what should have come in their place is not known"
        )
    if announced is None:
        if not answer.listed and not answer.is_closed and not answer.errors and checkpoint.seen_positions:
            raise ListIncomplete(
                f"{answer.url}: after {listed} records came a page with neither a record, nor the empty "
                "resumptionToken that ends a list (section 3.5), nor noRecordsMatch"
            )
        return _unclosed(answer, checkpoint)
    if listed < announced and not answer.is_closed:
        raise ListIncomplete(
            f"{answer.url}: the list broke off after {listed} records without the empty resumptionToken that ends a "
            f"list (section 3.5); its completeListSize is {announced}"
        )
    if listed < _ESTIMATE * announced and is_everything:
        raise ListIncomplete(
            f"{answer.url}: the list ended after {listed} records; its completeListSize is {announced}"
        )
    if listed == announced:
        return _unclosed(answer, checkpoint)
    finding = Finding(
        code="harvest.list-size",
        severity=Severity.WARNING if listed < announced else Severity.INFO,
        message=f"the list ended after {listed} records; its completeListSize is {announced}",
        advice="Ask the repository's operator whether completeListSize is an estimate, or records are missing.",
        path="resumptionToken/@completeListSize",
        value=str(announced),
    )
    return (finding, *_unclosed(answer, checkpoint))


def check_cursor(answer: Answer, before: Checkpoint) -> tuple[Finding, ...]:
    """Return a finding where a cursor is not the number of records already listed (section 3.5).

    Many repositories count pages, or items they cannot show, so it says nothing for sure.
    """
    if answer.cursor is None or answer.cursor == before.in_list:
        return ()
    finding = Finding(
        code="harvest.cursor",
        severity=Severity.INFO,
        message=f"the cursor says {answer.cursor}, but {before.in_list} records were listed before this page",
        advice="Ask the repository's operator to count records in cursor, from 0 (section 3.5).",
        path="resumptionToken/@cursor",
        value=str(answer.cursor),
    )
    return (finding,)


def _unclosed(answer: Answer, checkpoint: Checkpoint) -> tuple[Finding, ...]:
    if answer.is_closed or answer.errors or not checkpoint.seen_positions:
        return ()
    finding = Finding(
        code="harvest.last-token-missing",
        severity=Severity.INFO,
        message="the last page of the list has no resumptionToken element; an empty one ends a list (section 3.5)",
        advice="Ask the repository's operator to end its lists with an empty resumptionToken.",
        path="resumptionToken",
    )
    return (finding,)
