"""What finds the records whose labels are due, and those that an object belongs to, without looking at all of them."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COLUMNS = ("labels_until", "raw_digest", "rdf_digest")


def upgrade() -> None:
    for column in _COLUMNS:
        op.create_index(f"ix_records_{column}", "records", [column])


def downgrade() -> None:
    for column in _COLUMNS:
        op.drop_index(f"ix_records_{column}", "records")
