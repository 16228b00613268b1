"""The SQL tables. SQL is the system of record; `docs/reference/database.md` explains each table.

Times are UTC without zone. Whatever a person may ask for by value is a column; whatever is only carried is JSON.
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
    text,
)

from node.storage import account_tables as _account_tables  # noqa: F401
from node.storage import audit_tables as _audit_tables  # noqa: F401 -- so that `metadata` knows them
from node.storage import override_tables as _override_tables  # noqa: F401
from node.storage import peer_tables as _peer_tables  # noqa: F401
from node.storage import score_tables as _score_tables  # noqa: F401 -- likewise
from node.storage import signature_tables as _signature_tables  # noqa: F401
from node.storage import trail_tables as _trail_tables  # noqa: F401
from node.storage.custody_tables import objects as objects
from node.storage.schema import Id as _Id
from node.storage.schema import metadata as metadata

clock = Table(
    "clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("datestamp", DateTime, nullable=False),
    Column("earliest", DateTime, nullable=False),
    comment="One row, locked by every writer: the sequence number and datestamp given last",
)

sources = Table(
    "sources",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("metadata_prefix", Text, nullable=False),
    Column("set_specs", JSON, nullable=False),
    Column("agreement", JSON, nullable=False),
    Column("bounds", JSON, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("allow_networks", JSON, nullable=False),
    Column("next_from", Text),
    Column("created", DateTime, nullable=False),
    Column("interval", Integer, nullable=False),
    Column("full_every", Integer, nullable=False),
    Column("reconcile_after", Integer, nullable=False),
    Column("next_run", DateTime, index=True),
    Column("last_ok", DateTime),
    Column("last_full", DateTime),
    Column("failures", Integer, nullable=False),
    Column("plan", String(64), nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("started", DateTime, nullable=False),
    Column("ended", DateTime),
    Column("heartbeat", DateTime, nullable=False),
    Column("owner", Text, nullable=False),
    Column("window_from", Text),
    Column("window_until", Text),
    Column("checkpoint", JSON, nullable=False),
    Column("headers", Integer, nullable=False),
    Column("repeated", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("error_advice", Text),
    Column("absent", Integer, nullable=False),
    Column("reconciled", Integer, nullable=False),
    Column("complete_list_size", Integer),
    Column("plan", String(64), nullable=False),
)
# One running run per source, held by the database and not by a lock file.
Index(
    "uq_runs_running",
    runs.c.source_id,
    unique=True,
    sqlite_where=text("status = 'running'"),
    postgresql_where=text("status = 'running'"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("identifier", Text, primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    comment="What became of each identifier a run listed",
)
Index("ix_ledger_run_id_outcome", ledger.c.run_id, ledger.c.outcome)

records = Table(
    "records",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("source_id", ForeignKey("sources.id"), nullable=False),
    Column("identifier", Text, nullable=False),
    Column("local_id", String(40), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("source_datestamp", Text, nullable=False),
    Column("source_sets", JSON, nullable=False),
    Column("metadata_prefix", Text, nullable=False),
    Column("metadata_namespace", Text, nullable=False),
    Column("origin_description", Text),
    Column("media_type", Text, nullable=False),
    Column("harvested", Text, nullable=False),
    Column("seen_digest", String(64), nullable=False),
    Column("raw_digest", String(64)),
    Column("rdf_digest", String(64)),
    Column("content_digest", String(64)),
    Column("recipe", String(64), nullable=False),
    Column("record_label", JSON),
    Column("data_label", JSON),
    Column("received", JSON(none_as_null=True)),
    Column("labels_until", Date),
    Column("audience", Integer),
    Column("score", Float),
    Column("max_score", Float),
    Column("profile_digest", String(64)),
    Column("held_code", Text),
    Column("held_reason", Text),
    Column("created", DateTime, nullable=False),
    Column("datestamp", DateTime),
    Column("seq", BigInteger, unique=True),
    Column("run_id", Integer, nullable=False),
)
Index("uq_records_source_id_identifier", records.c.source_id, records.c.identifier, unique=True)
Index("ix_records_datestamp_seq", records.c.datestamp, records.c.seq)
Index("ix_records_subject", records.c.subject)
Index("ix_records_labels_until", records.c.labels_until)
Index("ix_records_raw_digest", records.c.raw_digest)
Index("ix_records_rdf_digest", records.c.rdf_digest)

absences = Table(
    "absences",
    metadata,
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("sightings", Integer, nullable=False),
    Column("run_id", Integer, nullable=False, index=True),
    comment="Live records that the last complete lists of their source did not hold: how many in a row, and the last",
)

stale_graphs = Table(
    "stale_graphs",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
    comment="Graphs the projection still has to write: kind is record or shared, key its number or IRI",
)

graph_stores = Table(
    "graph_stores",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("url", Text, nullable=False),
    Column("basis", String(64), nullable=False, server_default=""),
    comment="Graph stores, by whose they are, that have held every graph at least once",
)

versions = Table(
    "versions",
    metadata,
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("run_id", Integer, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("raw_digest", String(64), nullable=False),
    Column("rdf_digest", String(64), nullable=False),
)

payloads = Table(
    "payloads",
    metadata,
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("prefix", String(32), primary_key=True),
    Column("body", Text, nullable=False),
    Column("content", String(64)),
    Column("signature", Text),
    Column("signed_as", String(32)),
    comment="OAI-PMH payloads, rendered once at write time",
)

record_sets = Table(
    "record_sets",
    metadata,
    Column("set_spec", String(255), primary_key=True),
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), primary_key=True, index=True),
)

findings = Table(
    "findings",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("held", Boolean, nullable=False),
    Column("code", Text, nullable=False, index=True),
    Column("severity", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("advice", Text, nullable=False),
    Column("focus_node", Text),
    Column("path", Text),
    Column("value", Text),
    Column("principle", String(16)),
    Column("source_line", Integer),
)

run_findings = Table(
    "run_findings",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("code", Text, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("advice", Text, nullable=False),
    comment="What was met about a source's answers, not about one record",
)

unmapped = Table(
    "unmapped",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("path", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("source_line", Integer),
)

shared_nodes = Table(
    "shared_nodes",
    metadata,
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("iri", Text, primary_key=True, index=True),
    Column("ntriples", Text, nullable=False),
    comment="What each record says of agents with an IRI of their own; the union is the agent's graph",
)

changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("audience", Integer),
    comment="The federation's clock: every visible change, in order",
)

registrations = Table(
    "registrations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("name", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("application", JSON, nullable=False),
    Column("file_digest", String(64), nullable=False),
    Column("mail_digest", String(64)),
    Column("mail_to_digest", String(64)),
    Column("proof", String(8)),
    Column("created", DateTime, nullable=False),
    Column("expires", DateTime, nullable=False),
    Column("proven", DateTime),
    Column("decided", DateTime),
    Column("reason", Text, nullable=False),
    comment="Repositories that ask to be harvested",
)
_OPEN = text("state IN ('pending', 'proven')")  # one each by address and by name, held by the database
Index("uq_registrations_open_url", registrations.c.url, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("uq_registrations_open_name", registrations.c.name, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
