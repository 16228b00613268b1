"""What curators decided about labels: entered with a reason, agreed to by a second person, taken back, never deleted.

Every step is an entry of the trail, in the same transaction, and makes the record's labels due to be worked out anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import Conflict, NotFound, SettingsError
from node.model.account import Person, plain
from node.model.override import Override
from node.model.trail import Act
from node.storage.agreements import terms_from_json, terms_to_json
from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.override_tables import label_overrides as rows
from node.storage.tables import records
from node.storage.trail import append
from node.storage.upsert import chunks

LONGEST_DAYS = 366
"""Loosening is decided anew once a year."""


class Overrides:
    """The decisions of a node's curators."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, override: Override, person: Person, now: Clock) -> Override:
        """Enter a decision; one that tightens holds from now on.

        Args:
            override: who decided is `person`, whatever it says; its number, second person and end are not looked at.

        Raises:
            NotFound: there is no such record.
            SettingsError: it has no reason, asks for nothing, has run out, or loosens without an end within a year.
        """
        today = now().date()
        _check(override, person, today)
        with self._database.write() as connection:
            mine = records.c.local_id == override.record
            # Whoever keeps or relabels the record holds this row, and looks at its decisions while it does.
            if connection.execute(sa.select(records.c.id).where(mine).with_for_update()).first() is None:
                raise NotFound(f"there is no record {override.record!r}", advice="Name it by its local id.")
            values = {
                "local_id": override.record,
                "of": override.of,
                "loosens": override.loosens,
                "terms": terms_to_json(override.terms),
                "reason": override.reason.strip(),
                "by": person.name,
                "account": person.account,
                "maker": person.maker,
                "created": today,
                "expires": override.expires,
            }
            number = connection.execute(rows.insert().values(values).returning(rows.c.id)).scalar_one()
            made = _get(connection, number)
            mark_due(connection, mine, today)
            _note(connection, made, "override", person.actor, now, permitted=not made.loosens)
        return made

    def agree(self, number: int, person: Person, now: Clock) -> Override:
        """Be the second person that a loosening needs.

        Raises:
            NotFound: there is no such decision.
            Conflict: it needs nobody, has been agreed to or ended, or the same person may have entered it.
            SettingsError: the person has no name.
        """
        _check_name(person)
        with self._database.write() as connection:
            found = _get(connection, number, lock=True)
            if not found.loosens:
                raise Conflict(f"decision {number} tightens and holds already", advice="Nothing is left to do.")
            if found.second is not None or found.ended is not None:
                raise Conflict(f"decision {number} has been agreed to, or has ended", advice="Nothing is left to do.")
            if found.expires is not None and found.expires <= now().date():
                raise Conflict(f"decision {number} ran out on {found.expires}", advice="Enter it again.")
            if not found.account:
                raise Conflict(f"which account entered decision {number} was not kept", advice="Enter it again.")
            first = Person(name=found.by, actor="", account=found.account, maker=found.maker)
            if person.may_be(first):
                raise Conflict(
                    f"whoever agrees may be the person who entered decision {number}: {found.by}, by {found.account}",
                    advice="A second person agrees, by an account or a token of their own. Where both use one account "
                    "of the machine, enter the loosening anew with a token (--token-file): a name there proves nobody.",
                )
            values = {"second": person.name, "second_account": person.account}
            connection.execute(rows.update().where(rows.c.id == number).values(values))
            agreed = _get(connection, number)
            mark_due(connection, records.c.local_id == agreed.record, now().date())
            _note(connection, agreed, "override-agree", person.actor, now, permitted=True)
        return agreed

    def end(self, number: int, actor: str, now: Clock) -> Override:
        """Take a decision back. One that tightens is taken back by a loosening, for it takes two.

        Raises:
            NotFound: there is no such decision.
            Conflict: it tightens, or does not hold any more.
        """
        today = now().date()
        with self._database.write() as connection:
            found = _get(connection, number, lock=True)
            if found.ended is not None or (found.expires is not None and found.expires <= today):
                raise Conflict(f"decision {number} has ended already", advice="Nothing is left to do.")
            if not found.loosens:
                raise Conflict(
                    f"decision {number} tightens: to end it is to loosen the label, which takes two",
                    advice="Enter a loosening of what it asked for, and have a second person agree.",
                )
            connection.execute(rows.update().where(rows.c.id == number).values(ended=today))
            ended = _get(connection, number)
            mark_due(connection, records.c.local_id == ended.record, today)
            _note(connection, ended, "override-end", actor, now, permitted=True)
        return ended

    def get(self, number: int) -> Override:
        """Return one decision.

        Raises:
            NotFound: there is no such decision.
        """
        with self._database.read() as connection:
            return _get(connection, number)

    def all(self, record: str | None = None) -> tuple[Override, ...]:
        """Return every decision there ever was, by number, of one record or of all."""
        query = sa.select(rows).order_by(rows.c.id)
        if record is not None:
            query = query.where(rows.c.local_id == record)
        with self._database.read() as connection:
            return tuple(map(_override, connection.execute(query)))


