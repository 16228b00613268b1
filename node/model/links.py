"""What addresses in records answered, and when they are to be asked again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAnswer:
    """What an address answered.

    Attributes:
        url: as it stands in the record.
        status: the HTTP status after redirects; `None` where there was no answer.
        checked: when, in UTC.
        problem: why there was no answer; empty where there was one.
        failures: how many times in a row it has not answered with success.
        due: when it is to be asked again, in UTC.
    """

    url: str
    status: int | None
    checked: dt.datetime
    problem: str = ""
    failures: int = 0
    due: dt.datetime

    @property
    def is_good(self) -> bool:
        """It answered with success (RFC 9110, section 15.3)."""
        return self.status is not None and 200 <= self.status < 300
