"""Scores of audits, what they need of records, and what links answered."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "record_facts",
        sa.Column("local_id", sa.String(length=40), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("recipe", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("local_id", name=op.f("pk_record_facts")),
        comment="What scores need of a record besides verdicts, and which addresses it names",
    )
    op.create_table(
        "link_checks",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("checked", sa.DateTime(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(), nullable=False),
        sa.Column("serial", _number(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_link_checks")),
        comment="What each address answered last; the key is the SHA-256 of the address",
    )
    op.create_index(op.f("ix_link_checks_checked"), "link_checks", ["checked"])
    op.create_index(op.f("ix_link_checks_serial"), "link_checks", ["serial"])
    op.create_table(
        "audit_scores",
        sa.Column("id", _number(), nullable=False),
        sa.Column("audit_id", _number(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("made", sa.DateTime(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["audit_id"], ["audits.id"], name=op.f("fk_audit_scores_audit_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_scores")),
        sa.UniqueConstraint("audit_id", "digest", name=op.f("uq_audit_scores_audit_id_digest")),
        comment="Scores of an audit, by what its links had answered",
    )
    op.create_index("ix_audit_scores_audit_id_made", "audit_scores", ["audit_id", "made"])


def downgrade() -> None:
    for table in ("audit_scores", "link_checks", "record_facts"):
        op.drop_table(table)
