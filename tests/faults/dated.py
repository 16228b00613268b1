"""A repository that goes by datestamps, as OAI-PMH 2.0 asks (section 2.7.1), and breaks on some of its records.

https://www.openarchives.org/OAI/openarchivesprotocol.html#SelectiveHarvesting
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.faults.documents import SECONDS, error, identify, listing, record, token
from tests.servers.hostile import Asked, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A `Script`: lists what lies between `from` and `until`, oldest first.

    Attributes:
        stamps: datestamps by record.
        granularity: what Identify says; the other one is badArgument where it is finer.
        page_size: records a page.
        poison: records that break the server when their page is made.
        breaks: what it answers then.
        most: a list of more records than this breaks it as well.
        first_of: the `earliestDatestamp`, a day.
        holds: whether a window (from, until; an empty end is open) holds a datestamp.
    """

    stamps: Mapping[int, str]
    granularity: str = SECONDS
    page_size: int = 2
    poison: frozenset[int] = frozenset()
    breaks: Reply = Reply(status=500)  # noqa: RUF009 - a frozen value
    most: int = 1_000_000
    first_of: str = "2026-01-01"
    holds: Callable[[str, str, str], bool] = lambda first, last, stamp: _holds(first, last, stamp)

    def __call__(self, asked: Asked) -> Reply:
        if asked.params.get("verb") == "Identify":
            return Reply(body=identify(self.granularity, earliest=self.first_of))
        first, last, start = self._place(asked.params)
        if self.granularity != SECONDS and "T" in f"{first}{last}":
            return Reply(body=error("badArgument"))
        found = [
            number for number, stamp in sorted(self.stamps.items(), key=_by_stamp) if self.holds(first, last, stamp)
        ]
        if len(found) > self.most:
            return self.breaks
        if not found:
            return Reply(body=error("noRecordsMatch"))
        shown, following = found[start : start + self.page_size], start + self.page_size
        if self.poison & set(shown):
            return self.breaks
        place = f"{first}/{last}/{following}" if following < len(found) else ""
        parts = (record(number, stamp=self.stamps[number]) for number in shown)
        return Reply(body=listing(*parts, token(place)).encode())

    def _place(self, params: Mapping[str, str]) -> tuple[str, str, int]:
        if "resumptionToken" in params:
            first, last, start = params["resumptionToken"].split("/")
            return first, last, int(start)
        return params.get("from", ""), params.get("until", ""), 0


def _by_stamp(pair: tuple[int, str]) -> tuple[str, int]:
    return pair[1], pair[0]


def _holds(first: str, last: str, stamp: str) -> bool:
    """Both ends are inclusive; a day holds all of its seconds."""
    return (not first or stamp[: len(first)] >= first) and (not last or stamp[: len(last)] <= last)
