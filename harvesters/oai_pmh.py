"""Harvests OAI-PMH 2.0 repositories (https://www.openarchives.org/OAI/openarchivesprotocol.html), well-behaved or not.

A list is followed to its end or ends in an error: whatever goes wrong, a part of a list never passes for the whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from harvesters.oai_answers import Answer, Identity, read_answer, read_identity
from harvesters.oai_positions import seen_before
from harvesters.oai_spelling import spell_window, utc_seconds
from node.errors import HarvestError, HttpStatus, OaiError, SyntaxRefused, Truncated
from node.harvest.protocols import Fetch
from node.model.oai import Checkpoint, Page, Window
from node.model.report import Finding, Severity
from node.model.source import Source


class OaiPmhHarvester:
    """`Harvester` for OAI-PMH.

    Args:
        tries: how often an answer that ends too early is asked for.
        restarts: how often a list is begun again after badResumptionToken.
        empty_pages: pages without records in a row that are followed.
        pause: seconds before an answer is asked for again; doubled each time.
        sleep: how to wait.
    """

    kind: str = "oai-pmh"

    def __init__(
        self,
        *,
        tries: int = 4,
        restarts: int = 3,
        empty_pages: int = 50,
        pause: float = 0.5,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.tries = tries
        self.restarts = restarts
        self.empty_pages = empty_pages
        self.pause = pause
        self.sleep = sleep

    def pages(self, source: Source, fetch: Fetch, window: Window, checkpoint: Checkpoint) -> Iterator[Page]:
        """Yield the pages of each set in turn; see `Harvester.pages`."""
        if checkpoint.done:
            return
        repository = _Repository(self, source, fetch)
        findings: tuple[Finding, ...] = ()
        granularity = ""
        if checkpoint.response_date is None or window != Window():
            identity = repository.identify()
            granularity, findings = identity.granularity, identity.findings
            if checkpoint.response_date is None:
                checkpoint = replace(checkpoint, response_date=utc_seconds(identity.response_date))
        asked = spell_window(window, granularity)
        sets: tuple[str | None, ...] = source.set_specs or (None,)
        first = sets.index(checkpoint.set_spec) if checkpoint.set_spec in sets else 0
        if checkpoint.set_spec not in sets:
            checkpoint = replace(checkpoint, position=None, seen_positions=())
        for index in range(first, len(sets)):
            following = sets[index + 1] if index + 1 < len(sets) else None
            is_last = index + 1 == len(sets)
            checkpoint = replace(checkpoint, set_spec=sets[index])
            for page in self._list(repository, asked, checkpoint, following, is_last=is_last):
                yield replace(page, findings=findings + page.findings) if findings else page
                checkpoint, findings = page.checkpoint, ()

    def _list(
        self, repository: _Repository, window: Window, checkpoint: Checkpoint, following: str | None, *, is_last: bool
    ) -> Iterator[Page]:
        """Yield the pages of one list; the last one's checkpoint stands at the beginning of the next list."""
        restarts = empty = 0
        notes: tuple[Finding, ...] = ()
        while True:
            try:
                answer = repository.list_records(window, checkpoint)
            except OaiError as error:
                if error.oai_code != "badResumptionToken" or checkpoint.position is None or restarts == self.restarts:
                    raise
                restarts += 1
                checkpoint = replace(checkpoint, position=None, seen_positions=())
                notes = (_restarted(error),)
                continue
            empty = 0 if answer.records else empty + 1
            if empty > self.empty_pages:
                raise HarvestError(f"{answer.url}: {empty} pages without a record in a row, and no end")
            seen = checkpoint.seen_positions
            if answer.token:
                again, seen = seen_before(answer.token, seen)
                if again:
                    raise HarvestError(
                        f"{answer.url}: the resumption token “{answer.token[:200]}” came before in this list, which "
                        "goes round in circles"
                    )
            listed = checkpoint.listed + answer.listed
            checkpoint = replace(
                checkpoint,
                position=answer.token or None,
                pages=checkpoint.pages + 1,
                listed=listed,
                seen_positions=seen,
                response_date=checkpoint.response_date or utc_seconds(answer.response_date),
            )
            if not answer.token:
                checkpoint = replace(checkpoint, set_spec=following, seen_positions=(), done=is_last)
            yield Page(
                records=answer.records,
                listed=answer.listed,
                checkpoint=checkpoint,
                url=answer.url,
                response_date=answer.response_date,
                complete_list_size=answer.complete_list_size,
                metadata_namespace=answer.metadata_namespace,
                findings=notes + answer.findings,
            )
            notes = ()
            if not answer.token:
                return


