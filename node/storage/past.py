"""The objects of a record's earlier versions: tightened whenever the record's label is, and never loosened.

Mementos are shown under their labels (`node.storage.history`). Whoever writes the label of a record orders this with it
in the same transaction, a harvest as well as the worker: else what was hidden would be public again, or not, by who
came first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Label
from node.sovereignty.labels import join
from node.storage.kept import Kept
from node.storage.object_names import Name, object_labels, objects_of
from node.storage.tables import versions
from node.storage.upsert import chunks


def tightened_past(
    connection: Connection, labels: Mapping[int, Label], but: Collection[Name] = ()
) -> dict[Name, Label]:
    """Return the labels that objects of versions of records get, of those that are not as tight yet as the record is.

    Args:
        labels: what each record is labelled from now on, by its number.
        but: objects that are labelled otherwise.
    """
    found: dict[Name, Label] = {}
    for numbers in chunks(sorted(labels)):
        query = sa.select(versions.c.record_id, versions.c.raw_digest, versions.c.rdf_digest)
        older = connection.execute(query.where(versions.c.record_id.in_(numbers))).all()
        before = object_labels(connection, sorted({digest for row in older for _, digest in objects_of(row)}))
        for row in older:
            for name in objects_of(row):
                if name in but or name not in before:
                    continue
                label = found.get(name, before[name])
                tighter = join(label, labels[row.record_id])
                if tighter != label:
                    found[name] = tighter
    return found


def tightened_by(kept: Sequence[Kept]) -> dict[int, Label]:
    """Return the labels of records that a page of a harvest tightens, by number."""
    found: dict[int, Label] = {}
    for item in kept:
        if item.known is None or not item.writes_labels or item.prepared is None or item.prepared.labels is None:
            continue
        before, label = item.known.record_label, item.prepared.labels.record
        if before is None or join(before, label) != before:
            found[item.known.id] = label
    return found
