"""The SQL tables of audits.

A judgement is kept once per version of a record and yardstick, and shared by every audit that comes to it. It names its
record by text: an audit is evidence, and outlives what it is about.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from node.storage.schema import Id, metadata

yardsticks = Table(
    "yardsticks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("profile", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("profile_digest", String(64), nullable=False),
    Column("engine", Text, nullable=False),
    Column("engine_digest", String(64), nullable=False),
    Column("files", JSON, nullable=False),
    Column("rules", JSON, nullable=False),
    UniqueConstraint("profile_digest", "engine_digest"),
    comment="What records are measured by: a profile with its shapes, and an engine",
)

judgements = Table(
    "judgements",
    metadata,
    Column("id", Id, primary_key=True),
    Column("yardstick_id", ForeignKey("yardsticks.id"), nullable=False),
    Column("local_id", String(40), nullable=False),
    Column("source", String(64), nullable=False),
    Column("identifier", Text, nullable=False),
    Column("iri", Text, nullable=False),
    Column("content", String(64), nullable=False),
    Column("rdf", String(64), nullable=False),
    Column("checks", Text, nullable=False),
    Column("undecided", Boolean, nullable=False),
    Column("score", Float, nullable=False),
    Column("max_score", Float, nullable=False),
    Column("letters", Text, nullable=False),
    Column("failures", Text, nullable=False),
    Column("verdicts", Text, nullable=False),
    Column("judged", Date),
    comment="What a yardstick says about one version of a record",
)
Index("ix_judgements_local_id_yardstick_id", judgements.c.local_id, judgements.c.yardstick_id)

audits = Table(
    "audits",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("document", Text, nullable=False),
    Column("yardstick_id", ForeignKey("yardsticks.id"), nullable=False),
    Column("scope", String(64), nullable=False),
    Column("records", Integer, nullable=False),
    Column("seq", BigInteger),
    Column("made", DateTime, nullable=False),
    Column("confirmed", DateTime, nullable=False),
)
Index("ix_audits_scope_yardstick_id", audits.c.scope, audits.c.yardstick_id)

audit_members = Table(
    "audit_members",
    metadata,
    Column("audit_id", ForeignKey("audits.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("judgement_id", ForeignKey("judgements.id"), nullable=False),
    comment="Which judgements an audit consists of, in the order of their local ids",
)
Index("ix_audit_members_judgement_id_audit_id", audit_members.c.judgement_id, audit_members.c.audit_id)

audit_sources = Table(
    "audit_sources",
    metadata,
    Column("audit_id", ForeignKey("audits.id", ondelete="CASCADE"), primary_key=True),
    Column("source", String(64), primary_key=True, index=True),
    comment="Which sources an audit is about",
)

waivers = Table(
    "waivers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", Text, nullable=False),
    Column("source", String(64)),
    Column("record", String(40)),
    Column("reason", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("created", Date, nullable=False),
    Column("expires", Date, nullable=False),
    Column("ended", Date),
    comment="Findings that somebody accepts until a day",
)

audit_signatures = Table(
    "audit_signatures",
    metadata,
    Column("audit_digest", String(64), primary_key=True),
    Column("who", String(255), primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("note", Text, nullable=False),
    comment="Who stood up for an audit, by its digest",
)
