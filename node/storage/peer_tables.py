"""The SQL table of what peers were given; `docs/reference/database.md` explains it."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, String, Table

from node.storage.schema import metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("peer", String(64), primary_key=True),
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("first", DateTime, nullable=False),
    Column("last", DateTime, nullable=False),
    comment="Records that are not public and that a peer was given: it is owed a tombstone when it loses one",
)
