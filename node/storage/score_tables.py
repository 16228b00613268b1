"""The SQL tables of scores and link checks.

Facts belong to a record as it is now. A score sheet belongs to an audit and is never changed: where links answer
otherwise later, the audit gets another one.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from node.storage.schema import Id, metadata

record_facts = Table(
    "record_facts",
    metadata,
    Column("local_id", String(40), primary_key=True),
    Column("content", String(64), nullable=False),
    Column("recipe", String(64), nullable=False),
    Column("facts", Text, nullable=False),
    comment="What scores need of a record besides verdicts, and which addresses it names",
)

link_checks = Table(
    "link_checks",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("status", Integer),
    Column("checked", DateTime, nullable=False, index=True),
    Column("problem", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("due", DateTime, nullable=False),
    Column("serial", Id, nullable=False, index=True),
    comment="What each address answered last; the key is the SHA-256 of the address",
)

audit_scores = Table(
    "audit_scores",
    metadata,
    Column("id", Id, primary_key=True),
    Column("audit_id", ForeignKey("audits.id", ondelete="CASCADE"), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("made", DateTime, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("until", DateTime),
    UniqueConstraint("audit_id", "digest"),
    comment="Scores of an audit, by what its links had answered",
)
Index("ix_audit_scores_audit_id_made", audit_scores.c.audit_id, audit_scores.c.made)
