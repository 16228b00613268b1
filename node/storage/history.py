"""The versions of a record that a viewer may see: each as it was published, under what it was labelled then and since.

A version's label is that of its stored graph, which is only ever tightened once another version takes its place
(`node.storage.past`); one that the graph is still to get counts as well. It has to admit the viewer today, and the
record itself has to, too.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from node.model.label import Audience
from node.model.peer import Viewer
from node.sovereignty.decide import decide_for
from node.sovereignty.tags import from_text
from node.storage.changes import Clock
from node.storage.custody_tables import relabels
from node.storage.database import Database
from node.storage.peer_terms import Terms, terms_of
from node.storage.relabels import DONE
from node.storage.tables import objects, records, versions
from node.storage.visibility import visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a record: when it was published (UTC without zone), and the digest of what it said."""

    at: dt.datetime
    rdf_digest: str


class History:
    """Reads versions."""

    def __init__(self, database: Database, now: Clock = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._database = database
        self._now = now

    def versions(self, local_id: str, viewer: Viewer) -> tuple[Version, ...]:
        """Return the versions of a record that a viewer may see, the oldest first; of one second, the last.

        None where the viewer may not see the record as it is now, or there is none of that name.
        """
        today = self._now().astimezone(dt.UTC).date()
        with self._database.read() as connection:
            seen = visibility(connection, viewer, today)
            query = (
                sa.select(versions.c.at, versions.c.rdf_digest, records.c.source_id, objects.c.lost)
                .add_columns(*(sa.cast(of, sa.Text).label(of.name) for of in (objects.c.label, relabels.c.new_label)))
                .join(records, records.c.id == versions.c.record_id)
                .join(objects, (objects.c.digest == versions.c.rdf_digest) & (objects.c.kind == "rdf"))
                .outerjoin(
                    relabels,
                    (relabels.c.digest == objects.c.digest) & (relabels.c.kind == "rdf") & (relabels.c.step != DONE),
                )
                .where(records.c.local_id == local_id, seen.live)
                .order_by(versions.c.seq)
            )
            rows = connection.execute(query).all()
            terms = terms_of(connection, viewer, today) if rows and not isinstance(viewer, Audience) else {}
        admitted = [row for row in rows if not row.lost and _admits(viewer, row, terms, today)]
        latest = {row.at: Version(at=row.at, rdf_digest=row.rdf_digest) for row in admitted}
        return tuple(latest[at] for at in sorted(latest))


def _admits(viewer: Viewer, row: Any, terms: Terms, today: dt.date) -> bool:
    for spelt in (row.label, row.new_label or row.label):
        label = from_text(spelt)
        if label is None:
            return False
        if not decide_for(viewer, "read", label, today=today, admission=terms.get(row.source_id)):
            return False
    return True
