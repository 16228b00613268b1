"""What each graph says to a viewer: read from SQL and objects, never from a graph store.

One graph per record, named by its dcat:CatalogRecord; one per shared agent and one per source, named by it; they are
disjoint, so the union of all is a set. Where two records describe the same subject the older one speaks for it, and the
other has its catalogue record only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import FairnodeError, NotFound, StorageError
from node.mapping.catalog import (
    RecordFacts,
    SourceFacts,
    attribution_triples,
    catalog_triples,
    record_triples,
    source_iri,
    source_triples,
)
from node.model.rdf import Iri, Triple
from node.model.run import RunStatus
from node.storage import stale
from node.storage.inventory import Inventory
from node.storage.stale import Stale
from node.storage.tables import findings, records, runs, shared_nodes, sources, versions
from node.storage.upsert import chunks
from node.storage.visibility import Visibility
from node.syntax import from_ntriples, to_ntriples
from node.telemetry import logger

_log = logger("projection")
_COLUMNS = (
    *("id", "local_id", "subject", "title", "identifier", "metadata_prefix"),
    *("created", "datestamp", "harvested", "score", "max_score", "rdf_digest", "profile_digest"),
)

Texts = tuple[list[tuple[str, str]], set[tuple[str, str]]]
"""Graphs to write, by name, and the entries of the to-do list that cannot be, because a zone lost their object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphTexts:
    """Reads what graphs say.

    Attributes:
        base_url: of the node; graph names live below it.
        title: the catalogue's.
    """

    inventory: Inventory
    base_url: str
    title: str

    @property
    def catalog(self) -> str:
        """The name of the catalogue's own graph."""
        return f"{self.base_url}/catalog"

    def record_graph(self, local_id: str) -> str:
        """Return the name of a record's graph: the IRI of its catalogue record."""
        return f"{self.base_url}/record/{local_id}"

    def read(
        self, connection: Connection, entries: Sequence[Stale], fresh: Mapping[str, str], seen: Visibility
    ) -> Texts:
        """Return what the graphs of some entries of the to-do list say to a viewer; nothing is no graph.

        Args:
            fresh: N-Triples of records just kept, by their digest, so that they need not be read back.
        """
        ids = [int(entry.key) for entry in entries if entry.kind == stale.RECORD]
        iris = [entry.key for entry in entries if entry.kind == stale.SHARED]
        graphs, lost = self._records(connection, ids, fresh, seen)
        graphs += _shared(connection, iris, seen)
        graphs += self._sources(connection, [entry.key for entry in entries if entry.kind == stale.SOURCE])
        if any(entry.kind == stale.CATALOG for entry in entries):
            graphs.append((self.catalog, to_ntriples(self.describe_catalog())))
        return graphs, lost

    def expected(self, connection: Connection, seen: Visibility) -> set[str]:
        """Return the name of every graph that a viewer's store has to hold."""
        visible = connection.execute(sa.select(records.c.local_id).where(seen.live)).scalars()
        found = {self.record_graph(local) for local in visible}
        found |= set(
            connection.execute(
                sa.select(shared_nodes.c.iri)
                .join(records, records.c.id == shared_nodes.c.record_id)
                .where(seen.live, shared_nodes.c.iri.not_in(_subjects(seen)))
                .distinct()
            ).scalars()
        )
        harvested = connection.execute(sa.select(sources.c.name).where(_last_good().is_not(None))).scalars()
        found |= {source_iri(self.base_url, name) for name in harvested}
        return found | {self.catalog}

    def known(self, connection: Connection) -> set[str]:
        """Return the name of every graph that something in SQL accounts for, whoever sees it."""
        ids = connection.execute(sa.select(records.c.local_id)).scalars()
        found = {self.record_graph(local) for local in ids}
        found |= set(connection.execute(sa.select(shared_nodes.c.iri).distinct()).scalars())
        found |= {source_iri(self.base_url, name) for name in connection.execute(sa.select(sources.c.name)).scalars()}
        return found | {self.catalog}

    def describe(self, connection: Connection, local_id: str, seen: Visibility) -> tuple[Triple, ...]:
        """Return all that a record says, its catalogue record and its agents included; empty where it is hidden.

        Literals are as they were written (a graph store may normalise them).
        """
        described = self._described(connection, (local_id,), seen)[local_id]
        if isinstance(described, FairnodeError):
            raise described
        return described

    def describe_each(
        self, connection: Connection, local_ids: Sequence[str], seen: Visibility
    ) -> tuple[tuple[Triple, ...] | None, ...]:
        """Return what `describe` does for each of some records; `None` for one whose object a zone lost."""
        described = self._described(connection, local_ids, seen)
        for local_id, found in described.items():
            if isinstance(found, FairnodeError):
                _log.error("a record cannot be described", record=local_id, code=found.code, why=found.message)
        each = (described[local_id] for local_id in local_ids)
        return tuple(None if isinstance(found, FairnodeError) else found for found in each)

    def _described(
        self, connection: Connection, local_ids: Sequence[str], seen: Visibility
    ) -> dict[str, tuple[Triple, ...] | NotFound | StorageError]:
        found: dict[str, tuple[Triple, ...] | NotFound | StorageError] = dict.fromkeys(local_ids, ())
        rows: list[Any] = []
        for some in chunks(local_ids):
            rows += connection.execute(_rows().where(records.c.local_id.in_(some), seen.live)).all()
        spoken, codes = _spoken(connection, [row.id for row in rows]), _codes(connection, [row.id for row in rows])
        resources = self.inventory.get_each("rdf", [row.rdf_digest for row in rows])
        for row in rows:
            resource = resources[row.rdf_digest]
            if isinstance(resource, FairnodeError):
                found[row.local_id] = resource
                continue
            said = from_ntriples(resource.decode() + spoken.get(row.id, ""))
            attributed = attribution_triples(Iri(row.subject), row.infrastructure)
            found[row.local_id] = (
                *self._catalog_record(row, codes.get(row.id, ())),
                *dict.fromkeys((*attributed, *said)),
            )
        return found

    def describe_catalog(self) -> tuple[Triple, ...]:
        """Return the catalogue's own description."""
        return catalog_triples(Iri(self.catalog), self.title)

    def _records(self, connection: Connection, ids: Sequence[int], fresh: Mapping[str, str], seen: Visibility) -> Texts:
        live = sa.case((seen.live, True), else_=False).label("live")
        rows = connection.execute(_rows(live).where(records.c.id.in_(ids))).all()
        speakers = set(connection.execute(speakers_for({row.subject for row in rows}, seen)).scalars())
        codes = _codes(connection, [row.id for row in rows if row.live])
        graphs: list[tuple[str, str]] = []
        lost: set[tuple[str, str]] = set()
        for row in rows:
            text = ""
            if row.live:
                text = to_ntriples(self._catalog_record(row, codes.get(row.id, ())))
                if row.id in speakers:
                    try:
                        text += fresh.get(row.rdf_digest) or self.inventory.get("rdf", row.rdf_digest).decode()
                        text += to_ntriples(attribution_triples(Iri(row.subject), row.infrastructure))
                    except FairnodeError as error:
                        _log.error("a graph cannot be written", record=row.local_id, code=error.code, why=error.message)
                        lost.add((stale.RECORD, str(row.id)))
                        continue
            graphs.append((self.record_graph(row.local_id), text))
        return graphs, lost

    def _sources(self, connection: Connection, names: Sequence[str]) -> list[tuple[str, str]]:
        """Return the graphs of sources; whoever was never harvested well, or is none any more, has none."""
        query = sa.select(sources.c.name, runs.c.id, runs.c.started, runs.c.ended)
        query = query.join(runs, runs.c.id == _last_good()).where(sources.c.name.in_(names))
        found = dict.fromkeys(names, "")
        for row in connection.execute(query) if names else ():
            facts = SourceFacts(name=row.name, run=row.id, started=row.started, ended=row.ended)
            found[row.name] = to_ntriples(source_triples(self.base_url, facts))
        return [(source_iri(self.base_url, name), text) for name, text in found.items()]

    def _catalog_record(self, row: Any, codes: Sequence[str]) -> tuple[Triple, ...]:
        facts = RecordFacts(
            record=Iri(self.record_graph(row.local_id)),
            topic=Iri(row.subject),
            title=row.title,
            identifier=row.identifier,
            source_url=row.url,
            metadata_prefix=row.metadata_prefix,
            source_name=row.source,
            issued=row.created,
            modified=row.datestamp,
            harvested=row.harvested,
            run=row.run,
            license=row.license,
            record_access=row.record_access,
            data_access=row.data_access,
            digest=row.rdf_digest,
            score=row.score,
            max_score=row.max_score,
            profile_digest=row.profile_digest,
            codes=codes,
        )
        return record_triples(self.base_url, facts)


