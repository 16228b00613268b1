"""Which graph stores are whole: one that was added to a node that has records is not, until it has been built.

A guest's store has a basis as well (`node.storage.peer_terms`): what it was last written under. While it is being
written under another one, the run that does so stands in its place: a store that was written under both is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Audience
from node.model.peer import Guest, Viewer, viewer_name
from node.storage.database import Database
from node.storage.tables import graph_stores, records


class GraphStores:
    """The graph stores of a node, by whose they are.

    Args:
        urls: where each is; one that moved is another one.
    """

    def __init__(self, database: Database, urls: Mapping[Viewer, str]) -> None:
        self._database = database
        self._urls = {viewer_name(viewer): url for viewer, url in urls.items()}

    def settle(self) -> None:
        """Forget stores that are no longer in use, and count those of a node without records as whole."""
        with self._database.read() as connection:
            known = _known(connection)
            new = self._urls.items() - known.items()
            old = known.keys() - self._urls.keys()
            fresh = bool(new) and connection.execute(sa.select(records.c.id).limit(1)).first() is None
        if old or fresh:
            with self._database.write() as connection:
                connection.execute(graph_stores.delete().where(graph_stores.c.name.in_(old)))
                if fresh:
                    self.built(connection)

    def built(self, connection: Connection, bases: Mapping[Guest, str] | None = None) -> None:
        """Count every store as whole: all that there is was written to it, a guest's under its basis."""
        of = {viewer_name(guest): basis for guest, basis in (bases or {}).items()}
        rows = [{"name": name, "url": url, "basis": of.get(name, "")} for name, url in self._urls.items()]
        connection.execute(graph_stores.delete())
        connection.execute(graph_stores.insert(), rows)

    def bases(self, connection: Connection, viewers: Iterable[Viewer]) -> dict[Guest, str]:
        """Return what the stores of guests were written under; of those that are whole."""
        guests = {viewer_name(viewer): viewer for viewer in viewers if not isinstance(viewer, Audience)}
        if not guests:
            return {}
        rows = connection.execute(sa.select(graph_stores).where(graph_stores.c.name.in_(guests)))
        return {guests[row.name]: row.basis for row in rows if self._urls.get(row.name) == row.url}

    def set_basis(self, connection: Connection, guest: Guest, basis: str, *, before: str | None = None) -> None:
        """Note what a guest's store was written under.

        Args:
            before: only where this is what is noted of it.
        """
        mine = graph_stores.c.name == viewer_name(guest)
        if before is not None:
            mine &= graph_stores.c.basis == before
        connection.execute(graph_stores.update().where(mine).values(basis=basis))

    def is_whole(self, viewer: Viewer) -> bool:
        """Whether a viewer's store has held every graph; the public's is there from the beginning."""
        if viewer is Audience.PUBLIC:
            return True
        name = viewer_name(viewer)
        with self._database.read() as connection:
            return name in self._urls and _known(connection).get(name) == self._urls[name]


def _known(connection: Connection) -> dict[str, str]:
    return {row.name: row.url for row in connection.execute(sa.select(graph_stores))}
