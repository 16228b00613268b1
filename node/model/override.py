"""What curators decide about the label of one record, beside what its agreement and its own words say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from node.model.source import LabelTerms

Subject = Literal["record", "data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A decision about a label.

    Attributes:
        number: as stored.
        record: the record's local id.
        of: whether of the record's label or of the data's.
        loosens: whether the terms take the place of what the label says; else they are joined to it.
        terms: what is asked.
        reason: why.
        by: who decided, as they are called.
        second: who else agreed; loosening holds from then on, tightening needs nobody.
        account, second_account: what they proved to hold (`node.model.account.Person`); empty where that was not kept.
        maker: where it was entered by an API token, the account that made the token; else empty.
        created: the day it was entered.
        expires: first day it does not hold any more; loosening always has one.
        ended: the day it was taken back.
    """

    number: int = 0
    record: str
    of: Subject
    loosens: bool
    terms: LabelTerms
    reason: str
    by: str
    second: str | None = None
    account: str = ""
    maker: str = ""
    second_account: str | None = None
    created: dt.date
    expires: dt.date | None = None
    ended: dt.date | None = None

    def holds(self, today: dt.date) -> bool:
        """Whether it counts on a day."""
        if self.ended is not None or (self.expires is not None and self.expires <= today):
            return False
        return not self.loosens or (self.second is not None and self.expires is not None)
