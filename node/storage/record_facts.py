"""What scores need of records, as text, by local id; it belongs to a version of a record, and to a recipe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from node.storage.database import Database
from node.storage.score_tables import record_facts
from node.storage.tables import records
from node.storage.upsert import upsert


class FactStore:
    """The facts of a node's records.

    Args:
        recipe: the digest of how they are made; those made otherwise count as none.
    """

    def __init__(self, database: Database, recipe: str) -> None:
        self._database = database
        self._recipe = recipe

    def of(self, local_ids: Sequence[str]) -> Mapping[tuple[str, str], str]:
        """Return facts by (local id, content digest of the record's version)."""
        query = sa.select(record_facts.c.local_id, record_facts.c.content, record_facts.c.facts).where(
            record_facts.c.local_id.in_(local_ids), record_facts.c.recipe == self._recipe
        )
        with self._database.read() as connection:
            return {(row.local_id, row.content): row.facts for row in connection.execute(query)}

    def forget(self) -> None:
        """Forget the facts of records that are live no more."""
        is_live = sa.exists().where(records.c.local_id == record_facts.c.local_id, records.c.state == "live")
        with self._database.write() as connection:
            connection.execute(record_facts.delete().where(sa.not_(is_live)))

    def keep(self, found: Iterable[tuple[str, str, str]]) -> None:
        """Keep (local id, content, facts) in place of those of earlier versions."""
        rows = [
            {"local_id": local, "content": content, "recipe": self._recipe, "facts": facts}
            for local, content, facts in found
        ]
        if rows:
            with self._database.write() as connection:
                upsert(connection, record_facts, rows, ("content", "recipe", "facts"))
