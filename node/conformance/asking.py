"""Asks a provider within bounds: each question is asked once, and what was answered is kept for the points that look
at every answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import quote, urlencode

from node.conformance.answers import Answer
from node.errors import AnswerBroken, FetchError, HttpStatus, TooLarge
from node.harvest.protocols import Response

FORM = "application/x-www-form-urlencoded"


class Fails(Exception):
    """A point is broken; the message says what was seen.

    Args:
        seen: what was seen.
        answer: the answer that shows it.
    """

    def __init__(self, seen: str, answer: Answer | None = None) -> None:
        super().__init__(seen)
        self.answer = answer


class Undecided(Exception):
    """A point could not be looked at; the message says why."""


class NotApplicable(Exception):
    """There is nothing here that could break the point; the message says why."""


class Door(Protocol):
    """The way to the provider; `node.harvest.fetch.HttpFetch` is one."""

    requests: int

    def get(
        self, url: str, params: Mapping[str, str] | None = None, *, headers: Mapping[str, str], tries: int | None = None
    ) -> Response: ...
    def post(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> Response: ...


OpenDoor = Callable[[], Door]
"""Opens a way to the provider; each thread needs its own."""


class Asker:
    """Asks one provider.

    Args:
        url: the base URL.
        open_door: see `OpenDoor`.
        most: requests that may be sent in all.
        clock: the time, UTC.

    Attributes:
        url: the base URL.
        answers: all that was answered, in order.
    """

    def __init__(self, url: str, open_door: OpenDoor, most: int, clock: Callable[[], dt.datetime]) -> None:
        self.url = url
        self.answers: list[Answer] = []
        self._open = open_door
        self._door = open_door()
        self._elsewhere = 0
        self._most = most
        self._clock = clock
        self._known: dict[str, Answer] = {}

    @property
    def requests(self) -> int:
        """Requests sent, repetitions included."""
        return self._door.requests + self._elsewhere

    @property
    def left(self) -> int:
        """Requests that may still be sent."""
        return max(0, self._most - self.requests)

    def ask(self, verb: str, **arguments: str) -> Answer:
        """Return the answer to a well-formed question; `from_` is `from`. The same question is asked once.

        Raises:
            Undecided: it has no answer, or the provider asks to be left alone, or no request is left.
        """
        return self.raw(spelt(verb, **arguments))

    def raw(
        self, query: str, *, headers: Mapping[str, str] | None = None, again: bool = False, tries: int | None = None
    ) -> Answer:
        """Return the answer to a query string as it stands.

        Args:
            query: percent-encoded.
            headers: of the request.
            again: ask even if it was asked before.
            tries: how often at most; `None` is as patient as a harvest is.

        Raises:
            Undecided: as `ask`.
        """
        if not again and headers is None and query in self._known:
            return self._known[query]
        separator = "&" if "?" in self.url else "?"
        url = f"{self.url}{separator}{query}" if query else self.url
        self._count()
        answer = self._taken(query, url, "GET", lambda: self._door.get(url, headers=headers or {}, tries=tries))
        self._known[query] = answer if headers is None else self._known.get(query, answer)
        return answer

    def post(self, query: str, content_type: str = FORM) -> Answer:
        """Return the answer to arguments in the body of a POST.

        Raises:
            Undecided: as `ask`.
        """
        self._count()
        sent = {"Content-Type": content_type}
        return self._taken(query, self.url, "POST", lambda: self._door.post(self.url, query.encode(), headers=sent))

    def apart(self, most: int) -> Asker:
        """Return another asker that may send `most` requests, for a thread of its own; see `join`."""
        return Asker(self.url, self._open, most, self._clock)

    def join(self, other: Asker) -> None:
        """Count what another asker has asked."""
        self._elsewhere += other.requests

    def _count(self) -> None:
        if not self.left:
            raise Undecided(f"the {self._most} requests that may be sent are used up (--requests)")

    def _taken(self, query: str, url: str, method: str, send: Callable[[], Response]) -> Answer:
        try:
            response = send()
            status, body, headers = response.status, response.body, response.headers
        except HttpStatus as error:
            if error.status in (429, 503):
                raise Undecided(f"the provider asks to be left alone: HTTP status {error.status}") from error
            status, body, headers = error.status, error.body, {}
        except (AnswerBroken, TooLarge) as error:
            raise Fails(f"the answer to {url[:200]} cannot be read: {error.message}") from error
        except FetchError as error:
            raise Undecided(f"no answer: {error.message}") from error
        answer = Answer(
            query=query, method=method, url=url, status=status, headers=headers, body=body, at=self._clock()
        )
        self.answers.append(answer)
        return answer


def spelt(verb: str, **arguments: str) -> str:
    """Return a query, all but unreserved characters percent-encoded (section 3.1.1.3); `from_` is `from`."""
    pairs = {"verb": verb, **{name.rstrip("_"): value for name, value in arguments.items()}}
    return urlencode(pairs, quote_via=quote, safe="")