def speakers_for(subjects: Collection[str] | sa.Select[tuple[str]], seen: Visibility) -> sa.Select[tuple[int]]:
    """Return the records that speak for some resources: of those that describe one, the oldest that is seen."""
    oldest = sa.select(sa.func.min(records.c.id)).where(seen.live, records.c.subject.in_(subjects))
    return oldest.group_by(records.c.subject)


def _shared(connection: Connection, iris: Sequence[str], seen: Visibility) -> list[tuple[str, str]]:
    rows = connection.execute(
        sa.select(shared_nodes.c.iri, shared_nodes.c.ntriples)
        .join(records, records.c.id == shared_nodes.c.record_id)
        .where(shared_nodes.c.iri.in_(iris), shared_nodes.c.iri.not_in(_subjects(seen)), seen.live)
        .distinct()
    )
    lines: dict[str, set[str]] = {iri: set() for iri in iris}
    for iri, ntriples in rows:
        lines[iri].update(ntriples.splitlines())
    return [(iri, "".join(f"{line}\n" for line in sorted(found))) for iri, found in lines.items()]


def _subjects(seen: Visibility) -> sa.Select[tuple[str]]:
    """The resources that have records of their own: what other records say of them is not shown."""
    return sa.select(records.c.subject).where(seen.live).correlate(None)


