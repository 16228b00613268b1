"""Which account entered a decision about a label, which agreed to it, and which made an API token.

Of what was entered before nobody knows: a loosening that still waits has to be entered again, one that holds does so until its day.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("label_overrides", sa.Column("account", sa.Text(), server_default="", nullable=False))
    op.add_column("label_overrides", sa.Column("maker", sa.Text(), server_default="", nullable=False))
    op.add_column("label_overrides", sa.Column("second_account", sa.Text(), nullable=True))
    op.add_column("api_tokens", sa.Column("maker", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("api_tokens", "maker")
    op.drop_column("label_overrides", "second_account")
    op.drop_column("label_overrides", "maker")
    op.drop_column("label_overrides", "account")
