"""Audits: yardsticks, judgements, what people waive and sign."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "yardsticks",
        sa.Column("id", _number(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("profile_digest", sa.String(length=64), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("engine_digest", sa.String(length=64), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yardsticks")),
        sa.UniqueConstraint("profile_digest", "engine_digest", name=op.f("uq_yardsticks_profile_digest_engine_digest")),
        comment="What records are measured by: a profile with its shapes, and an engine",
    )
    op.create_table(
        "judgements",
        sa.Column("id", _number(), nullable=False),
        sa.Column("yardstick_id", _number(), nullable=False),
        sa.Column("local_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("iri", sa.Text(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("rdf", sa.String(length=64), nullable=False),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.Column("undecided", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("max_score", sa.Float(), nullable=False),
        sa.Column("letters", sa.Text(), nullable=False),
        sa.Column("failures", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["yardstick_id"], ["yardsticks.id"], name=op.f("fk_judgements_yardstick_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgements")),
        comment="What a yardstick says about one version of a record",
    )
    op.create_index("ix_judgements_local_id_yardstick_id", "judgements", ["local_id", "yardstick_id"])
    op.create_table(
        "audits",
        sa.Column("id", _number(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("yardstick_id", _number(), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("made", sa.DateTime(), nullable=False),
        sa.Column("confirmed", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["yardstick_id"], ["yardsticks.id"], name=op.f("fk_audits_yardstick_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audits")),
        sa.UniqueConstraint("digest", name=op.f("uq_audits_digest")),
    )
    op.create_index("ix_audits_scope_yardstick_id", "audits", ["scope", "yardstick_id"])
    op.create_table(
        "audit_members",
        sa.Column("audit_id", _number(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("judgement_id", _number(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audits.id"], name=op.f("fk_audit_members_audit_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["judgement_id"], ["judgements.id"], name=op.f("fk_audit_members_judgement_id")),
        sa.PrimaryKeyConstraint("audit_id", "position", name=op.f("pk_audit_members")),
        comment="Which judgements an audit consists of, in the order of their local ids",
    )
    op.create_index("ix_audit_members_judgement_id_audit_id", "audit_members", ["judgement_id", "audit_id"])
    op.create_table(
        "audit_sources",
        sa.Column("audit_id", _number(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audits.id"], name=op.f("fk_audit_sources_audit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("audit_id", "source", name=op.f("pk_audit_sources")),
        comment="Which sources an audit is about",
    )
    op.create_index(op.f("ix_audit_sources_source"), "audit_sources", ["source"])
    op.create_table(
        "waivers",
        sa.Column("id", _number(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=True),
        sa.Column("record", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("created", sa.Date(), nullable=False),
        sa.Column("expires", sa.Date(), nullable=False),
        sa.Column("ended", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waivers")),
        comment="Findings that somebody accepts until a day",
    )
    op.create_table(
        "audit_signatures",
        sa.Column("audit_digest", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("audit_digest", "who", name=op.f("pk_audit_signatures")),
        comment="Who stood up for an audit, by its digest",
    )


def downgrade() -> None:
    for table in (
        "audit_signatures", "waivers", "audit_sources", "audit_members", "audits", "judgements", "yardsticks",
    ):  # fmt: skip
        op.drop_table(table)
