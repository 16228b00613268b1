"""The ledger: what became of each identifier a run listed, one row each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.run import LedgerEntry, Outcome
from node.storage.tables import ledger
from node.storage.upsert import chunks, insert


def met_before(connection: Connection, run: int, identifiers: Sequence[str]) -> dict[str, Outcome]:
    """Return those of `identifiers` that the run has an entry for, with its outcome."""
    found: dict[str, Outcome] = {}
    for some in chunks(identifiers):
        query = sa.select(ledger.c.identifier, ledger.c.outcome).where(
            ledger.c.run_id == run, ledger.c.identifier.in_(some)
        )
        found.update({row.identifier: Outcome(row.outcome) for row in connection.execute(query)})
    return found


def enter(connection: Connection, run: int, entries: Iterable[LedgerEntry]) -> None:
    """Write the entries of a page; an identifier met again keeps one entry that tells the run's net effect."""
    latest = {entry.identifier: entry for entry in entries}
    before = met_before(connection, run, list(latest))
    fresh = [_row(run, entry) for entry in latest.values() if entry.identifier not in before]
    insert(connection, ledger, fresh)
    for identifier, earlier in before.items():
        entry = latest[identifier]
        outcome = _net(earlier, entry.outcome)
        connection.execute(
            ledger.update()
            .where(ledger.c.run_id == run, ledger.c.identifier == identifier)
            .values(outcome=outcome.value, code=entry.code, reason=entry.reason)
        )


def counts(connection: Connection, run: int) -> dict[Outcome, int]:
    """Count the entries of a run by outcome; every outcome is present."""
    rows = connection.execute(
        sa.select(ledger.c.outcome, sa.func.count()).where(ledger.c.run_id == run).group_by(ledger.c.outcome)
    )
    found = {Outcome(outcome): count for outcome, count in rows}
    return {outcome: found.get(outcome, 0) for outcome in Outcome}


def still_held(connection: Connection, run: int) -> int:
    """Count the unchanged records of a run that are held back for the same reason as the last time."""
    mine = (ledger.c.run_id == run) & (ledger.c.outcome == Outcome.UNCHANGED.value) & (ledger.c.code != "")
    return connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one()


def entries(
    connection: Connection, run: int, outcome: Outcome | None = None, *, held: bool = False
) -> Iterator[LedgerEntry]:
    """Stream the entries of a run by identifier: all or those of one outcome, and of these all or what is held back."""
    query = sa.select(ledger).where(ledger.c.run_id == run).order_by(ledger.c.identifier)
    if outcome is not None:
        query = query.where(ledger.c.outcome == outcome.value)
    if held:
        query = query.where(ledger.c.code != "")
    for row in connection.execution_options(yield_per=1000).execute(query):
        yield LedgerEntry(identifier=row.identifier, outcome=Outcome(row.outcome), code=row.code, reason=row.reason)


def has_code(connection: Connection, run: int, code: str) -> bool:
    """Tell whether the ledger gives this reason for what became of one of a run's identifiers."""
    query = sa.select(ledger.c.identifier).where(ledger.c.run_id == run, ledger.c.code == code).limit(1)
    return connection.execute(query).first() is not None


def _row(run: int, entry: LedgerEntry) -> dict[str, str | int]:
    return {
        "run_id": run,
        "identifier": entry.identifier,
        "outcome": entry.outcome.value,
        "code": entry.code,
        "reason": entry.reason,
    }


def _net(earlier: Outcome, later: Outcome) -> Outcome:
    """A record listed twice in a run: what the run did to it in sum."""
    if earlier is Outcome.CREATED and later in (Outcome.UPDATED, Outcome.UNCHANGED):
        return Outcome.CREATED
    if later is Outcome.UNCHANGED and earlier is not Outcome.DELETED:
        return earlier
    return later
