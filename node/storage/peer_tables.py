"""The SQL tables of what was lost by whom, and given to which guest; `docs/reference/database.md` explains them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Index, Integer, String, Table, Text, true

from node.storage.schema import metadata

tombstones = Table(
    "tombstones",
    metadata,
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("audience", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, index=True),
    Column("datestamp", DateTime, nullable=False),
    Column("sets", Text, nullable=False, server_default=""),
    Column("prefixes", Text, nullable=False, server_default=""),
    comment="Records that audiences lost, and when: this one, and those above it that have no row and do not see it",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("peer", String(64), primary_key=True),
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("first", DateTime, nullable=False),
    Column("last", DateTime, nullable=False),
    Column("seq", BigInteger),
    Column("datestamp", DateTime),
    Column("sets", Text, nullable=False, server_default=""),
    Column("prefixes", Text, nullable=False, server_default=""),
    Column("present", Boolean, nullable=False, server_default=true()),
    comment="Records that not everybody may have and that a peer or reader was given: "
    "it is owed a tombstone when it loses one",
)
Index("ix_deliveries_peer_seq", deliveries.c.peer, deliveries.c.seq)

standings = Table(
    "standings",
    metadata,
    Column("peer", String(64), primary_key=True),
    Column("basis", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("asked", DateTime, nullable=False),
    Column("due", DateTime),
    comment="What a peer or reader was admitted to when it asked, as a digest, and the change log's number then",
)
