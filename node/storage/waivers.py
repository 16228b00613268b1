"""What people decided about findings and audits: waivers, which run out, and signatures, which name a digest."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from node.errors import Conflict, NotFound, SettingsError
from node.model.audit import Signature, Waiver
from node.model.trail import Act
from node.storage.audit_tables import audit_signatures, audits, waivers
from node.storage.changes import utc_seconds
from node.storage.database import Database
from node.storage.trail import append
from node.storage.trail_tables import trail

_LONGEST_NAME = 255
_EXPIRED = "waiver-expired"


class Waivers:
    """The waivers of a node; none is ever deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        code: str,
        *,
        source: str | None = None,
        record: str | None = None,
        reason: str,
        owner: str,
        expires: dt.date,
        actor: str,
        now: dt.datetime,
    ) -> Waiver:
        """Accept a rule's findings until a day, everywhere, in a source or in a record.

        Args:
            actor: who enters it, as the trail names them.

        Raises:
            SettingsError: it has no reason or owner, or runs out before it begins.
        """
        today = now.astimezone(dt.UTC).date()
        if not reason.strip() or not owner.strip():
            raise SettingsError("a waiver needs a reason and an owner", advice="Say --reason and --owner.")
        if expires <= today:
            raise SettingsError(f"{expires} is not after today, {today}", advice="A waiver ends on a day to come.")
        values = {
            "code": code,
            "source": source,
            "record": record,
            "reason": reason.strip(),
            "owner": owner.strip(),
            "created": today,
            "expires": expires,
        }
        with self._database.write() as connection:
            number = connection.execute(waivers.insert().values(values).returning(waivers.c.id)).scalar_one()
            where = f"in record {record}" if record else f"in source {source}" if source else "everywhere"
            said = (f"{code} {where}", f"until {expires}", f"owned by {owner.strip()}", reason.strip())
            append(connection, [_act(number, "waiver", actor, said)], lambda: now)
        return self.get(number)

    def get(self, number: int) -> Waiver:
        """Return a waiver by its number.

        Raises:
            NotFound: there is none.
        """
        with self._database.read() as connection:
            row = connection.execute(sa.select(waivers).where(waivers.c.id == number)).first()
        if row is None:
            raise NotFound(f"there is no waiver {number}", advice="`fairnode audit waivers` lists them.")
        return _waiver(row)

    def end(self, number: int, actor: str, now: dt.datetime) -> Waiver:
        """Take a waiver back.

        Args:
            actor: who does it, as the trail names them.

        Raises:
            NotFound: there is none.
            Conflict: it does not hold any more.
        """
        today = now.astimezone(dt.UTC).date()
        waiver = self.get(number)
        if waiver.ended is not None or waiver.expires <= today:
            raise Conflict(f"waiver {number} has ended already", advice="Nothing is left to do.")
        with self._database.write() as connection:
            connection.execute(waivers.update().where(waivers.c.id == number).values(ended=today))
            append(connection, [_act(number, "waiver-end", actor, (waiver.code,))], lambda: now)
        return self.get(number)

    def tell_expired(self, actor: str, now: dt.datetime) -> int:
        """Enter in the trail which waivers ran out since that was done last; return how many."""
        told = sa.select(trail.c.object).where(trail.c.action == _EXPIRED)
        over = (waivers.c.expires <= now.astimezone(dt.UTC).date()) & waivers.c.ended.is_(None)
        with self._database.write() as connection:
            known = set(connection.execute(told).scalars())
            acts = [
                _act(row.id, _EXPIRED, actor, (row.code, f"until {row.expires}"))
                for row in connection.execute(sa.select(waivers).where(over).order_by(waivers.c.id).with_for_update())
                if _object(row.id) not in known
            ]
            append(connection, acts, lambda: now)
        return len(acts)

    def all(self) -> tuple[Waiver, ...]:
        """Return every waiver there ever was, by number."""
        with self._database.read() as connection:
            return tuple(_waiver(row) for row in connection.execute(sa.select(waivers).order_by(waivers.c.id)))

    def holding(self, today: dt.date) -> tuple[Waiver, ...]:
        """Return the waivers that count on a day, by number."""
        return tuple(waiver for waiver in self.all() if waiver.holds(today))


class Signatures:
    """Who stood up for which audit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sign(self, audit: str, who: str, now: dt.datetime, note: str = "") -> Signature:
        """Enter somebody's word for the audit with this digest.

        Raises:
            SettingsError: nobody is named.
            NotFound: there is no such audit.
            Conflict: that person has signed it already.
        """
        who = who.strip()
        if not who or len(who) > _LONGEST_NAME:
            raise SettingsError(f"a signature is a name of 1 to {_LONGEST_NAME} characters", advice="Say --by NAME.")
        signature = Signature(audit=audit, who=who, at=utc_seconds(now), note=note.strip())
        with self._database.write() as connection:
            if connection.execute(sa.select(audits.c.id).where(audits.c.digest == audit)).first() is None:
                raise NotFound(f"there is no audit {audit}", advice="`fairnode audit list` names them by their digest.")
            mine = (audit_signatures.c.audit_digest == audit) & (audit_signatures.c.who == who)
            if connection.execute(sa.select(audit_signatures.c.at).where(mine)).first() is not None:
                raise Conflict(f"{who} has signed audit {audit[:12]} already", advice="One signature each is enough.")
            connection.execute(
                audit_signatures.insert().values(audit_digest=audit, who=who, at=signature.at, note=signature.note)
            )
        return signature

    def of(self, audit: str) -> tuple[Signature, ...]:
        """Return an audit's signatures, the oldest first."""
        query = (
            sa.select(audit_signatures)
            .where(audit_signatures.c.audit_digest == audit)
            .order_by(audit_signatures.c.at, audit_signatures.c.who)
        )
        with self._database.read() as connection:
            return tuple(
                Signature(audit=row.audit_digest, who=row.who, at=row.at, note=row.note)
                for row in connection.execute(query)
            )


def _act(number: int, action: str, actor: str, reasons: tuple[str, ...]) -> Act:
    return Act(actor=actor, action=action, object=_object(number), permitted=True, reasons=reasons)


def _object(number: int) -> str:
    return f"waiver:{number}"


def _waiver(row: Any) -> Waiver:
    return Waiver(
        number=row.id,
        code=row.code,
        source=row.source,
        record=row.record,
        reason=row.reason,
        owner=row.owner,
        created=row.created,
        expires=row.expires,
        ended=row.ended,
    )
