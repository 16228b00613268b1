"""The signature of a record's labels, beside the payload that it goes out with, and how far signing has come.

What was kept before has none: the first worker signs it, and until then it is signed when it is asked for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payloads", sa.Column("content", sa.String(length=64), nullable=True))
    op.add_column("payloads", sa.Column("signature", sa.Text(), nullable=True))
    op.add_column("payloads", sa.Column("signed_as", sa.String(length=32), nullable=True))
    op.create_table(
        "label_signing",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("signer", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_signing")),
        comment="One row: up to which change labels are signed ahead of those who ask, and as whom",
    )


def downgrade() -> None:
    op.drop_table("label_signing")
    op.drop_column("payloads", "signed_as")
    op.drop_column("payloads", "signature")
    op.drop_column("payloads", "content")
