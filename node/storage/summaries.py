"""Figures about what is stored: what a steward, a page and a metric ask for; counted in SQL, never in SPARQL."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Audience
from node.model.peer import Viewer
from node.model.report import Finding, Severity
from node.storage.database import Database
from node.storage.tables import findings, payloads, records, sources, unmapped
from node.storage.visibility import shown_to, visibility
from node.storage.withholding import is_withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCount:
    """How many records of a source have a finding, and an example of it."""

    code: str
    severity: Severity
    records: int
    message: str
    advice: str
    principle: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSummary:
    """What a source amounts to; `score` is the mean share of the points gained, 0..1, or `None` before any audit.

    For the node's own people these are all of its records; for a viewer, the ones that it sees.
    """

    source: str
    live: int
    public: int
    held: int
    tombstones: int
    score: float | None
    unmapped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """A record as its own page shows it."""

    local_id: str
    source: str
    source_url: str
    identifier: str
    subject: str
    title: str
    kind: str
    state: str
    visible: bool
    score: float | None
    max_score: float | None
    harvested: str
    source_datestamp: str
    created: Any
    datestamp: Any
    raw_digest: str | None
    rdf_digest: str | None
    media_type: str
    formats: tuple[str, ...]


class Summaries:
    """Reads figures and single records."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sources(
        self, name: str | None = None, *, today: dt.date, viewer: Viewer | None = None
    ) -> tuple[SourceSummary, ...]:
        """One summary per source, by name; or only of the source of that name.

        Args:
            viewer: only of records that it sees today; `None` is the node's own people, who see all. How many
                versions are held back everybody is told: see `docs/explanation/decisions/public-harvest-log.md`.
        """
        with self._database.read() as connection:
            return self._sources(connection, name, today, viewer)

    def _sources(
        self, connection: Connection, name: str | None, today: dt.date, viewer: Viewer | None
    ) -> tuple[SourceSummary, ...]:
        live: sa.ColumnElement[bool] = records.c.state == "live"
        buried: sa.ColumnElement[bool] = records.c.state == "deleted"
        if viewer is not None:
            seen = visibility(connection, viewer, today)
            live, buried = seen.live, seen.listed & sa.not_(seen.live)
        figures = (
            sa.select(
                sources.c.name,
                _count(live),
                _count(shown_to(Audience.PUBLIC, today)),
                _count(records.c.held_code.is_not(None) | is_withheld()),
                _count(buried),
                sa.func.sum(sa.case((live, records.c.score), else_=0.0)),
                sa.func.sum(sa.case((live, records.c.max_score), else_=0.0)),
            )
            .select_from(sources.outerjoin(records, records.c.source_id == sources.c.id))
            .group_by(sources.c.name)
            .order_by(sources.c.name)
        )
        unused = (
            sa.select(sources.c.name, sa.func.count())
            .select_from(
                unmapped.join(records, records.c.id == unmapped.c.record_id).join(
                    sources, sources.c.id == records.c.source_id
                )
            )
            .where(sa.true() if viewer is None else live)
            .group_by(sources.c.name)
        )
        if name is not None:
            figures, unused = figures.where(sources.c.name == name), unused.where(sources.c.name == name)
        left = {row[0]: row[1] for row in connection.execute(unused)}
        return tuple(
            SourceSummary(
                source=source,
                live=alive or 0,
                public=public or 0,
                held=held or 0,
                tombstones=gone or 0,
                score=gained / possible if possible else None,
                unmapped=left.get(source, 0),
            )
            for source, alive, public, held, gone, gained, possible in connection.execute(figures)
        )

    def top_findings(
        self, source: str | None = None, limit: int = 10, *, today: dt.date, viewer: Viewer | None = None
    ) -> tuple[FindingCount, ...]:
        """The findings that most records have, the worse first among equals.

        Args:
            viewer: only of records and versions it may see; `None` is the node's own people, who see all.
        """
        query = (
            sa.select(
                findings.c.code,
                sa.func.max(findings.c.severity).label("severity"),
                sa.func.count(findings.c.record_id.distinct()).label("records"),
                sa.func.min(findings.c.message).label("message"),
                sa.func.min(findings.c.advice).label("advice"),
                sa.func.min(findings.c.principle).label("principle"),
            )
            .join(records, records.c.id == findings.c.record_id)
            .where(records.c.state != "deleted")
            .group_by(findings.c.code)
            .order_by(sa.desc("records"), sa.desc("severity"), findings.c.code)
            .limit(limit)
        )
        if source is not None:
            query = query.join(sources, sources.c.id == records.c.source_id).where(sources.c.name == source)
        with self._database.read() as connection:
            if viewer is not None:
                query = query.where(visibility(connection, viewer, today).live, sa.not_(findings.c.held))
            return tuple(
                FindingCount(
                    code=row.code,
                    severity=Severity(row.severity),
                    records=row.records,
                    message=row.message,
                    advice=row.advice,
                    principle=row.principle,
                )
                for row in connection.execute(query)
            )

    def record(self, local_id: str, viewer: Viewer, today: dt.date) -> RecordView | None:
        """Return a record, or nothing where it is unknown or was never visible to the viewer."""
        with self._database.read() as connection:
            seen = visibility(connection, viewer, today)
            live = sa.case((seen.live, True), else_=False).label("live")
            query = (
                sa.select(records, sources.c.name.label("source"), sources.c.url, live)
                .join(sources, sources.c.id == records.c.source_id)
                .where(records.c.local_id == local_id, seen.listed)
            )
            row = connection.execute(query).first()
            if row is None:
                return None
            formats = sa.select(payloads.c.prefix).where(payloads.c.record_id == row.id).order_by(payloads.c.prefix)
            return RecordView(
                local_id=row.local_id,
                source=row.source,
                source_url=row.url,
                identifier=row.identifier,
                subject=row.subject,
                title=row.title,
                kind=row.kind,
                state=row.state,
                visible=bool(row.live),
                score=row.score,
                max_score=row.max_score,
                harvested=row.harvested,
                source_datestamp=row.source_datestamp,
                created=row.created,
                datestamp=row.datestamp,
                raw_digest=row.raw_digest,
                rdf_digest=row.rdf_digest,
                media_type=row.media_type,
                formats=tuple(connection.execute(formats).scalars()),
            )

    def findings(self, local_id: str) -> tuple[Finding, ...]:
        """What was found in the version that is shown, the worst first."""
        query = (
            sa.select(findings)
            .join(records, records.c.id == findings.c.record_id)
            .where(records.c.local_id == local_id, sa.not_(findings.c.held))
            .order_by(findings.c.severity.desc(), findings.c.code, findings.c.id)
        )
        with self._database.read() as connection:
            return tuple(
                Finding(
                    code=row.code,
                    severity=Severity(row.severity),
                    message=row.message,
                    advice=row.advice,
                    focus_node=row.focus_node,
                    path=row.path,
                    value=row.value,
                    principle=row.principle,
                    source_line=row.source_line,
                )
                for row in connection.execute(query)
            )

    def latest(self, viewer: Viewer, today: dt.date, limit: int = 10) -> tuple[tuple[str, str], ...]:
        """The records that changed last: (local id, title)."""
        with self._database.read() as connection:
            seen = visibility(connection, viewer, today)
            query = sa.select(records.c.local_id, records.c.title).where(seen.live)
            query = query.order_by(records.c.seq.desc()).limit(limit)
            return tuple((row.local_id, row.title) for row in connection.execute(query))


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))
