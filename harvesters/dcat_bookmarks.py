"""Bookmarks of catalogues: what makes the requests of the next run conditional (RFC 9110, section 13.1).

A catalogue that is one document is known by its validator. One whose resources have documents of their own is known by
the time and by what its lists held, because a resource that is new to a list may be older than the last run
(RFC 9110, section 13.1.3: If-Modified-Since “to limit the scope of a web traversal”).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from email.utils import format_datetime, parsedate_to_datetime

from harvesters.asking import OVERLAP
from node.errors import SyntaxRefused
from node.syntax import parse_json

_SETTLED = dt.timedelta(minutes=1)
# A bookmark is shown with the run it began, so it stays short.
_LONGEST_ETAG = 500
_MOST_LISTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """What is remembered of a complete run; empty where there is nothing to compare by.

    Attributes:
        etag, modified: the validator of the only document there was.
        since: an HTTP date; the resources of known lists were all read after it.
        single: digests of lists (see `Apart`) whose resources have one document each.
        parted: digests of lists whose resources have distributions in further documents.
    """

    etag: str = ""
    modified: str = ""
    since: str = ""
    single: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()

    def __str__(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if value})

    def conditions(self) -> dict[str, str]:
        """Return the headers that make the request for the first document conditional."""
        if self.etag:
            return {"If-None-Match": self.etag}
        return {"If-Modified-Since": self.modified} if self.modified else {}


def read_bookmark(text: str | None) -> Bookmark | None:
    """Return a bookmark; `None` where the text is none of this kind, but a date."""
    if text is None or not text.startswith("{"):
        return None
    try:
        value = parse_json(text.encode("utf-8", "surrogatepass"))
    except SyntaxRefused:
        return None
    match value:
        case {"etag": str(etag)}:
            return Bookmark(etag=etag)
        case {"modified": str(modified)}:
            return Bookmark(modified=modified)
        case {"since": str(since), **lists}:
            return Bookmark(since=since, single=_texts(lists.get("single")), parted=_texts(lists.get("parted")))
    return Bookmark()


def validator(headers: Mapping[str, str]) -> Bookmark:
    """Return what to remember of the answer that was a whole catalogue.

    A Last-Modified counts only where it lies a minute back by the server's own clock: the document may have changed
    again within the same second (RFC 9110, section 8.8.2.2).
    """
    etag, modified = headers.get("etag", "").strip(), headers.get("last-modified", "").strip()
    if etag:
        return Bookmark(etag=etag) if len(etag) <= _LONGEST_ETAG else Bookmark()
    when, now = _date(modified), _date(headers.get("date", ""))
    is_settled = when is not None and now is not None and now - when >= _SETTLED
    return Bookmark(modified=modified) if is_settled else Bookmark()


def began(headers: Mapping[str, str]) -> str:
    """Return when an answer was given by its server's clock, less an overlap, as an HTTP date; empty where unknown."""
    now = _date(headers.get("date", ""))
    return format_datetime(now - OVERLAP, usegmt=True) if now is not None and now.year >= 1000 else ""


def unchanged_since(headers: Mapping[str, str], since: str) -> bool:
    """Say whether an answer's Last-Modified shows that it has not changed since an HTTP date."""
    modified, then = _date(headers.get("last-modified", "")), _date(since)
    return modified is not None and then is not None and modified <= then


class Apart:
    """The resources on a list that have documents of their own.

    Args:
        entries: what the list says of each: its IRI, and what it is listed as and in.
        known: what the last run left.

    Attributes:
        since: an HTTP date after which all of them were read; empty where every one must be read now.
        parted: one of them has distributions in further documents.
        whole: everything of them could be had.
    """

    def __init__(self, entries: Iterable[str], known: Bookmark) -> None:
        listed = "\n".join(sorted(entries))
        self.digest = hashlib.sha256(listed.encode("utf-8", "surrogatepass")).hexdigest()[:16] if listed else ""
        self.since = known.since if self.digest in (*known.single, *known.parted) else ""
        self.parted = self.digest in known.parted
        self.whole = True


class Lists:
    """The lists of a run, to be remembered for the next one.

    Args:
        since: when the run began; empty where nothing shall be remembered.
    """

    def __init__(self, since: str) -> None:
        self._since = since
        self._found: dict[str, bool] = {}

    def add(self, apart: Apart) -> None:
        """Remember a list, where every resource on it was read whole."""
        if apart.digest and apart.whole:
            self._found[apart.digest] = apart.parted

    def bookmark(self) -> Bookmark:
        """Return what to remember; nothing where it is too much."""
        if not self._since or not self._found or len(self._found) > _MOST_LISTS:
            return Bookmark()
        parted = tuple(digest for digest, is_parted in self._found.items() if is_parted)
        single = tuple(digest for digest, is_parted in self._found.items() if not is_parted)
        return Bookmark(since=self._since, single=single, parted=parted)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _date(text: str) -> dt.datetime | None:
    try:
        when = parsedate_to_datetime(text)
        return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (TypeError, ValueError, OverflowError):
        return None