def _spoken(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return what records say of agents with an IRI of their own, by record."""
    found: dict[int, str] = {}
    query = sa.select(shared_nodes.c.record_id, shared_nodes.c.ntriples)
    for some in chunks(ids):
        mine = query.where(shared_nodes.c.record_id.in_(some)).order_by(shared_nodes.c.record_id, shared_nodes.c.iri)
        for record, text in connection.execute(mine):
            found[record] = found.get(record, "") + text
    return found


def _codes(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """Return what was found in the versions shown, each code once, by record."""
    found: dict[int, list[str]] = {}
    query = sa.select(findings.c.record_id, findings.c.code).where(sa.not_(findings.c.held)).distinct()
    for some in chunks(ids):
        for record, code in connection.execute(query.where(findings.c.record_id.in_(some))):
            found.setdefault(record, []).append(code)
    return found


def _last_good() -> sa.ScalarSelect[int]:
    """The number of a source's last run that ended well."""
    good = (runs.c.source_id == sources.c.id) & (runs.c.status == RunStatus.OK.value)
    return sa.select(sa.func.max(runs.c.id)).where(good).correlate(sources).scalar_subquery()


def _rows(*more: sa.ColumnElement[Any]) -> sa.Select[Any]:
    # Not all there is: to read the labels' JSON would take as long as the rest. The database cuts out what counts.
    latest = sa.select(versions.c.run_id).where(versions.c.record_id == records.c.id).order_by(versions.c.seq.desc())
    return sa.select(
        *(records.c[name] for name in _COLUMNS),
        records.c.record_label["sov-acc"].as_string().label("record_access"),
        records.c.data_label["sov-acc"].as_string().label("data_access"),
        latest.limit(1).correlate(records).scalar_subquery().label("run"),
        sources.c.name.label("source"),
        sources.c.url,
        sources.c.agreement["metadata_license"].as_string().label("license"),
        sources.c.agreement["infrastructure"].as_string().label("infrastructure"),
        *more,
    ).join(sources, sources.c.id == records.c.source_id)
