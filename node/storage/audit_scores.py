"""Score sheets of audits, and the judgements they are made from, read without their findings."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from node.model.audit import Audit
from node.storage.audit_tables import audit_members, judgements
from node.storage.changes import utc_seconds
from node.storage.database import Database
from node.storage.score_tables import audit_scores

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What a score is made of: one judgement, as far as scores need it; see `node.model.audit.Judgement`."""

    local_id: str
    source: str
    iri: str
    content: str
    rdf: str
    checks: str
    verdicts: str
    score: float
    max_score: float
    letters: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSheet:
    """The scores of an audit.

    Attributes:
        digest: SHA-256 of `document`.
        document: canonical JSON, without a time but those of the link checks it is made from.
        made: when it was made, UTC without zone.
        stamp: of what it depends on besides the audit.
        until: when a link check that it counts becomes too old; `None` where none is counted.
    """

    digest: str
    document: str
    made: dt.datetime
    stamp: str
    until: dt.datetime | None

    @property
    def values(self) -> dict[str, Any]:
        """The document, read."""
        read: dict[str, Any] = json.loads(self.document)
        return read


class AuditScores:
    """The score sheets of a node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, audit: Audit) -> ScoreSheet | None:
        """Return the sheet that was made or confirmed last; `None` where the audit has none."""
        query = (
            sa.select(audit_scores)
            .where(audit_scores.c.audit_id == audit.number)
            .order_by(audit_scores.c.made.desc(), audit_scores.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return ScoreSheet(digest=row.digest, document=row.document, made=row.made, stamp=row.stamp, until=row.until)

    def keep(self, audit: Audit, document: str, now: dt.datetime, *, stamp: str, until: dt.datetime | None) -> None:
        """Keep a sheet; one that says the same is confirmed instead."""
        digest = hashlib.sha256(document.encode()).hexdigest()
        same = (audit_scores.c.audit_id == audit.number) & (audit_scores.c.digest == digest)
        values = {"made": utc_seconds(now), "stamp": stamp, "until": utc_seconds(until) if until else None}
        with self._database.write() as connection:
            if connection.execute(audit_scores.update().where(same).values(values)).rowcount:
                return
            connection.execute(
                audit_scores.insert().values(audit_id=audit.number, digest=digest, document=document, **values)
            )

    def pages(self, audit: Audit) -> Iterator[Sequence[Scored]]:
        """Yield an audit's judgements by local id, some at a time."""
        query = (
            sa.select(
                judgements.c.local_id,
                judgements.c.source,
                judgements.c.iri,
                judgements.c.content,
                judgements.c.rdf,
                judgements.c.checks,
                judgements.c.verdicts,
                judgements.c.score,
                judgements.c.max_score,
                judgements.c.letters,
                audit_members.c.position,
            )
            .join(audit_members, audit_members.c.judgement_id == judgements.c.id)
            .where(audit_members.c.audit_id == audit.number)
            .order_by(audit_members.c.position)
            .limit(_PAGE)
        )
        after = -1
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(audit_members.c.position > after)).all()
            if rows:
                yield [_scored(row) for row in rows]
            if len(rows) < _PAGE:
                return
            after = rows[-1].position


def _scored(row: Any) -> Scored:
    return Scored(
        local_id=row.local_id,
        source=row.source,
        iri=row.iri,
        content=row.content,
        rdf=row.rdf,
        checks=row.checks,
        verdicts=row.verdicts,
        score=row.score,
        max_score=row.max_score,
        letters=tuple((letter, gained, possible) for letter, gained, possible in json.loads(row.letters)),
    )
