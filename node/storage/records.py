"""Records: what is known of them, and the one transaction that keeps a page.

A record row lives for ever: a deletion leaves a tombstone with the sets and formats the record had (OAI-PMH 2.0,
section 2.5.1). A record that cannot be published as it is now is *held*: it keeps its last good version, if it has one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Audience
from node.model.oai import Page
from node.model.override import Override
from node.sovereignty.received import both, received_from_json, received_to_json
from node.sovereignty.tags import from_json, to_json
from node.storage import ledger, relabels, runs, stale, tombstones
from node.storage.changes import Clock, Tick, advance, utc_seconds
from node.storage.database import Database
from node.storage.details import replace_details
from node.storage.inventory import Holding, Inventory
from node.storage.kept import Action, Kept, Known, local_id
from node.storage.label_acts import labels_kept
from node.storage.meanwhile import hold_agreement, look_at_decisions
from node.storage.overrides import overrides_of
from node.storage.past import tightened_by, tightened_past
from node.storage.refusals import placements_refused
from node.storage.sources import StoredSource
from node.storage.tables import changes, payloads, records, run_findings, versions
from node.storage.trail import append
from node.storage.upsert import chunks, insert
from node.storage.withholding import is_withheld, keep_withheld

_UTC = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?")


class Records:
    """The records of all sources."""

    def __init__(self, database: Database, inventory: Inventory) -> None:
        self._database = database
        self._inventory = inventory

    def known(self, source: StoredSource, identifiers: Sequence[str]) -> dict[str, Known]:
        """Return what is known of those records, by identifier."""
        found: dict[str, Known] = {}
        with self._database.read() as connection:
            for some in chunks(identifiers):
                query = sa.select(records, is_withheld().label("withheld")).where(
                    records.c.source_id == source.id, records.c.identifier.in_(some)
                )
                rows = connection.execute(query).all()
                decided = overrides_of(connection, [row.local_id for row in rows])
                found.update({row.identifier: _known(row, decided.get(row.local_id, ())) for row in rows})
        return found

    def keep(
        self,
        run: int,
        source: StoredSource,
        page: Page,
        kept: Sequence[Kept],
        now: Clock,
        *,
        holdings: Sequence[Holding] = (),
    ) -> None:
        """Keep a page: records, versions, findings, objects, ledger, change log and checkpoint, in one transaction.

        Raises:
            Conflict: the run is no longer this process's.
            AgreementChanged: the labels were made under another agreement than the source's.
            DecidedMeanwhile: the labels of a record were made without what a curator decided since.
        """

        def work(connection: Connection) -> None:
            hold_agreement(connection, source)
            self._inventory.enter(connection, holdings, now())
            entries = [item.entry for item in kept]
            distinct = {entry.identifier for entry in entries}
            met = ledger.met_before(connection, run, list(distinct))
            repeated = len(entries) - len(distinct) + len(met)
            ledger.enter(connection, run, entries)
            # What is said of a record on graphs: all but what is only noted, or held back.
            shown = [item for item in kept if item.action in (Action.PUBLISH, Action.WITHDRAW, Action.REFRESH)]
            visible = [item for item in shown if item.action is not Action.REFRESH]
            before = tombstones.levels(connection, [item.known.id for item in visible if item.known is not None])
            touched = stale.touched_by(connection, [item.known.id for item in shown if item.known is not None])
            ids = _write_rows(connection, run, source, page, kept, now())
            look_at_decisions(connection, kept)
            relabels.order(connection, tightened_past(connection, tightened_by(kept)), now())
            replace_details(connection, ids, [item for item in kept if item.prepared is not None])
            if visible:
                hidden = keep_withheld(connection, [item.known.id for item in visible if item.known is not None])
                _log(connection, run, visible, ids, advance(connection, len(visible), now), hidden)
                tombstones.settle(connection, before)
            touched |= stale.touched_by(connection, [ids[item.entry.identifier] for item in shown])
            stale.mark(connection, touched)
            for finding in page.findings:
                connection.execute(
                    run_findings.insert().values(
                        run_id=run,
                        code=finding.code,
                        severity=int(finding.severity),
                        message=finding.message,
                        advice=finding.advice,
                    )
                )
            runs.advance(connection, run, page, repeated=repeated, now=now())
            labelled = labels_kept(source.source.name, run, kept)
            append(connection, [*placements_refused(source, kept), *labelled], now)

        self._database.write_again(work)


def _write_rows(
    connection: Connection, run: int, source: StoredSource, page: Page, kept: Sequence[Kept], now: dt.datetime
) -> dict[str, int]:
    """Insert or update the record rows; return their numbers by identifier."""
    ids = {item.known.identifier: item.known.id for item in kept if item.known is not None}
    fresh: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for item in kept:
        if item.prepared is None:
            continue
        values = _row(item, run, page, now)
        identifier = item.prepared.header.identifier
        if item.known is not None:
            changed.append({"b_id": item.known.id, **values})
        else:
            fresh.append(
                {
                    **values,
                    "source_id": source.id,
                    "identifier": identifier,
                    "local_id": local_id(source.source.name, identifier),
                    "created": utc_seconds(now),
                }
            )
    if fresh:
        # Asked for afterwards: for a RETURNING in order, SQLAlchemy looks at every value of every row.
        insert(connection, records, _uniform(fresh))
        for some in chunks([row["identifier"] for row in fresh]):
            mine = (records.c.source_id == source.id) & records.c.identifier.in_(some)
            numbers = connection.execute(sa.select(records.c.identifier, records.c.id).where(mine))
            ids.update((row.identifier, row.id) for row in numbers)
    shapes: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for values in changed:
        shapes.setdefault(tuple(sorted(values)), []).append(values)
    for names, rows in shapes.items():
        same: dict[str, Any] = {name: sa.bindparam(name) for name in names if name != "b_id"}
        connection.execute(records.update().where(records.c.id == sa.bindparam("b_id")).values(same), rows)
    return ids


def _row(item: Kept, run: int, page: Page, now: dt.datetime) -> dict[str, Any]:
    prepared = item.prepared
    assert prepared is not None
    values: dict[str, Any] = {
        "seen_digest": prepared.raw_digest,
        "recipe": item.recipe,
        "source_datestamp": prepared.header.datestamp,
        "metadata_prefix": prepared.metadata_prefix,
        "source_sets": list(prepared.header.set_specs),
        "received": received_to_json(prepared.received),
        # Provenance wants a UTC date; where the source gives none that can be used, the node's own clock tells it.
        "harvested": page.response_date if _UTC.fullmatch(page.response_date) else f"{utc_seconds(now).isoformat()}Z",
        "run_id": run,
    }
    if item.writes_labels and prepared.labels is not None:
        values |= {"record_label": to_json(prepared.labels.record), "data_label": to_json(prepared.labels.data)}
    if item.action in (Action.HOLD, Action.WITHDRAW):
        values |= {"held_code": item.entry.code, "held_reason": item.entry.reason}
        if item.known is None or not item.known.published or item.action is Action.WITHDRAW:
            values |= {
                "state": item.entry.outcome.value,
                "subject": prepared.subject,
                "title": prepared.title,
                "kind": prepared.kind,
                "metadata_namespace": page.metadata_namespace,
                "media_type": prepared.media_type,
                "labels_until": prepared.labels_until,
            }
        else:
            # The version that stays shown is in the sets it was in and in those it is in now: a label only tightens by
            # a version that was not accepted. It is worked out anew at once.
            values["source_sets"] = sorted({*item.known.set_specs, *prepared.header.set_specs})
            values["received"] = received_to_json(both(item.known.received, prepared.received))
            values["labels_until"] = now.astimezone(dt.UTC).date()
            del values["harvested"]  # of the version that is shown
        return values
    values |= {"held_code": None, "held_reason": None, "labels_until": prepared.labels_until}
    report = prepared.report
    values |= {
        "score": report.score if report else None,
        "max_score": report.max_score if report else None,
        "profile_digest": report.digest if report else None,
    }
    if item.action is Action.PUBLISH:
        audience = None if item.audience is None else int(item.audience)
        values |= {
            "state": "live",
            "subject": prepared.subject,
            "title": prepared.title,
            "kind": prepared.kind,
            "metadata_namespace": page.metadata_namespace,
            "origin_description": prepared.origin_description,
            "media_type": prepared.media_type,
            "raw_digest": prepared.raw_digest,
            "rdf_digest": item.rdf_digest,
            "content_digest": item.content_digest,
            "audience": audience,
        }
    return values


def _uniform(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One INSERT takes rows of one shape."""
    names = {name for row in rows for name in row}
    return [{name: row.get(name) for name in names} for row in rows]


