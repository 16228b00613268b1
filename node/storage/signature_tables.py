"""The SQL table of how far labels are signed ahead; `docs/reference/database.md` explains it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table

from node.storage.schema import metadata

label_signing = Table(
    "label_signing",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("signer", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    comment="One row: up to which change labels are signed ahead of those who ask, and as whom",
)
