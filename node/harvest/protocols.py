"""The plug-in interface: a `Harvester` turns a `Source` into pages, through a `Fetch` it is handed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from node.model.oai import Checkpoint, Page, Window
from node.model.repository import RepositoryDescription
from node.model.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, read whole and inflated.

    Attributes:
        status: HTTP status.
        body: bytes, inflated.
        headers: names in lower case.
        url: after redirects.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]
    url: str


class Fetch(Protocol):
    """The only way to a foreign host."""

    requests: int
    retries: int

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        tries: int | None = None,
    ) -> Response:
        """Return the answer, whatever tries it took.

        Args:
            url: absolute http(s) URL; a query it already holds is kept.
            params: added to the query, percent-encoded.
            headers: added to the request's own.
            tries: how often it is asked for at most, where something else can be done than to wait; `None` is as often
                as the settings say.

        Raises:
            FetchError: no usable answer (`AddressRefused`, `HttpStatus`, `AnswerBroken` say more).
            TooLarge: the answer passes a limit.
        """
        ...


class Harvester(Protocol):
    """One harvest protocol.

    Attributes:
        kind: what a source names it by.
        metadata_prefix: the format it asks for where a source names none.
    """

    kind: str
    metadata_prefix: str

    def describe(self, source: Source, fetch: Fetch) -> RepositoryDescription:
        """Return what the repository says of itself, with a finding for whatever is not as its protocol wants it.

        Raises:
            FetchError: the repository does not answer.
            HarvestError: what answers does not speak this protocol.
        """
        ...

    def pages(self, source: Source, fetch: Fetch, window: Window, checkpoint: Checkpoint) -> Iterator[Page]:
        """Yield the pages of a list, from `checkpoint` on; the last page's checkpoint is `done`.

        Args:
            window: for an incremental run; open ends list everything. `from_` is a date, or the bookmark that the last
                complete run left in its last checkpoint.
            checkpoint: `Checkpoint()` for a new run, or that of the last page kept.

        Raises:
            HarvestError: the list cannot be followed to its end. Pages already yielded stay valid.
            FetchError: the source does not answer.
            SyntaxRefused: an answer is not the XML it should be, after every retry.
        """
        ...
