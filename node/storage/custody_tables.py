"""The SQL tables of stored objects, and of what becomes of them: relabelling jobs, audits of what is really there."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
)

from node.storage.schema import Id, metadata

objects = Table(
    "objects",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("zone", String(64), nullable=False),
    Column("key", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("label", JSON, nullable=False),
    Column("created", DateTime, nullable=False),
    Column("seal", Text),
    Column("lost", Boolean, nullable=False, server_default=false()),
)

relabels = Table(
    "relabels",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("key", Text, nullable=False),
    Column("step", String(16), nullable=False),
    Column("old_zone", String(64), nullable=False),
    Column("old_label", JSON, nullable=False),
    Column("new_zone", String(64)),
    Column("new_label", JSON, nullable=False),
    Column("ordered", DateTime, nullable=False),
    Column("ended", DateTime),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("owner", Text, nullable=False),
    Column("heartbeat", DateTime),
    comment="Objects whose label changed: each goes through copied, committed and done, whatever falls over meanwhile",
)
# One open job per object, held by the database.
_OPEN = text("step <> 'done'")
Index("uq_relabels_open", relabels.c.kind, relabels.c.digest, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)

drift_runs = Table(
    "drift_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("zone", String(64)),
    Column("repair", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("started", DateTime, nullable=False),
    Column("ended", DateTime),
    Column("owner", Text, nullable=False),
    Column("heartbeat", DateTime, nullable=False),
    Column("checkpoint", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
    comment="Audits of what is really stored; the checkpoint says where one that was stopped goes on",
)

drift_findings = Table(
    "drift_findings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", ForeignKey("drift_runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("drift", String(16), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("key", Text, nullable=False),
    Column("incident", Boolean, nullable=False),
    Column("repaired", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    comment="What an audit found not to be as the database says",
)

withheld = Table(
    "withheld",
    metadata,
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", DateTime, nullable=False),
    comment="Why a record is shown to nobody: a reason for each of its objects that something is wrong with",
)
