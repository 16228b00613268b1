"""Memento: the states that a record was in, by time (RFC 7089, https://www.rfc-editor.org/rfc/rfc7089).

The original resource is a record's page, `/dataset/<id>`; its TimeGate is a resource of its own and redirects (pattern
2.1); its mementos have lasting addresses, `/memento/<time>/<id>`. Lists of them are link format (RFC 6690, section 2).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

LINK_FORMAT = "application/link-format"

_STAMP = "%Y%m%d%H%M%S"
_DIGITS = re.compile(r"[0-9]{14}")
# RFC 7089, section 2.1.1, takes the one fixed form of RFC 1123.
_HTTP_DATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the resources of a record are.

    Attributes:
        base_url: of the node.
        local_id: the record's name here.
    """

    base_url: str
    local_id: str

    @property
    def original(self) -> str:
        """The record as it is now."""
        return f"{self.base_url}/dataset/{self.local_id}"

    @property
    def timegate(self) -> str:
        """What sends to the memento of a time."""
        return f"{self.base_url}/timegate/{self.local_id}"

    @property
    def timemap(self) -> str:
        """The list of mementos."""
        return f"{self.base_url}/timemap/{self.local_id}"

    def memento(self, moment: dt.datetime) -> str:
        """The record as it was from that time on (UTC without zone)."""
        return f"{self.base_url}/memento/{stamp(moment)}/{self.local_id}"


def stamp(moment: dt.datetime) -> str:
    """Return a time (UTC without zone) as it stands in addresses."""
    return moment.strftime(_STAMP)


def read_stamp(text: str) -> dt.datetime | None:
    """Return the time that an address names, or nothing where it names none."""
    try:
        return dt.datetime.strptime(text, _STAMP) if _DIGITS.fullmatch(text) else None
    except ValueError:
        return None


def http_date(moment: dt.datetime) -> str:
    """Return a time (UTC without zone) as headers spell it."""
    return f"{_DAYS[moment.weekday()]}, {moment:%d} {_MONTHS[moment.month - 1]} {moment:%Y %H:%M:%S} GMT"


def read_http_date(text: str) -> dt.datetime | None:
    """Return the time of a header (UTC without zone), or nothing where it is none."""
    if not _HTTP_DATE.fullmatch(text):
        return None
    try:
        return parsedate_to_datetime(text).astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def closest(moments: Sequence[dt.datetime], asked: dt.datetime | None) -> dt.datetime:
    """Return the memento for a time: the last until then, the first of all where that is later; without one the last.

    Args:
        moments: of the mementos, in their order; at least one.
    """
    if asked is None:
        return moments[-1]
    return max((moment for moment in moments if moment <= asked), default=moments[0])


def of_original(at: Addresses) -> str:
    """Return the `Link` header's part by which a record tells where its past is (section 2.2.1)."""
    return f'<{at.timegate}>; rel="timegate", <{at.timemap}>; rel="timemap"; type="{LINK_FORMAT}"'


def of_description(at: Addresses) -> str:
    """Return the part by which what is not the record's page itself tells which that is, and where its past is."""
    return f'<{at.original}>; rel="original", {of_original(at)}'


def of_memento(at: Addresses, moments: Sequence[dt.datetime], moment: dt.datetime) -> str:
    """Return the `Link` header of a memento, or of the TimeGate that sends to it, with the mementos beside it."""
    place = moments.index(moment)
    rels: dict[dt.datetime, list[str]] = {}
    for rel, near in (("first", 0), ("prev", place - 1), ("next", place + 1), ("last", len(moments) - 1)):
        if 0 <= near < len(moments):
            rels.setdefault(moments[near], []).append(rel)
    rels.setdefault(moment, [])
    return ", ".join([of_description(at), *(_memento(at, each, rels[each]) for each in sorted(rels))])


def timemap(at: Addresses, moments: Sequence[dt.datetime]) -> str:
    """Return the list of mementos (section 5)."""
    bounds = f'from="{http_date(moments[0])}"; until="{http_date(moments[-1])}"'
    lines = [
        f'<{at.original}>; rel="original"',
        f'<{at.timemap}>; rel="self"; type="{LINK_FORMAT}"; {bounds}',
        f'<{at.timegate}>; rel="timegate"',
    ]
    ends = {moments[0]: ["first"]}
    ends.setdefault(moments[-1], []).append("last")
    lines += (_memento(at, moment, ends.get(moment, [])) for moment in moments)
    return ",\n".join(lines) + "\n"


def _memento(at: Addresses, moment: dt.datetime, rels: Sequence[str]) -> str:
    return f'<{at.memento(moment)}>; rel="{" ".join((*rels, "memento"))}"; datetime="{http_date(moment)}"'


# In English, whatever the locale.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
