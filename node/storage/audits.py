"""Audits in SQL, by the digest of their document; what they consist of is in `judgements`.

Lists are read by keyset, so that memory does not grow with a source.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from node.errors import Conflict, NotFound
from node.model.audit import Audit, Judgement, RuleCount, SourceScore
from node.model.report import Severity
from node.storage.audit_tables import audit_members, audit_sources, audits, judgements, yardsticks
from node.storage.changes import utc_seconds
from node.storage.database import Database
from node.storage.judgements import COLUMNS, CONTENT, auditable, judgement_of, unless_pruned
from node.storage.tables import clock, records, sources
from node.storage.upsert import chunks

_PAGE = 500
_SHORTEST = 6


class Audits:
    """The audits of a node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, names: Sequence[str], yardstick: int) -> Audit | None:
        """Return the latest audit of these sources by this yardstick, if it would come out the same today.

        It would where every live record is in it as it is now, decided, and no record is in it that is live no more.
        """
        query = (
            sa.select(audits)
            .where(audits.c.scope == _scope(names), audits.c.yardstick_id == yardstick)
            .order_by(audits.c.confirmed.desc(), audits.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            if row.seq is not None and row.seq == connection.execute(sa.select(clock.c.seq)).scalar():
                # Nothing at all changed in the node since.
                return _audit(connection.execute(_audits().where(audits.c.id == row.id)).one())
            live = connection.execute(
                sa.select(sa.func.count()).select_from(records.join(sources)).where(auditable(), _of(names))
            ).scalar_one()
            same = connection.execute(
                sa.select(sa.func.count())
                .select_from(
                    audit_members.join(judgements, judgements.c.id == audit_members.c.judgement_id)
                    .join(records, records.c.local_id == judgements.c.local_id)
                    .join(sources, sources.c.id == records.c.source_id)
                )
                .where(
                    audit_members.c.audit_id == row.id,
                    auditable(),
                    _of(names),
                    judgements.c.content == CONTENT,
                    sa.not_(judgements.c.undecided),
                )
            ).scalar_one()
        return self.get(row.digest) if live == same == row.records else None

    def clock(self) -> int:
        """Return the last number of the change log; whoever reads it first can tell later whether anything changed."""
        with self._database.read() as connection:
            return int(connection.execute(sa.select(clock.c.seq)).scalar_one())

    def confirm(self, audit: Audit, seq: int, now: dt.datetime) -> Audit:
        """Note that everything was found as an audit says, when the change log was at `seq`; return it so."""
        with self._database.write() as connection:
            connection.execute(
                audits.update().where(audits.c.id == audit.number).values(confirmed=utc_seconds(now), seq=seq)
            )
        return self.get(audit.digest)

    def add(
        self,
        document: str,
        names: Sequence[str],
        yardstick: int,
        members: Sequence[int],
        now: dt.datetime,
        *,
        seq: int | None,
    ) -> Audit:
        """Enter an audit; one with the same document is confirmed instead.

        Args:
            members: the numbers of its judgements, by local id.
            seq: where the change log was before the first record was read; `None` where checks are undecided.

        Raises:
            Conflict: a judgement was pruned meanwhile.
        """
        digest = hashlib.sha256(document.encode()).hexdigest()
        stamp = utc_seconds(now)
        with unless_pruned(), self._database.write() as connection:
            number = connection.execute(sa.select(audits.c.id).where(audits.c.digest == digest)).scalar()
            if number is not None:
                connection.execute(audits.update().where(audits.c.id == number).values(confirmed=stamp, seq=seq))
            else:
                values = {
                    "digest": digest,
                    "document": document,
                    "yardstick_id": yardstick,
                    "scope": _scope(names),
                    "records": len(members),
                    "seq": seq,
                    "made": stamp,
                    "confirmed": stamp,
                }
                number = connection.execute(audits.insert().values(values).returning(audits.c.id)).scalar_one()
                position = 0
                for some in chunks(members):
                    rows = [
                        {"audit_id": number, "position": position + index, "judgement_id": member}
                        for index, member in enumerate(some)
                    ]
                    connection.execute(audit_members.insert(), rows)
                    position += len(rows)
                if names:
                    connection.execute(
                        audit_sources.insert(), [{"audit_id": number, "source": name} for name in sorted(names)]
                    )
        return self.get(digest)

    def get(self, name: str) -> Audit:
        """Return an audit by its digest, or by the beginning of it (six characters or more).

        Raises:
            NotFound: there is none.
            Conflict: several begin like that.
        """
        wanted = name.lower()
        exact = len(wanted) == 64
        condition = audits.c.digest == wanted if exact else audits.c.digest.startswith(wanted, autoescape=True)
        rows: Sequence[Any] = ()
        if exact or len(wanted) >= _SHORTEST:
            with self._database.read() as connection:
                rows = connection.execute(_audits().where(condition).limit(2)).all()
        if not rows:
            raise NotFound(f"there is no audit {name!r}", advice="`fairnode audit list` names them by their digest.")
        if len(rows) > 1:
            raise Conflict(f"several audits begin with {name!r}", advice="Give more characters of the digest.")
        return _audit(rows[0])

    def latest(self, source: str | None = None, limit: int = 50, *, before: int | None = None) -> tuple[Audit, ...]:
        """Return the audits, of a source or of all, the newest first; `before` is the number to go on below."""
        query = _audits().order_by(audits.c.id.desc()).limit(limit)
        if source is not None:
            query = query.join(audit_sources, audit_sources.c.audit_id == audits.c.id)
            query = query.where(audit_sources.c.source == source)
        if before is not None:
            query = query.where(audits.c.id < before)
        with self._database.read() as connection:
            return tuple(_audit(row) for row in connection.execute(query))

    def results(self, audit: Audit, *, failing: bool = False, verdicts: bool = False) -> Iterator[Judgement]:
        """Yield an audit's judgements by local id; with `failing` only those with findings.

        Args:
            verdicts: read them, too.
        """
        columns = (*COLUMNS, judgements.c.verdicts) if verdicts else COLUMNS
        query = (
            sa.select(*columns, audit_members.c.position)
            .join(audit_members, audit_members.c.judgement_id == judgements.c.id)
            .where(audit_members.c.audit_id == audit.number)
            .order_by(audit_members.c.position)
            .limit(_PAGE)
        )
        if failing:
            query = query.where(judgements.c.failures != "[]")
        after = -1
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(audit_members.c.position > after)).all()
            yield from (judgement_of(row) for row in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1].position


def _of(names: Sequence[str]) -> sa.ColumnElement[bool]:
    return sources.c.name.in_(names)


def _scope(names: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def _audits() -> sa.Select[Any]:
    return sa.select(
        audits, yardsticks.c.profile, yardsticks.c.version, yardsticks.c.profile_digest, yardsticks.c.engine
    ).join(yardsticks, yardsticks.c.id == audits.c.yardstick_id)


def _audit(row: Any) -> Audit:
    document = json.loads(row.document)
    return Audit(
        number=row.id,
        digest=row.digest,
        document=row.document,
        yardstick=row.yardstick_id,
        profile=row.profile,
        version=row.version,
        profile_digest=row.profile_digest,
        engine=row.engine,
        made=row.made,
        confirmed=row.confirmed,
        rules=tuple(
            RuleCount(
                code=each["rule"],
                severity=Severity[each["severity"].upper()],
                records=each["records"],
                findings=each["findings"],
            )
            for each in document["rules"]
        ),
        sources=tuple(SourceScore(**each) for each in document["sources"]),
    )
