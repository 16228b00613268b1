"""What came with a record about its labels: of a peer's, signed; of others', to tighten."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("records", sa.Column("received", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("records", "received")
