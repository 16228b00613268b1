"""The SQL table of curators' decisions about labels; `docs/reference/database.md` explains it."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, String, Table, Text

from node.storage.schema import Id, metadata

label_overrides = Table(
    "label_overrides",
    metadata,
    Column("id", Id, primary_key=True),
    Column("local_id", String(40), nullable=False, index=True),
    Column("of", String(8), nullable=False),
    Column("loosens", Boolean, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("second", Text),
    Column("account", Text, nullable=False, server_default=""),
    Column("maker", Text, nullable=False, server_default=""),
    Column("second_account", Text),
    Column("created", Date, nullable=False),
    Column("expires", Date),
    Column("ended", Date),
    comment="What curators decided about the label of one record; none is ever deleted",
)
