"""Do the addresses in records answer? Checked through the one door, at its pace, and remembered with the date.

An address is asked for its headers (HEAD); where that brings no success, for its first byte (RFC 9110, section 14.2),
since many servers that deliver a file refuse HEAD. Nobody is asked for the whole: a server that sends more is cut off
by the door's limit, which is an answer too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from node.errors import AddressRefused, AnswerBroken, FetchError, HttpStatus, TooLarge
from node.harvest.protocols import Response
from node.link_settings import LinkSettings
from node.model.links import LinkAnswer
from node.settings import FetchSettings

_FAILURES_OF_A_HOST = 5
_BYTES = 64 * 1024
_AGAIN = dt.timedelta(days=1)
_MANY_REQUESTS = 429


class LinkFetch(Protocol):
    """The door that link checks go through; `HttpFetch` is one."""

    def head(self, url: str) -> Response:
        """Return the answer to a HEAD request; raises as `Fetch.get`."""
        ...

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        tries: int | None = None,
    ) -> Response:
        """Return the answer; see `Fetch.get`."""
        ...


class LinkCache(Protocol):
    """Answers by URL."""

    def get(self, url: str) -> LinkAnswer | None:
        """Return what was last answered."""
        ...

    def put(self, answer: LinkAnswer) -> None:
        """Keep an answer in place of an older one."""
        ...


def door(settings: FetchSettings, links: LinkSettings) -> FetchSettings:
    """Return the settings of a door for link checks: short answers, one try, and a pace that no host feels.

    Who writes a record chooses its addresses, so the private networks of sources are closed to them.
    """
    changes = {
        "max_bytes": _BYTES,
        "retries": 0,
        "pace": max(settings.pace, links.pace),
        "timeout": links.timeout,
        "allow_networks": links.allow_networks,
        "deadline": min(settings.deadline, 2 * links.timeout),
    }
    return settings.model_copy(update=changes)


def check(
    urls: Iterable[str],
    fetch: LinkFetch,
    cache: LinkCache,
    *,
    now: Callable[[], dt.datetime],
    max_age: dt.timedelta,
    older_than: dt.timedelta | None = None,
    limit: int | None = None,
) -> Iterator[LinkAnswer]:
    """Yield a new answer for each address that is due and could be asked; each is kept before the next is asked.

    Hosts take turns, so that the pace of one does not hold up the others. A host that gives no answer five times in a
    row is left alone for this time. An address that is not asked (no http, a private network, a host left alone, a
    server that asks for patience) has no answer, which is neither good nor bad.

    Args:
        fetch: made with the settings of `door`.
        now: the time in UTC, with its zone.
        max_age: how long a good answer holds. Another one holds a day, then two, four and so on, at most as long.
        older_than: ask what was asked longer ago than this, whenever it is due.
        limit: the most addresses to ask.
    """
    silent: dict[str, int] = {}
    asked = 0
    for url in _in_turns(urls):
        known = cache.get(url)
        if known is not None and now() < (known.due if older_than is None else known.checked + older_than):
            continue
        host = urlsplit(url).netloc
        if silent.get(host, 0) >= _FAILURES_OF_A_HOST:
            continue
        if asked == limit:
            return
        asked += 1
        found = _ask(url, fetch)
        if found is None:
            continue
        status, problem = found
        silent[host] = silent.get(host, 0) + 1 if status is None else 0
        answer = _answer(url, status, problem, known, now(), max_age)
        cache.put(answer)
        yield answer


def _answer(
    url: str, status: int | None, problem: str, known: LinkAnswer | None, checked: dt.datetime, max_age: dt.timedelta
) -> LinkAnswer:
    if status is not None and 200 <= status < 300:
        return LinkAnswer(url=url, status=status, checked=checked, due=checked + max_age)
    failures = known.failures + 1 if known else 1
    # A server that is down today may be up tomorrow; one that was down for weeks need not be asked every day.
    pause = min(_AGAIN * 2 ** min(failures - 1, 10), max_age)
    return LinkAnswer(url=url, status=status, checked=checked, problem=problem, failures=failures, due=checked + pause)


def _in_turns(urls: Iterable[str]) -> Iterator[str]:
    by_host: dict[str, list[str]] = {}
    for url in sorted(set(urls), reverse=True):
        host = _host(url)
        if host:
            by_host.setdefault(host, []).append(url)
    while by_host:
        for host in sorted(by_host):
            yield by_host[host].pop()
            if not by_host[host]:
                del by_host[host]


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.netloc if parts.scheme in ("http", "https") else ""


def _ask(url: str, fetch: LinkFetch) -> tuple[int | None, str] | None:
    """Return the status, or why there is none; `None` where nobody may say that the address is bad."""
    status: int | None
    try:
        status, problem = _status(url, fetch), ""
    except AddressRefused:
        return None
    except FetchError as error:
        status, problem = None, error.message[:500]
    # Not the file's fault: the server wants to be asked another time (RFC 6585, section 4).
    return None if status == _MANY_REQUESTS else (status, problem)


def _status(url: str, fetch: LinkFetch) -> int:
    try:
        return fetch.head(url).status
    except HttpStatus as error:
        if error.status == _MANY_REQUESTS:
            return error.status
    except AnswerBroken:
        pass  # some servers drop the connection at a HEAD
    return _status_of_first_byte(url, fetch)


def _status_of_first_byte(url: str, fetch: LinkFetch) -> int:
    try:
        return fetch.get(url, headers={"Range": "bytes=0-0", "Accept-Encoding": "identity"}, tries=1).status
    except TooLarge:
        return 200
    except HttpStatus as error:
        if error.status != 416:
            return error.status
    # An empty file has no first byte.
    try:
        return fetch.get(url, tries=1).status
    except TooLarge:
        return 200
    except HttpStatus as error:
        return error.status
