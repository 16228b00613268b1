"""Judgements say what each shape said, so that the next version of a profile asks only what is new, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was judged before has no verdicts to go on from, and counts as old.
    op.add_column("judgements", sa.Column("verdicts", sa.Text(), nullable=False, server_default=""))
    op.add_column("judgements", sa.Column("judged", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("judgements", "judged")
    op.drop_column("judgements", "verdicts")
