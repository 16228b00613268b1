"""What infrastructures offer and what comes from them: records by kind, and those that lead to an infrastructure.

A record leads to one by the agreement with its source, by the OAI-PMH set of the infrastructure that it names, or by
naming it as an agent, such as its publisher; `docs/explanation/decisions/infrastructures-and-services.md`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.mapping.sets import infrastructure_set
from node.model.dcat import ResourceKind
from node.model.peer import Viewer
from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.tables import record_sets, records, shared_nodes, sources
from node.storage.visibility import visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    """A record in a list for people: its local name, its subject, its title (empty where it has none) and its kind."""

    local_id: str
    subject: str
    title: str
    kind: ResourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What comes from an infrastructure: the records of each kind, counted, and some of each by title."""

    counts: Mapping[ResourceKind, int]
    some: tuple[Titled, ...]


class Offers:
    """Reads what a viewer may read as it is."""

    def __init__(self, database: Database, now: Clock = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._database = database
        self._now = now

    def kinds(self, viewer: Viewer) -> dict[ResourceKind, int]:
        """Return how many records there are of each kind that there is."""
        with self._database.read() as connection:
            seen = visibility(connection, viewer, self._now().date())
            return _counted(connection, seen.live)

    def listed(self, viewer: Viewer, kind: ResourceKind, limit: int, *, after: str = "") -> tuple[Titled, ...]:
        """Return up to `limit` records of a kind.

        Datasets come by local name, since there may be very many; what is offered beside them comes by title.

        Args:
            after: a local name; only those that come later in that order. Of what the viewer may not read nobody
                learns where its title would stand: where things go by title, none come after such a name.
        """
        order = (records.c.local_id,) if kind is ResourceKind.DATASET else (records.c.title, records.c.local_id)
        with self._database.read() as connection:
            seen = visibility(connection, viewer, self._now().date())
            mine = (seen.live, records.c.kind == kind.value)
            query = _titled().where(*mine)
            if after and kind is ResourceKind.DATASET:
                query = query.where(records.c.local_id > after)
            elif after:
                start = connection.execute(sa.select(*order).where(records.c.local_id == after, *mine)).first()
                if start is None:
                    return ()
                query = query.where(sa.tuple_(*order) > sa.tuple_(*map(sa.literal, start)))
            return _read(connection, query.order_by(*order).limit(limit))

    def named(self, viewer: Viewer, subjects: Collection[str]) -> tuple[Titled, ...]:
        """Return the infrastructures, of some resources by their IRIs, that have records."""
        if not subjects:
            return ()
        with self._database.read() as connection:
            seen = visibility(connection, viewer, self._now().date())
            mine = records.c.subject.in_(subjects) & (records.c.kind == ResourceKind.INFRASTRUCTURE.value)
            return _read(connection, _titled().where(seen.live, mine).order_by(records.c.title, records.c.local_id))

    def of_infrastructure(self, viewer: Viewer, infrastructure: str, *, each: int = 20) -> Holdings:
        """Return what leads to an infrastructure.

        Args:
            infrastructure: its IRI.
            each: how many records of each kind are told by title.
        """
        by_set = sa.select(record_sets.c.record_id).where(record_sets.c.set_spec == infrastructure_set(infrastructure))
        by_name = sa.select(shared_nodes.c.record_id).where(shared_nodes.c.iri == infrastructure)
        by_agreement = sa.select(records.c.id).join(sources, sources.c.id == records.c.source_id)
        by_agreement = by_agreement.where(sources.c.agreement["infrastructure"].as_string() == infrastructure)
        with self._database.read() as connection:
            seen = visibility(connection, viewer, self._now().date())
            mine = records.c.id.in_(sa.union(by_set, by_name, by_agreement)) & (records.c.subject != infrastructure)
            counts = _counted(connection, seen.live & mine)
            some: list[Titled] = []
            for kind in counts:
                query = _titled().where(seen.live, mine, records.c.kind == kind.value)
                some += _read(connection, query.order_by(records.c.title, records.c.local_id).limit(each))
        return Holdings(counts=counts, some=tuple(some))


def _counted(connection: Connection, which: sa.ColumnElement[bool]) -> dict[ResourceKind, int]:
    query = sa.select(records.c.kind, sa.func.count()).where(which).group_by(records.c.kind)
    found = {row[0]: row[1] for row in connection.execute(query)}
    return {kind: found[kind.value] for kind in ResourceKind if kind.value in found}


def _titled() -> sa.Select[Any]:
    return sa.select(records.c.local_id, records.c.subject, records.c.title, records.c.kind)


def _read(connection: Connection, query: sa.Select[Any]) -> tuple[Titled, ...]:
    return tuple(
        Titled(local_id=row.local_id, subject=row.subject, title=row.title, kind=ResourceKind(row.kind))
        for row in connection.execute(query)
    )
