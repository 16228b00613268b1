"""Records that are withheld because of what became of their objects: one reason for each object."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "withheld",
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_withheld_record_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id", "code", "kind", "digest", name=op.f("pk_withheld")),
        comment="Why a record is shown to nobody: a reason for each of its objects that something is wrong with",
    )


def downgrade() -> None:
    op.drop_table("withheld")
