"""The SQL tables of the trail; `docs/reference/database.md` explains them."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, DateTime, Integer, String, Table, Text

from node.storage.schema import Id, metadata

trail = Table(
    "trail",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("prev", String(64), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(32), nullable=False, index=True),
    Column("object", Text, nullable=False, index=True),
    Column("label", String(64), nullable=False),
    Column("permitted", Boolean, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("hash", String(64), nullable=False),
    comment="Who asked for what and what was decided; each row's hash covers the row before",
)

trail_end = Table(
    "trail_end",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    comment="One row, locked by every writer of the trail: the last entry",
)

trail_heads = Table(
    "trail_heads",
    metadata,
    Column("id", Id, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("head", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("kept", Text, nullable=False),
    comment="Signed heads of the trail, and the object in the audit zone that holds each",
)
