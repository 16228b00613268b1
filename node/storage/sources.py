"""Registered sources: who is harvested, under which agreement, within which bounds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from node.errors import Conflict, NotFound, SettingsError
from node.model.harvest_log import SourceState
from node.model.source import Agreement, Bounds, Source
from node.model.trail import Act
from node.nearest import is_meant
from node.storage import stale
from node.storage.account_tables import api_tokens
from node.storage.agreements import agreement_from_json, agreement_to_json
from node.storage.changes import Clock, utc_seconds
from node.storage.database import Database
from node.storage.overrides import mark_due
from node.storage.tables import ledger, records, runs, sources
from node.storage.trail import append

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a source fares.

    Attributes:
        created: when it was registered, UTC without zone, as the other times.
        next_run: when a worker harvests it next; `None` is at once.
        last_ok: when a run of it last ended well.
        last_full: when it was last listed whole.
        failures: failed runs in a row.
        plan: what its records were made with when it was last listed whole.
    """

    created: dt.datetime
    next_run: dt.datetime | None = None
    last_ok: dt.datetime | None = None
    last_full: dt.datetime | None = None
    failures: int = 0
    plan: str = ""

    def is_dead(self, now: dt.datetime, days: int) -> bool:
        """It has failed again and again, and nothing has come of it for so many days."""
        since = self.last_ok or self.created
        return self.failures >= 3 and now.astimezone(dt.UTC).replace(tzinfo=None) - since >= dt.timedelta(days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSource:
    """A source, the number it is stored under, and how it fares."""

    id: int
    source: Source
    standing: Standing

    def state(self, now: dt.datetime, dead_after_days: int) -> SourceState:
        """Return how the source fares in one word."""
        if self.source.paused:
            return SourceState.PAUSED
        if self.standing.is_dead(now, dead_after_days):
            return SourceState.DEAD
        if self.standing.failures:
            return SourceState.FAILING
        return SourceState.OK if self.standing.last_ok else SourceState.NEW


class Sources:
    """The register of sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, source: Source, now: dt.datetime, *, actor: str = "node") -> None:
        """Register a source.

        Args:
            actor: who, as the trail names them; `node` where a rule of the node did it.

        Raises:
            Conflict: the name is taken.
            SettingsError: the name is not `[a-z0-9][a-z0-9-]*`.
        """
        if not _NAME.fullmatch(source.name):
            raise SettingsError(
                f"source name {source.name!r} is not usable",
                advice="Use 1 to 63 lower-case letters, digits and hyphens, a letter or digit first.",
            )
        row = {
            "name": source.name,
            "url": source.url,
            "kind": source.kind,
            "metadata_prefix": source.metadata_prefix,
            "set_specs": list(source.set_specs),
            "agreement": agreement_to_json(source.agreement),
            "bounds": asdict(source.bounds),
            "paused": source.paused,
            "allow_networks": list(source.allow_networks),
            "next_from": source.next_from,
            "created": now.astimezone(dt.UTC).replace(tzinfo=None),
            "interval": source.interval,
            "full_every": source.full_every,
            "reconcile_after": source.reconcile_after,
            "failures": 0,
            "plan": "",
        }
        try:
            with self._database.write() as connection:
                connection.execute(sources.insert().values(**row))
                # The agreement that it begins with decides about records as much as one that replaces it.
                usual = agreement_to_json(Agreement())
                mine = agreement_to_json(source.agreement)
                agreed = tuple(f"{key}: {mine[key]!r}"[:500] for key in mine if mine[key] != usual[key])
                act = Act(actor=actor, action="source", object=source.name, permitted=True, reasons=agreed)
                append(connection, [act], lambda: now)
        except IntegrityError as error:
            raise Conflict(f"there is a source {source.name!r} already") from error

    def all(self) -> tuple[StoredSource, ...]:
        """Every source, by name."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(sources).order_by(sources.c.name)).all()
        return tuple(_stored(row) for row in rows)

    def named(self, names: Sequence[str]) -> tuple[StoredSource, ...]:
        """Return some sources, by name; all where none is named.

        Raises:
            NotFound: there is none of such a name.
        """
        every = {stored.source.name: stored for stored in self.all()}
        for name in sorted(set(names) - set(every)):
            raise NotFound(
                f"there is no source {name!r}",
                advice=f"{is_meant(name, every)}`fairnode source list` names them all.",
            )
        return tuple(every[name] for name in sorted(set(names) or every))

    def get(self, name: str) -> StoredSource:
        """Return one source.

        Raises:
            NotFound: there is none of that name.
        """
        with self._database.read() as connection:
            row = connection.execute(sa.select(sources).where(sources.c.name == name)).first()
        if row is None:
            raise NotFound(f"there is no source {name!r}", advice="`fairnode source list` names them all.")
        return _stored(row)

    def change(self, source: Source) -> None:
        """Change a source's bounds and schedule to those given; everything else of it stays.

        Raises:
            NotFound: there is none of that name.
        """
        values = {
            "bounds": asdict(source.bounds),
            "interval": source.interval,
            "full_every": source.full_every,
            "reconcile_after": source.reconcile_after,
        }
        stored = self.get(source.name)
        with self._database.write() as connection:
            connection.execute(sources.update().where(sources.c.id == stored.id).values(values))

    def set_agreement(self, name: str, agreement: Agreement, actor: str, now: Clock) -> int:
        """Put another agreement in the place of a source's, and make its records' labels due; return of how many.

        Raises:
            NotFound: there is no source of that name.
        """
        return self.change_agreement(name, lambda before: agreement, actor, now)

    def change_agreement(self, name: str, change: Callable[[Agreement], Agreement], actor: str, now: Clock) -> int:
        """Change a source's agreement as it is now, and make its records' labels due; return of how many.

        Args:
            change: returns the agreement that takes the place of the one it is given.
            actor: who, as the trail names them.

        Raises:
            NotFound: there is no source of that name.
        """
        with self._database.write() as connection:
            mine = sources.c.name == name
            row = connection.execute(sa.select(sources).where(mine).with_for_update()).first()
            if row is None:
                raise NotFound(f"there is no source {name!r}", advice="`fairnode source list` names them all.")
            before = agreement_from_json(row.agreement)
            after = agreement_from_json(agreement_to_json(change(before)))
            connection.execute(sources.update().where(mine).values(agreement=agreement_to_json(after)))
            theirs = (records.c.source_id == row.id) & (records.c.state == "live")
            due = mark_due(connection, theirs, now().date())
            told = ((each.metadata_license, each.infrastructure) for each in (before, after))
            if len(set(told)) > 1:
                ids = connection.execute(sa.select(records.c.id).where(theirs)).scalars()
                stale.mark(connection, [(stale.RECORD, str(record)) for record in ids])
            old, new = agreement_to_json(before), agreement_to_json(after)
            changed = tuple(f"{key}: {old[key]!r} -> {new[key]!r}"[:500] for key in new if old[key] != new[key])
            act = Act(actor=actor, action="agreement", object=name, permitted=True, reasons=changed or ("unchanged",))
            append(connection, [act], now)
        return due

    def set_paused(self, name: str, paused: bool) -> None:
        """Pause or resume a source."""
        stored = self.get(name)
        with self._database.write() as connection:
            connection.execute(sources.update().where(sources.c.id == stored.id).values(paused=paused))

    def remove(self, name: str, *, actor: str = "node", now: Clock = lambda: dt.datetime.now(dt.UTC)) -> None:
        """Remove a source that holds no records any more, and revoke the tokens that were for it.

        A source that gets its name later is another one, and none of theirs.

        Args:
            actor: who, as the trail names them.

        Raises:
            Conflict: records of it are still kept; their tombstones belong to the federation.
        """
        stored = self.get(name)
        with self._database.write() as connection:
            kept = connection.execute(
                sa.select(sa.func.count()).select_from(records).where(records.c.source_id == stored.id)
            ).scalar_one()
            if kept:
                raise Conflict(
                    f"source {name!r} still has {kept} records or tombstones",
                    advice=f"`fairnode source pause {name}` stops harvesting; tombstones are kept for the federation.",
                )
            own_runs = sa.select(runs.c.id).where(runs.c.source_id == stored.id)
            connection.execute(ledger.delete().where(ledger.c.run_id.in_(own_runs)))
            connection.execute(runs.delete().where(runs.c.source_id == stored.id))
            theirs = (api_tokens.c.source == name) & api_tokens.c.revoked.is_(None)
            keys = connection.execute(sa.select(api_tokens.c.id).where(theirs).order_by(api_tokens.c.id)).scalars()
            why = (f"source {name} was removed",)
            acts = [
                Act(actor=actor, action="token-revoke", object=f"token:{key}", permitted=True, reasons=why)
                for key in keys
            ]
            append(connection, acts, now)
            connection.execute(api_tokens.update().where(theirs).values(revoked=utc_seconds(now())))
            connection.execute(sources.delete().where(sources.c.id == stored.id))
            stale.mark(connection, [(stale.SOURCE, name)])


def _stored(row: Any) -> StoredSource:
    return StoredSource(
        id=row.id,
        source=Source(
            name=row.name,
            url=row.url,
            kind=row.kind,
            metadata_prefix=row.metadata_prefix,
            set_specs=tuple(row.set_specs),
            agreement=agreement_from_json(row.agreement),
            bounds=Bounds(**row.bounds),
            paused=row.paused,
            interval=row.interval,
            full_every=row.full_every,
            reconcile_after=row.reconcile_after,
            allow_networks=tuple(row.allow_networks),
            next_from=row.next_from,
        ),
        standing=Standing(
            created=row.created,
            next_run=row.next_run,
            last_ok=row.last_ok,
            last_full=row.last_full,
            failures=row.failures,
            plan=row.plan,
        ),
    )
