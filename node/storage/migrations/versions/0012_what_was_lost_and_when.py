"""When who lost a record, and under which agreements a peer was answered, and its graphs were written."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "tombstones",
        sa.Column("record_id", _NUMBER, nullable=False),
        sa.Column("audience", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("datestamp", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name=op.f("fk_tombstones_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_id", "audience", name=op.f("pk_tombstones")),
        comment="Records that audiences lost, and when: this one, and those above it that have no row and do not see it",
    )
    op.create_index(op.f("ix_tombstones_seq"), "tombstones", ["seq"])
    # What had left somebody's view has had one datestamp so far: that of its last change.
    op.execute(
        "INSERT INTO tombstones (record_id, audience, seq, datestamp) "
        "SELECT id, widest_audience, seq, datestamp FROM records "
        "WHERE seq IS NOT NULL AND widest_audience IS NOT NULL "
        "AND (state <> 'live' OR audience IS NULL OR audience > widest_audience)"
    )
    op.drop_column("records", "widest_audience")
    op.create_table(
        "standings",
        sa.Column("peer", sa.String(length=64), nullable=False),
        sa.Column("basis", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("peer", name=op.f("pk_standings")),
        comment="What a peer was admitted to when it asked last, as a digest, and the change log's number then",
    )
    op.add_column("deliveries", sa.Column("seq", sa.BigInteger(), nullable=True))
    op.add_column("deliveries", sa.Column("datestamp", sa.DateTime(), nullable=True))
    op.create_index(op.f("ix_deliveries_peer_seq"), "deliveries", ["peer", "seq"])
    op.add_column("graph_stores", sa.Column("basis", sa.String(length=64), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("graph_stores", "basis")
    op.drop_index(op.f("ix_deliveries_peer_seq"), "deliveries")
    op.drop_column("deliveries", "datestamp")
    op.drop_column("deliveries", "seq")
    op.drop_table("standings")
    op.add_column("records", sa.Column("widest_audience", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE records SET widest_audience = COALESCE("
        "(SELECT MIN(tombstones.audience) FROM tombstones WHERE tombstones.record_id = records.id), audience)"
    )
    op.drop_table("tombstones")
