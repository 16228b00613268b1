"""The tables of those the node knows; secrets are kept as digests only."""

from __future__ import annotations

from sqlalchemy import JSON, Column, DateTime, Index, String, Table, Text

from node.storage.schema import metadata

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("claims", JSON, nullable=False),
    Column("created", DateTime, nullable=False),
    Column("seen", DateTime, nullable=False),
    comment="Who is signed in, by the digest of the secret in their cookie",
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("state", String(64), primary_key=True),
    Column("browser", String(64), nullable=False),
    Column("issuer", String(32), nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("created", DateTime, nullable=False, index=True),
    comment="Sign-ins under way, by the digest of their state; each is answered once",
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("source", String(64), nullable=False),
    Column("created", DateTime, nullable=False),
    Column("expires", DateTime, nullable=False),
    Column("used", DateTime),
    Column("revoked", DateTime),
    Column("maker", Text, nullable=False, server_default=""),
    comment="Tokens this node gave to scripts, by their digest",
)

shut_out = Table(
    "shut_out",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("before", DateTime, nullable=False),
    Column("reason", Text, nullable=False),
    comment="Of whom nothing counts that was issued before a moment, whatever their issuer says",
)
Index("ix_sessions_issuer_subject", sessions.c.issuer, sessions.c.subject)
