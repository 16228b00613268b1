"""The sets and formats that a tombstone tells, as they were when its record was lost."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TABLES = ("tombstones", "deliveries")


def upgrade() -> None:
    for name in _TABLES:
        for column, source, of in (("sets", "record_sets", "set_spec"), ("prefixes", "payloads", "prefix")):
            op.add_column(name, sa.Column(column, sa.Text(), server_default="", nullable=False))
            table = sa.table(name, sa.column("record_id"), sa.column(column))
            has = sa.table(source, sa.column("record_id"), sa.column(of, sa.Text()))
            # Of what was lost before nobody knows; so far a tombstone told what the record has.
            told = sa.literal(",") + sa.func.aggregate_strings(has.c[of], ",") + ","
            had = sa.select(told).where(has.c.record_id == table.c.record_id).scalar_subquery()
            op.execute(sa.update(table).values({column: sa.func.coalesce(had, "")}))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "prefixes")
        op.drop_column(table, "sets")
