"""The trail of decisions, its signed heads, what peers were given, and what curators decided about labels."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trail",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("permitted", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_trail")),
        comment="Who asked for what and what was decided; each row's hash covers the row before",
    )
    op.create_index(op.f("ix_trail_action"), "trail", ["action"])
    op.create_index(op.f("ix_trail_object"), "trail", ["object"])
    end = op.create_table(
        "trail_end",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_end")),
        comment="One row, locked by every writer of the trail: the last entry",
    )
    op.bulk_insert(end, [{"id": 1, "seq": 0, "hash": "0" * 64}])
    op.create_table(
        "trail_heads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_heads")),
        comment="Signed heads of the trail, and the object in the audit zone that holds each",
    )
    op.create_table(
        "deliveries",
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first", sa.DateTime(), nullable=False),
        sa.Column("last", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name=op.f("fk_deliveries_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("peer", "record_id", name=op.f("pk_deliveries")),
        comment="Records that are not public and that a peer was given: it is owed a tombstone when it loses one",
    )
    op.create_index(op.f("ix_deliveries_record_id"), "deliveries", ["record_id"])
    op.create_table(
        "label_overrides",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("local_id", sa.String(length=40), nullable=False),
        sa.Column("of", sa.String(length=8), nullable=False),
        sa.Column("loosens", sa.Boolean(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=True),
        sa.Column("created", sa.Date(), nullable=False),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("ended", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_overrides")),
        comment="What curators decided about the label of one record; none is ever deleted",
    )
    op.create_index(op.f("ix_label_overrides_local_id"), "label_overrides", ["local_id"])
    op.create_table(
        "graph_stores",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_graph_stores")),
        comment="Graph stores, by whose they are, that have held every graph at least once",
    )


def downgrade() -> None:
    for table in ("graph_stores", "label_overrides", "deliveries", "trail_heads", "trail_end", "trail"):
        op.drop_table(table)
