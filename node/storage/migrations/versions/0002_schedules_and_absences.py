"""When each source is due, what its last complete run was about, and which records its lists no longer hold."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# One statement a column, on SQLite too: a table that is made anew there would take what refers to it with it.


def upgrade() -> None:
    # What is registered already is harvested once a day, and listed whole once a month.
    op.add_column("sources", sa.Column("interval", sa.Integer(), nullable=False, server_default="86400"))
    op.add_column("sources", sa.Column("full_every", sa.Integer(), nullable=False, server_default="2592000"))
    op.add_column("sources", sa.Column("reconcile_after", sa.Integer(), nullable=False, server_default="2"))
    op.add_column("sources", sa.Column("next_run", sa.DateTime(), nullable=True))
    op.add_column("sources", sa.Column("last_ok", sa.DateTime(), nullable=True))
    op.add_column("sources", sa.Column("last_full", sa.DateTime(), nullable=True))
    op.add_column("sources", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("sources", sa.Column("plan", sa.String(length=64), nullable=False, server_default=""))
    op.create_index(op.f("ix_sources_next_run"), "sources", ["next_run"])
    op.add_column("runs", sa.Column("absent", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("reconciled", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("complete_list_size", sa.Integer(), nullable=True))
    op.add_column("runs", sa.Column("plan", sa.String(length=64), nullable=False, server_default=""))
    op.create_table(
        "absences",
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sightings", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name=op.f("fk_absences_record_id_records"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_absences")),
        comment="Live records that the last complete lists of their source did not hold: how many in a row, and the last",
    )
    op.create_index(op.f("ix_absences_run_id"), "absences", ["run_id"])


def downgrade() -> None:
    op.drop_table("absences")
    for name in ("plan", "complete_list_size", "reconciled", "absent"):
        op.drop_column("runs", name)
    op.drop_index(op.f("ix_sources_next_run"), "sources")
    for name in ("plan", "failures", "last_full", "last_ok", "next_run", "reconcile_after", "full_every", "interval"):
        op.drop_column("sources", name)
