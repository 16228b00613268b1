"""Asks one OAI-PMH repository, and asks again for what comes cut short or spoilt
(section 3: https://www.openarchives.org/OAI/openarchivesprotocol.html#ProtocolFeatures).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from harvesters.asking import Patience
from harvesters.oai_answers import Answer, read_answer
from harvesters.oai_envelope import Envelope, open_envelope
from harvesters.oai_identity import Identity, read_identity
from node.errors import HttpStatus, NotOaiPmh, OaiError, SyntaxRefused, TooLarge, Truncated
from node.harvest.inflate import inflated
from node.harvest.protocols import Fetch
from node.model.oai import Checkpoint, Window
from node.model.report import Finding, Severity
from node.model.source import Source


class SecondsRefused(OaiError):
    """A list that was asked for between two seconds is refused: its repository may know nothing but days."""


class Repository:
    """One repository, asked for one source.

    Args:
        source: its URL and metadata prefix count.
        fetch: the way to it; it repeats what fails on the way, this repeats what arrives unusable.
    """

    def __init__(self, source: Source, fetch: Fetch, patience: Patience) -> None:
        self._source = source
        self._fetch = fetch
        self._patience = patience
        self._tries: int | None = None

    def hasty(self) -> Repository:
        """Return the same repository, asked twice for anything: for questions that have another way round."""
        other = Repository(self._source, self._fetch, replace(self._patience, tries=2))
        other._tries = 2
        return other

    def identify(self) -> Identity:
        """Ask for the repository's clock and granularity (section 4.2); an unreadable answer is no obstacle.

        Raises:
            FetchError, Truncated: the repository does not answer.
            HarvestError: it is no repository, or answers with an error.
        """
        try:
            return self._ask({"verb": "Identify"}, read_identity, again=(Truncated, NotOaiPmh))
        except Truncated:
            raise
        except SyntaxRefused as error:
            finding = Finding(
                code="harvest.identify-unreadable",
                severity=Severity.WARNING,
                message=f"the answer to Identify cannot be read: {error.message}",
                advice="Dates are asked for in days; ask the repository's operator to correct its Identify answer.",
                path="Identify",
            )
            return Identity(is_readable=False, findings=(finding,))

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
        answer = self._ask(params, _read_list, again=(SyntaxRefused, NotOaiPmh))
        problem = next((error for error in answer.errors if error.code != "noRecordsMatch"), None)
        if problem is not None:
            message = f"{answer.url}: {problem.code}: {problem.message}".rstrip(": ")
            by_seconds = checkpoint.position is None and "T" in f"{window.from_}{window.until}"
            kind = SecondsRefused if by_seconds and problem.code == "badArgument" else OaiError
            raise kind(message, oai_code=problem.code)
        if answer.errors and (answer.records or answer.token):
            answer = replace(answer, errors=(), findings=(*answer.findings, _contradiction()))
        return answer

    def envelope(self, params: Mapping[str, str]) -> Envelope:
        """Ask for anything else; errors are in the envelope."""
        return self._ask(params, open_envelope, again=(Truncated,))

    def _ask(
        self, params: Mapping[str, str], read: Callable[[bytes, str], _Read], *, again: tuple[type[Exception], ...]
    ) -> _Read:
        pause = self._patience.pause
        for left in reversed(range(self._patience.tries)):
            try:
                response = self._fetch.get(self._source.url, params, tries=self._tries)
                return read(inflated(response.body), response.url)
            except HttpStatus as error:
                return self._under_status(error, read)
            except again as error:
                if not left or isinstance(error, TooLarge):
                    raise
            self._fetch.retries += 1
            self._patience.sleep(pause)
            pause *= 2
        raise AssertionError("the last try returns or raises")

    def _under_status(self, error: HttpStatus, read: Callable[[bytes, str], _Read]) -> _Read:
        """Look for an OAI-PMH error in an answer that HTTP calls an error: many repositories send it there."""
        try:
            problems = open_envelope(error.body, self._source.url).errors
        except (SyntaxRefused, NotOaiPmh):
            problems = ()
        if not problems:
            raise error
        answer: _Read = read(error.body, self._source.url)
        finding = Finding(
            code="harvest.error-status",
            severity=Severity.WARNING,
            message=f"an OAI-PMH error came under the HTTP status {error.status}; it belongs under 200 (section 3.6)",
            advice="Ask the repository's operator to send OAI-PMH errors under the HTTP status 200.",
        )
        return replace(answer, findings=(*answer.findings, finding))


_Read = TypeVar("_Read", Answer, Envelope, Identity)


def _read_list(body: bytes, url: str) -> Answer:
    answer = read_answer(body, url)
    if not answer.errors and not answer.is_list:
        raise NotOaiPmh(f"{url}: the answer holds neither ListRecords nor an error")
    return answer


def _contradiction() -> Finding:
    return Finding(
        code="harvest.error-beside-list",
        severity=Severity.WARNING,
        message="the answer says noRecordsMatch and holds a list; the list counts, and is followed to its end",
        advice="Ask the repository's operator to answer with either a list or an error (section 3.2).",
        path="error",
    )
