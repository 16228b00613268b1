"""What an audit says of one record, and the record itself where it is still what was judged."""

from __future__ import annotations

import sqlalchemy as sa

from node.errors import FairnodeError
from node.model.audit import Audit, Judgement
from node.model.rdf import Triple
from node.storage.audit_tables import audit_members, judgements
from node.storage.database import Database
from node.storage.judgements import COLUMNS, CONTENT, auditable, judgement_of
from node.storage.objects.vault import ObjectVault
from node.storage.tables import objects, records, shared_nodes
from node.syntax import from_ntriples


class AuditedRecords:
    """Reads single records of audits."""

    def __init__(self, database: Database, vault: ObjectVault) -> None:
        self._database = database
        self._vault = vault

    def named(self, audit: Audit, name: str) -> tuple[Judgement, ...]:
        """Return what an audit says of a record, by its local id, identifier or IRI: of several sources, of each."""
        query = (
            sa.select(*COLUMNS, judgements.c.verdicts)
            .join(audit_members, audit_members.c.judgement_id == judgements.c.id)
            .where(
                audit_members.c.audit_id == audit.number,
                (judgements.c.local_id == name) | (judgements.c.identifier == name) | (judgements.c.iri == name),
            )
            .order_by(audit_members.c.position)
        )
        with self._database.read() as connection:
            return tuple(judgement_of(row) for row in connection.execute(query))

    def statements(self, judged: Judgement) -> tuple[Triple, ...] | None:
        """Return what a record says that is still what was judged; `None` where it changed, left, or cannot be read."""
        query = (
            sa.select(records.c.id, CONTENT.label("content"), objects.c.zone, objects.c.key)
            .join(objects, (objects.c.kind == "rdf") & (objects.c.digest == records.c.rdf_digest))
            .where(auditable(), records.c.local_id == judged.local_id)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
            if row is None or row.content != judged.content:
                return None
            shared = connection.execute(
                sa.select(shared_nodes.c.ntriples).where(shared_nodes.c.record_id == row.id)
            ).scalars()
            others = "".join(shared)
        try:
            return from_ntriples(self._vault.get(row.zone, row.key).decode("utf-8") + others)
        except FairnodeError:
            return None
