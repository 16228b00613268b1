"""The change log's clock: the next sequence number and the datestamp that goes with it.

Sequence numbers rise in the order of commits and datestamps never fall, so a listing may walk either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.storage.tables import clock

Clock = Callable[[], dt.datetime]
"""Tells the time, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A reserved run of sequence numbers: `first` to `first + count - 1`, all with one `datestamp` (UTC seconds)."""

    first: int
    datestamp: dt.datetime


def advance(connection: Connection, count: int, now: Clock) -> Tick:
    """Reserve `count` sequence numbers; call it last in a transaction, for the clock's row stays locked until commit.

    The datestamp is the next full second: whoever read just before the commit and asks again from its own
    responseDate on (OAI-PMH 2.0, section 2.7.1) gets the change, for its datestamp is not earlier.
    """
    row = connection.execute(sa.select(clock.c.seq, clock.c.datestamp).where(clock.c.id == 1).with_for_update()).one()
    # The time is taken here, after all waiting for locks is over.
    stamp = max(utc_seconds(now(), up=True), row.datestamp)
    connection.execute(clock.update().where(clock.c.id == 1).values(seq=row.seq + count, datestamp=stamp))
    return Tick(first=row.seq + 1, datestamp=stamp)


def utc_seconds(moment: dt.datetime, *, up: bool = False) -> dt.datetime:
    """Return `moment` as naive UTC in whole seconds, rounded down, or up to the next full second."""
    naive = moment.astimezone(dt.UTC).replace(tzinfo=None)
    if up and naive.microsecond:
        naive += dt.timedelta(seconds=1)
    return naive.replace(microsecond=0)
