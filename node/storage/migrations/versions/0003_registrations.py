"""Repositories that ask to be harvested."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registrations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("application", sa.JSON(), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("mail_digest", sa.String(length=64), nullable=True),
        sa.Column("mail_to_digest", sa.String(length=64), nullable=True),
        sa.Column("proof", sa.String(length=8), nullable=True),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.Column("proven", sa.DateTime(), nullable=True),
        sa.Column("decided", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        comment="Repositories that ask to be harvested",
    )
    op.create_index(op.f("ix_registrations_state"), "registrations", ["state"])
    for column in ("url", "name"):
        op.create_index(
            f"uq_registrations_open_{column}",
            "registrations",
            [column],
            unique=True,
            sqlite_where=sa.text("state IN ('pending', 'proven')"),
            postgresql_where=sa.text("state IN ('pending', 'proven')"),
        )


def downgrade() -> None:
    op.drop_table("registrations")
