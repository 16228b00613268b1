"""Custody of objects: sealed rows, relabelling jobs, audits of what is really stored."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("objects", sa.Column("seal", sa.Text(), nullable=True))
    op.add_column("objects", sa.Column("lost", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "relabels",
        sa.Column("id", _number(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("old_zone", sa.String(length=64), nullable=False),
        sa.Column("old_label", sa.JSON(), nullable=False),
        sa.Column("new_zone", sa.String(length=64), nullable=True),
        sa.Column("new_label", sa.JSON(), nullable=False),
        sa.Column("ordered", sa.DateTime(), nullable=False),
        sa.Column("ended", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("heartbeat", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relabels")),
        comment="Objects whose label changed: each goes through copied, committed and done, whatever falls over meanwhile",
    )
    open_jobs = sa.text("step <> 'done'")
    op.create_index(
        "uq_relabels_open",
        "relabels",
        ["kind", "digest"],
        unique=True,
        sqlite_where=open_jobs,
        postgresql_where=open_jobs,
    )
    op.create_table(
        "drift_runs",
        sa.Column("id", _number(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("repair", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("ended", sa.DateTime(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("heartbeat", sa.DateTime(), nullable=False),
        sa.Column("checkpoint", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift_runs")),
        comment="Audits of what is really stored; the checkpoint says where one that was stopped goes on",
    )
    op.create_table(
        "drift_findings",
        sa.Column("id", _number(), nullable=False),
        sa.Column("run_id", _number(), nullable=False),
        sa.Column("drift", sa.String(length=16), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("incident", sa.Boolean(), nullable=False),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["drift_runs.id"], name=op.f("fk_drift_findings_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift_findings")),
        comment="What an audit found not to be as the database says",
    )
    op.create_index(op.f("ix_drift_findings_run_id"), "drift_findings", ["run_id"])


def downgrade() -> None:
    for table in ("drift_findings", "drift_runs", "relabels"):
        op.drop_table(table)
    for column in ("lost", "seal"):
        op.drop_column("objects", column)