HARVESTER = OaiPmhHarvester()


class _Repository:
    """Asks one repository, and asks again for what comes cut short."""

    def __init__(self, harvester: OaiPmhHarvester, source: Source, fetch: Fetch) -> None:
        self._harvester = harvester
        self._source = source
        self._fetch = fetch

    def identify(self) -> Identity:
        """Ask for the repository's clock and granularity (section 4.2); an unreadable answer is no obstacle."""
        try:
            return self._ask({"verb": "Identify"}, read_identity)
        except Truncated:
            raise
        except SyntaxRefused as error:
            finding = Finding(
                code="harvest.identify-unreadable",
                severity=Severity.WARNING,
                message=f"the answer to Identify cannot be read: {error.message}",
                advice="Dates are asked for in seconds; ask the repository's operator to correct its Identify answer.",
                path="Identify",
            )
            return Identity(findings=(finding,))

    def list_records(self, window: Window, checkpoint: Checkpoint) -> Answer:
        """Ask for the page at the checkpoint (sections 3.5 and 4.5).

        Raises:
            OaiError: any error but noRecordsMatch, which is an empty list, or its end.
        """
        params = {"verb": "ListRecords"}
        if checkpoint.position is not None:
            # The token is exclusive (section 4.5): anything beside it is badArgument.
            params["resumptionToken"] = checkpoint.position
        else:
            params["metadataPrefix"] = self._source.metadata_prefix
            given = (("set", checkpoint.set_spec), ("from", window.from_), ("until", window.until))
            params.update({name: value for name, value in given if value is not None})
        answer = self._ask(params, read_answer)
        problems = [error for error in answer.errors if error.code != "noRecordsMatch"]
        if problems:
            message = f"{answer.url}: {problems[0].code}: {problems[0].message}".rstrip(": ")
            raise OaiError(message, oai_code=problems[0].code)
        if not answer.errors and not answer.is_list:
            raise HarvestError(f"{answer.url}: the answer holds neither ListRecords nor an error")
        return replace(answer, token="") if answer.errors else answer

    def _ask(self, params: dict[str, str], read: Callable[[bytes, str], _Read]) -> _Read:
        pause = self._harvester.pause
        for left in reversed(range(self._harvester.tries)):
            try:
                response = self._fetch.get(self._source.url, params)
                return read(response.body, response.url)
            except HttpStatus as error:
                return self._under_status(error, read)
            except Truncated:
                if not left:
                    raise
            self._fetch.retries += 1
            self._harvester.sleep(pause)
            pause *= 2
        raise AssertionError("the last try returns or raises")

    def _under_status(self, error: HttpStatus, read: Callable[[bytes, str], _Read]) -> _Read:
        """Look for an OAI-PMH error in an answer that HTTP calls an error: many repositories send it there."""
        try:
            answer = read_answer(error.body, self._source.url)
        except (SyntaxRefused, HarvestError):
            raise error from None
        if not answer.errors:
            raise error
        return read(error.body, self._source.url)


_Read = TypeVar("_Read")


def _restarted(error: OaiError) -> Finding:
    return Finding(
        code="harvest.list-restarted",
        severity=Severity.WARNING,
        message=f"the list was begun again: {error.message}",
        advice="Ask the repository's operator to let resumption tokens live longer.",
        path="resumptionToken",
    )