def _log(
    connection: Connection, run: int, visible: Sequence[Kept], ids: dict[str, int], tick: Tick, hidden: set[int]
) -> None:
    """Give each change its number and datestamp, and enter it in the change log, the versions and the to-do list."""
    stamps: list[dict[str, Any]] = []
    log: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []
    for offset, item in enumerate(visible):
        assert item.prepared is not None
        record, seq = ids[item.prepared.header.identifier], tick.first + offset
        stamps.append({"b_id": record, "seq": seq, "datestamp": tick.datestamp})
        log.append(
            {
                "seq": seq,
                "record_id": record,
                "kind": item.entry.outcome.value,
                "at": tick.datestamp,
                "audience": None if item.audience is None or record in hidden else int(item.audience),
            }
        )
        if item.action is Action.PUBLISH:
            history.append(
                {
                    "record_id": record,
                    "seq": seq,
                    "run_id": run,
                    "at": tick.datestamp,
                    "raw_digest": item.prepared.raw_digest,
                    "rdf_digest": item.rdf_digest,
                }
            )
    connection.execute(
        records.update()
        .where(records.c.id == sa.bindparam("b_id"))
        .values(seq=sa.bindparam("seq"), datestamp=sa.bindparam("datestamp")),
        stamps,
    )
    insert(connection, changes, log)
    insert(connection, versions, history)
    withdrawn = [
        ids[item.prepared.header.identifier] for item in visible if item.prepared and item.action is Action.WITHDRAW
    ]
    if withdrawn:
        connection.execute(payloads.update().where(payloads.c.record_id.in_(withdrawn)).values(body=""))


def _known(row: Any, overrides: tuple[Override, ...]) -> Known:
    return Known(
        id=row.id,
        identifier=row.identifier,
        local_id=row.local_id,
        state=row.state,
        source_datestamp=row.source_datestamp,
        set_specs=tuple(row.source_sets),
        seen_digest=row.seen_digest,
        rdf_digest=row.rdf_digest,
        content_digest=row.content_digest,
        recipe=row.recipe,
        labels_until=row.labels_until,
        record_label=from_json(row.record_label) if row.record_label else None,
        data_label=from_json(row.data_label) if row.data_label else None,
        audience=None if row.audience is None else Audience(row.audience),
        held_code=row.held_code,
        held_reason=row.held_reason,
        published=row.seq is not None and row.state == "live",
        withheld=row.withheld,
        overrides=overrides,
        received=received_from_json(row.received),
    )