def overrides_of(connection: Connection, local_ids: Sequence[str]) -> dict[str, tuple[Override, ...]]:
    """Return the decisions about some records, by local id, in their order; records without any are left out."""
    found: dict[str, tuple[Override, ...]] = {}
    for some in chunks(local_ids):
        query = sa.select(rows).where(rows.c.local_id.in_(some)).order_by(rows.c.id)
        for row in connection.execute(query):
            found[row.local_id] = (*found.get(row.local_id, ()), _override(row))
    return found


def mark_due(connection: Connection, condition: sa.ColumnElement[bool], today: dt.date) -> int:
    """Make the labels of records due to be worked out anew; return of how many.

    Args:
        condition: which, on rows of `records`.
    """
    return connection.execute(records.update().where(condition).values(labels_until=today)).rowcount


def _check(override: Override, person: Person, today: dt.date) -> None:
    _check_name(person)
    if not override.reason.strip():
        raise SettingsError("a decision about a label needs a reason", advice="Say --reason.")
    if not terms_to_json(override.terms):
        raise SettingsError("the decision asks for nothing", advice="Name at least one dimension, such as --access.")
    if override.expires is not None and override.expires <= today:
        raise SettingsError(f"{override.expires} is not after today, {today}", advice="It ends on a day to come.")
    if override.loosens and (override.expires is None or (override.expires - today).days > LONGEST_DAYS):
        raise SettingsError(
            "loosening holds for a time", advice=f"Say --expires, a day within {LONGEST_DAYS} days; it can be renewed."
        )


def _check_name(person: Person) -> None:
    if not plain(person.name) or not plain(person.account):
        raise SettingsError("a decision about a label needs somebody's name", advice="Say --by.")


def _note(connection: Connection, override: Override, action: str, actor: str, now: Clock, *, permitted: bool) -> None:
    waits = () if permitted else ("waits for a second person",)
    asks = ", ".join(f"{name}={value}" for name, value in sorted(terms_to_json(override.terms).items()))
    what = f"decision {override.number} {'loosens' if override.loosens else 'tightens'} the {override.of}'s label"
    people = f"by {override.by} ({override.account})"
    if override.second:
        people += f" and {override.second} ({override.second_account})"
    ends = f"until {override.expires}" if override.expires else "without end"
    reasons = (f"{what}: {asks}", people, ends, override.reason, *waits)
    append(
        connection,
        [Act(actor=actor, action=action, object=override.record, permitted=permitted, reasons=reasons)],
        now,
    )


def _get(connection: Connection, number: int, *, lock: bool = False) -> Override:
    query = sa.select(rows).where(rows.c.id == number)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound(f"there is no decision {number}", advice="`fairnode label list` names them all.")
    return _override(row)


def _override(row: Any) -> Override:
    return Override(
        number=row.id,
        record=row.local_id,
        of=row.of,
        loosens=row.loosens,
        terms=terms_from_json(row.terms),
        reason=row.reason,
        by=row.by,
        second=row.second,
        account=row.account,
        maker=row.maker,
        second_account=row.second_account,
        created=row.created,
        expires=row.expires,
        ended=row.ended,
    )
