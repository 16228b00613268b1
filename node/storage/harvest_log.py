"""What a harvest log tells of runs: their ledgers page by page, filtered for one viewer, and what was met on the way.

Fail closed: a ledger names those identifiers only whose record the viewer may see now, and a run's figures are told to
those only from whom no record of the source is hidden. Identifiers of versions held back are never named; nor are
reasons and messages told, for they quote records that no label was decided for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from node.model.dcat import Resource
from node.model.harvest_log import LedgerPage, LoggedSource, NamedEntry, ReasonCount, RunNote
from node.model.label import Audience
from node.model.peer import Viewer
from node.model.rdf import Iri
from node.model.report import Severity
from node.model.run import Outcome
from node.sovereignty.decide import admits, decide_for
from node.sovereignty.derive import derive
from node.storage.audit_views import AuditViews
from node.storage.database import Database
from node.storage.peer_terms import admission_to, terms_of
from node.storage.sources import StoredSource
from node.storage.summaries import SourceSummary
from node.storage.tables import ledger, records, run_findings
from node.storage.visibility import Visibility, visibility

# A rejected or quarantined version has no label that lets anybody see it, whatever an older version has.
_NAMED = (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.DELETED)
# Why a deletion was not carried out is the run's own reason, and tells nothing of the record.
_OF_THE_RUN = frozenset({"harvest.deletion-held"})


def logged(
    stored: StoredSource, summary: SourceSummary, now: dt.datetime, dead_after_days: int, *, told: bool
) -> LoggedSource:
    """Return what the log says of a source itself.

    Args:
        told: figures that count what is hidden from somebody may be told (`HarvestLog.told`).
    """
    source, standing = stored.source, stored.standing
    scheduled = source.interval > 0 and not source.paused
    return LoggedSource(
        name=source.name,
        url=_without_password(source.url),
        kind=source.kind,
        metadata_prefix=source.metadata_prefix,
        set_specs=source.set_specs,
        state=stored.state(now, dead_after_days),
        interval=source.interval,
        full_every=source.full_every,
        # One never harvested has been due ever since it was registered.
        next_run=(standing.next_run or standing.created) if scheduled else None,
        last_ok=standing.last_ok,
        last_full=standing.last_full,
        failures=standing.failures,
        public=summary.public,
        held=summary.held if told else None,
        tombstones=summary.tombstones,
        score=summary.score,
    )


class HarvestLog:
    """Reads what runs met."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def told(self, stored: Iterable[StoredSource], viewer: Viewer, today: dt.date) -> frozenset[str]:
        """Return those of some sources the figures of whose runs a viewer may be told: they count nothing hidden.

        As for audits (`node.storage.audit_views`), no record may be hidden from it. What was held back before it was
        ever published has no label: of it the viewer may know where the agreement hides no record that says nothing.
        """
        ones = {each.source.name: each for each in stored}
        counted = AuditViews(self._database).counted(ones, viewer, today)
        if viewer is Audience.STEWARD:
            return counted
        with self._database.read() as connection:
            terms = {} if isinstance(viewer, Audience) else terms_of(connection, viewer, today)
        plain = Resource(iri=Iri("urn:fairnode:any"))
        return frozenset(
            name
            for name in counted
            for labels, _ in (derive(plain, ones[name].source.agreement, today),)
            if decide_for(viewer, "list", labels.record, today=today, admission=terms.get(ones[name].id))
        )

    def seen(self, run: int, source: int, viewer: Viewer, today: dt.date) -> dict[Outcome, int]:
        """Count the entries of a run's ledger that `page` names to a viewer, by state; states without any are left out.

        Args:
            source: the number of the run's source.
        """
        found: dict[Outcome, int] = {}
        # Decided anew once for each label: as the text it is stored as.
        spelt = sa.cast(records.c.record_label, sa.Text)
        with self._database.read() as connection:
            admission = admission_to(connection, source, viewer, today)
            query = _entries(run, source, visibility(connection, viewer, today))
            query = query.with_only_columns(
                ledger.c.outcome, records.c.state, sa.func.count().label("many"), sa.func.min(records.c.id).label("one")
            )
            rows = connection.execute(query.group_by(ledger.c.outcome, records.c.state, spelt)).all()
            ones = sa.select(records.c.id, records.c.record_label).where(records.c.id.in_([row.one for row in rows]))
            labels = {row.id: row.record_label for row in connection.execute(ones)}
        for row in rows:
            if row.state == "deleted" or admits(viewer, "list", labels[row.one], today, admission):
                found[Outcome(row.outcome)] = found.get(Outcome(row.outcome), 0) + row.many
        return found

    def notes(self, runs: Sequence[int]) -> dict[int, tuple[RunNote, ...]]:
        """Return what was met about the source's answers, by run, the worse first."""
        query = (
            sa.select(
                run_findings.c.run_id,
                run_findings.c.code,
                run_findings.c.advice,
                sa.func.max(run_findings.c.severity).label("severity"),
                sa.func.count().label("times"),
            )
            .where(run_findings.c.run_id.in_(runs))
            .group_by(run_findings.c.run_id, run_findings.c.code, run_findings.c.advice)
            .order_by(sa.desc("severity"), run_findings.c.code, run_findings.c.advice)
        )
        found: dict[int, tuple[RunNote, ...]] = dict.fromkeys(runs, ())
        with self._database.read() as connection:
            for row in connection.execute(query):
                note = RunNote(code=row.code, severity=Severity(row.severity), advice=row.advice, times=row.times)
                found[row.run_id] = (*found[row.run_id], note)
        return found

    def reasons(self, run: int) -> tuple[ReasonCount, ...]:
        """Count a run's identifiers by state and code, the most frequent first."""
        many = sa.func.count().label("many")
        query = (
            sa.select(ledger.c.outcome, ledger.c.code, many)
            .where(ledger.c.run_id == run, ledger.c.code != "")
            .group_by(ledger.c.outcome, ledger.c.code)
            .order_by(many.desc(), ledger.c.outcome, ledger.c.code)
        )
        with self._database.read() as connection:
            return tuple(
                ReasonCount(outcome=Outcome(row.outcome), code=row.code, identifiers=row.many)
                for row in connection.execute(query)
            )

    def page(
        self,
        run: int,
        source: int,
        viewer: Viewer,
        today: dt.date,
        *,
        outcome: Outcome | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> LedgerPage:
        """Return up to `limit` entries of a run's ledger that the viewer may see, by identifier.

        Where the next page begins, and that there is one, follows from such entries alone.

        Args:
            source: the number of the run's source.
            outcome: only those in this state.
            after: the identifier that the page begins after; `None` begins with the first.
        """
        entries: list[NamedEntry] = []
        with self._database.read() as connection:
            admission = admission_to(connection, source, viewer, today)
            query = _entries(run, source, visibility(connection, viewer, today))
            query = query.order_by(ledger.c.identifier).limit(limit + 1)
            if outcome is not None:
                query = query.where(ledger.c.outcome == outcome.value)
            while len(entries) <= limit:
                part = query if after is None else query.where(ledger.c.identifier > after)
                rows = connection.execute(part).all()
                entries += [
                    NamedEntry(
                        identifier=row.identifier,
                        outcome=Outcome(row.outcome),
                        local_id=row.local_id,
                        code=row.code if row.code in _OF_THE_RUN else "",
                    )
                    for row in rows
                    if row.state == "deleted" or admits(viewer, "list", row.record_label, today, admission)
                ]
                if len(rows) <= limit:
                    break
                after = rows[-1].identifier
        shown = entries[:limit]
        return LedgerPage(entries=tuple(shown), after=shown[-1].identifier if len(entries) > limit else None)


def _entries(run: int, source: int, seen: Visibility) -> sa.Select[Any]:
    """Return the query for the entries of a run's ledger whose records somebody sees, or is owed the tombstone of."""
    # Whoever ever saw a record is owed its tombstone, as in OAI-PMH; what it was before is not told any more.
    buried = (records.c.state == "deleted") & seen.listed & (ledger.c.outcome == Outcome.DELETED.value)
    return (
        sa.select(ledger.c.identifier, ledger.c.outcome, ledger.c.code)
        .add_columns(records.c.local_id, records.c.state, records.c.record_label)
        .join(records, (records.c.source_id == source) & (records.c.identifier == ledger.c.identifier))
        .where(ledger.c.run_id == run, ledger.c.outcome.in_([each.value for each in _NAMED]), seen.live | buried)
    )


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
