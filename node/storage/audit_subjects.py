"""The records that an audit judges: which they are, and all that each of them says, read from the object store."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from node.errors import FairnodeError
from node.model.audit import Subject
from node.storage.database import Database
from node.storage.judgements import CONTENT, auditable
from node.storage.objects.vault import ObjectVault
from node.storage.tables import objects, records, shared_nodes, sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A live record, not yet read; `content` changes whenever the record does."""

    id: int
    local_id: str
    source: str
    identifier: str
    iri: str
    content: str
    rdf_digest: str


class AuditSubjects:
    """Reads records for audits."""

    def __init__(self, database: Database, vault: ObjectVault) -> None:
        self._database = database
        self._vault = vault

    def size(self, names: Sequence[str]) -> int:
        """Count the live records of some sources."""
        query = sa.select(sa.func.count()).select_from(records.join(sources)).where(auditable())
        with self._database.read() as connection:
            return connection.execute(query.where(sources.c.name.in_(names))).scalar_one()

    def page(self, names: Sequence[str], after: str, limit: int) -> tuple[Candidate, ...]:
        """Return up to `limit` live records of some sources after a local id, in its order."""
        mine = sa.select(sources.c.id).where(sources.c.name.in_(names))
        query = (
            sa.select(
                records.c.id,
                records.c.local_id,
                records.c.identifier,
                records.c.subject,
                records.c.rdf_digest,
                CONTENT.label("content"),
                sources.c.name,
            )
            .join(sources, sources.c.id == records.c.source_id)
            # The sum hides the column from the planner: it shall walk the index of local ids, page after page, and
            # not sort the whole source for each of them.
            .where(auditable(), records.c.local_id > after, (records.c.source_id + 0).in_(mine))
            .order_by(records.c.local_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(
                Candidate(
                    id=row.id,
                    local_id=row.local_id,
                    source=row.name,
                    identifier=row.identifier,
                    iri=row.subject,
                    content=row.content,
                    rdf_digest=row.rdf_digest,
                )
                for row in connection.execute(query)
            )

    def read(self, some: Sequence[Candidate], readers: Executor) -> list[Subject]:
        """Read what records say, several at a time; one that cannot be read is told so, and costs no other."""
        with self._database.read() as connection:
            places = {
                row.digest: (row.zone, row.key)
                for row in connection.execute(
                    sa.select(objects.c.digest, objects.c.zone, objects.c.key).where(
                        objects.c.kind == "rdf", objects.c.digest.in_([each.rdf_digest for each in some])
                    )
                )
            }
            shared: dict[int, list[str]] = {}
            for record, text in connection.execute(
                sa.select(shared_nodes.c.record_id, shared_nodes.c.ntriples).where(
                    shared_nodes.c.record_id.in_([each.id for each in some])
                )
            ):
                shared.setdefault(record, []).append(text)
        futures = [readers.submit(self._text, places.get(each.rdf_digest)) for each in some]
        return [
            _subject(each, shared.get(each.id, []), future.result()) for each, future in zip(some, futures, strict=True)
        ]

    def _text(self, place: tuple[str, str] | None) -> str | FairnodeError:
        if place is None:
            return FairnodeError("no zone is known to keep it")
        try:
            return self._vault.get(*place).decode("utf-8")
        except FairnodeError as error:
            return error


def _subject(candidate: Candidate, shared: Sequence[str], text: str | FairnodeError) -> Subject:
    common: dict[str, Any] = {
        "local_id": candidate.local_id,
        "source": candidate.source,
        "identifier": candidate.identifier,
        "iri": candidate.iri,
        "content": candidate.content,
    }
    if isinstance(text, FairnodeError):
        return Subject(**common, ntriples=None, lost=text.message)
    # Lines end with a line feed and nothing else: literals may hold other separators that `splitlines` cuts at.
    lines = {line for part in (text, *shared) for line in part.split("\n") if line}
    return Subject(**common, ntriples="".join(f"{line}\n" for line in sorted(lines)))
