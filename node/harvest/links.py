"""Do the addresses in records answer? Checked through the one door, at its pace, and remembered with the date.

An address is asked for its first byte (RFC 9110, section 14.2), never for the whole: a server that sends more is cut
off by the door's limit, which is an answer too. HEAD is not used: many servers that deliver a file refuse it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from node.errors import AddressRefused, FetchError, HttpStatus, SettingsError, SyntaxRefused, TooLarge
from node.harvest.protocols import Fetch
from node.settings import FetchSettings
from node.syntax import JsonValue, parse_json

MAX_AGE = dt.timedelta(days=30)
_FAILURES_OF_A_HOST = 5
_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAnswer:
    """What an address answered.

    Attributes:
        url: as it stands in the record.
        status: the HTTP status after redirects; `None` where there was no answer.
        checked: when, in UTC.
        problem: why there was no answer; empty where there was one.
    """

    url: str
    status: int | None
    checked: dt.datetime
    problem: str = ""


class LinkCache(Protocol):
    """Answers by URL."""

    def get(self, url: str) -> LinkAnswer | None:
        """Return what was last answered."""
        ...

    def put(self, answer: LinkAnswer) -> None:
        """Keep an answer in place of an older one."""
        ...


class MemoryLinks:
    """Answers in memory."""

    def __init__(self, answers: Iterable[LinkAnswer] = ()) -> None:
        self.answers = {answer.url: answer for answer in answers}

    def get(self, url: str) -> LinkAnswer | None:
        """Return what was last answered."""
        return self.answers.get(url)

    def put(self, answer: LinkAnswer) -> None:
        """Keep an answer in place of an older one."""
        self.answers[answer.url] = answer


def door(settings: FetchSettings) -> FetchSettings:
    """Return the settings of a door for link checks: short answers, one try, at most one request a second to a host."""
    changes = {"max_bytes": _BYTES, "retries": 0, "pace": max(settings.pace, 1.0)}
    return settings.model_copy(update=changes)


def check(
    urls: Iterable[str],
    fetch: Fetch,
    cache: LinkCache,
    *,
    now: Callable[[], dt.datetime],
    max_age: dt.timedelta = MAX_AGE,
) -> Iterator[LinkAnswer]:
    """Yield an answer for each address that could be asked, from the cache where that is young enough.

    Hosts take turns, so that the pace of one does not hold up the others. A host that gives no answer five times in a
    row is left alone for this time. An address that is not asked (no http, a private network, a host left alone, a
    server that asks for patience) has no answer, which is neither good nor bad.

    Args:
        fetch: made with the settings of `door`.
        now: the time in UTC, with its zone.
        max_age: how long an answer holds.
    """
    silent: dict[str, int] = {}
    for url in _in_turns(urls):
        known = cache.get(url)
        if known is not None and now() - known.checked < max_age:
            yield known
            continue
        host = urlsplit(url).netloc
        if silent.get(host, 0) >= _FAILURES_OF_A_HOST:
            continue
        answer = _ask(url, fetch, now)
        if answer is not None:
            silent[host] = silent.get(host, 0) + 1 if answer.status is None else 0
            cache.put(answer)
            yield answer


def statuses(answers: Iterable[LinkAnswer]) -> dict[str, int | None]:
    """Return HTTP status by URL, as the MQA score reads it."""
    return {answer.url: answer.status for answer in answers}


def read_links(path: Path) -> MemoryLinks:
    """Return the answers kept in a JSON file; none where there is no file.

    Raises:
        SettingsError: the file is not one that `write_links` wrote.
    """
    if not path.exists():
        return MemoryLinks()
    try:
        items = parse_json(path.read_bytes())
        if not isinstance(items, list):
            raise ValueError("not a list")
        return MemoryLinks(_kept(item) for item in items)
    except (SyntaxRefused, ValueError) as error:
        advice = "Remove it, and check the links anew."
        raise SettingsError(f"{path}: not a file of link checks", advice=advice) from error


def write_links(path: Path, links: MemoryLinks) -> None:
    """Keep answers in a JSON file, whole or not at all; the same answers are the same bytes."""
    items = [
        {"url": one.url, "status": one.status, "checked": one.checked.isoformat(), "problem": one.problem}
        for one in sorted(links.answers.values(), key=lambda answer: answer.url)
    ]
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(json.dumps(items, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


def _kept(item: JsonValue) -> LinkAnswer:
    match item:
        case {"url": str(url), "status": int() | None as status, "checked": str(checked), "problem": str(problem)}:
            return LinkAnswer(url=url, status=status, checked=dt.datetime.fromisoformat(checked), problem=problem)
    raise ValueError("not an answer")


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


def _ask(url: str, fetch: Fetch, now: Callable[[], dt.datetime]) -> LinkAnswer | None:
    problem = ""
    status: int | None
    try:
        status = _status(url, fetch)
    except AddressRefused:
        return None
    except FetchError as error:
        status, problem = None, error.message[:500]
    # Not the file's fault: the server wants to be asked another time (RFC 6585, section 4).
    if status == 429:
        return None
    return LinkAnswer(url=url, status=status, checked=now(), problem=problem)


def _status(url: str, fetch: Fetch) -> int:
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
