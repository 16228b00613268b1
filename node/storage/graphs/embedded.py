"""The embedded graph store: Oxigraph (https://github.com/oxigraph/oxigraph) in a folder, one writer, many readers.

The writer's folder is never read by queries: after a batch a snapshot is published (hard links, milliseconds), and
query processes open that.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from node.errors import Busy, StorageError
from node.storage.graphs import Charge, GraphQuery, QueryAnswer
from node.storage.graphs.new_graphs import nquads, split_new
from node.storage.graphs.query_pool import QueryPool
from node.storage.graphs.query_process import Limits
from node.storage.graphs.snapshots import Snapshots

if TYPE_CHECKING:
    from node.settings import SparqlSettings


class EmbeddedGraphs:
    """A `GraphStore` in a folder; any number of processes may open it, one at a time writes.

    Attributes:
        pool: the processes that evaluate queries, for who does not wait for their answers.
    """

    describes_itself = True

    def __init__(self, folder: Path, settings: SparqlSettings) -> None:
        self._folder = folder
        self._snapshots = Snapshots(folder)
        self._dirty = folder / "unpublished"
        limits = Limits(
            timeout=settings.timeout,
            memory_mb=settings.memory_mb,
            max_rows=settings.max_rows,
            max_bytes=settings.max_bytes,
        )
        self.pool = QueryPool(folder, workers=settings.workers, queue=settings.queue, limits=limits)

    @contextmanager
    def writer(self, *, publish: bool = True) -> Iterator[EmbeddedWriter | None]:
        """See `GraphStore.writer`. Do not keep the writer, or anything it returned, beyond the block."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._folder / "writer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageError(f"graph store {self._folder}: {error.strerror}") from error
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            writer = EmbeddedWriter(self._folder / "live", self._dirty)
            try:
                yield writer
            finally:
                try:
                    # What a failed block wrote stays written, so it is published like the rest.
                    writer.finish()
                    if publish and self._dirty.exists():
                        self._snapshots.publish(writer.backup)
                        self._dirty.unlink()
                finally:
                    writer.close()
        finally:
            os.close(lock)

    def query(self, query: GraphQuery, *, timeout: float | None = None, charge: Charge | None = None) -> QueryAnswer:
        """See `GraphStore.query`."""
        return self.pool.query(query, timeout=timeout, charge=charge)

    def unpublished(self) -> bool:
        """See `GraphStore.unpublished`."""
        return self._dirty.exists()

    def snapshot(self) -> str | None:
        """See `GraphStore.snapshot`."""
        return self._snapshots.current()

    def clear(self) -> bool:
        """See `GraphStore.clear`."""
        with self.writer() as writer:
            if writer is None:
                return False
            writer.clear()
            return True

    def check(self) -> tuple[str, ...]:
        """See `GraphStore.check`."""
        try:
            answer = self.query(GraphQuery(text="ASK {}", media_type="application/sparql-results+json"), timeout=10)
            answer.close()
        except Busy:
            return ()  # every process is at work: the store answers somebody
        if self.pool.isolation == ():
            return ("Query processes could not leave the network; SERVICE is refused by the query guard alone.",)
        return ()

    def close(self) -> None:
        """See `GraphStore.close`."""
        self.pool.close()


def graph_change(store: ox.Store, name: ox.NamedNode, text: bytes) -> str:
    """Return the update after which a graph says this and nothing else; what it says already is not written again.

    Raises:
        SyntaxError: the text is not N-Triples.
    """
    # Read first: text that is not N-Triples could close the braces and go on as an update of its own.
    wanted = _lines(ox.serialize(ox.parse(text, ox.RdfFormat.N_TRIPLES), format=ox.RdfFormat.N_TRIPLES))
    said = _lines(store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=name))
    gone, new = said - wanted, wanted - said
    if 3 * len(gone) > 2 * len(said) or any("_:" in line for line in (*gone, *new)):
        # To drop a statement with its graph costs a third of what it costs to name it. Blank nodes have no name.
        return f"DROP SILENT GRAPH {name}; INSERT DATA {{ GRAPH {name} {{\n{''.join(wanted)}}} }}"
    parts = (("DELETE", gone), ("INSERT", new))
    return "; ".join(f"{verb} DATA {{ GRAPH {name} {{\n{''.join(lines)}}} }}" for verb, lines in parts if lines)


def _lines(ntriples: bytes | None) -> set[str]:
    assert ntriples is not None, "nothing else was named to write to"
    # Not `splitlines`, for which a literal may hold the end of a line.
    return {f"{line}\n" for line in ntriples.decode().split("\n") if line}


class EmbeddedWriter:
    """A `GraphWriter`; it lives inside the block of `EmbeddedGraphs.writer`."""

    def __init__(self, folder: Path, dirty: Path) -> None:
        try:
            self._store: ox.Store | None = ox.Store(str(folder))
            # What a load was writing when its process was killed; it had not become part of the store.
            for unfinished in folder.glob("bulk-*.sst"):
                unfinished.unlink()
        except OSError as error:
            raise StorageError(f"graph store {folder}: {error}") from error
        self._dirty = dirty
        self._unflushed = False

    def replace(self, graph: str, ntriples: str) -> None:
        """See `GraphWriter.replace`."""
        store = self._touch()
        try:
            name = ox.NamedNode(graph)
            text = ntriples.encode()  # refuses lone surrogates
            if not ntriples.strip():
                store.remove_graph(name)
            elif store.contains_named_graph(name):
                if change := graph_change(store, name, text):
                    store.update(change)
            else:
                store.load(text, ox.RdfFormat.N_TRIPLES, to_graph=name)
        except (SyntaxError, ValueError, OSError) as error:
            raise StorageError(f"graph {graph}: {error}") from error

    def replace_many(self, graphs: Sequence[tuple[str, str]]) -> None:
        """See `GraphWriter.replace_many`.

        Graphs that are new are loaded together, before the others, which are replaced one by one in their order. Where
        one is refused, those before it are written, and those after it may be.
        """
        new, others = split_new(graphs, self._exists)
        try:
            for document in nquads(new):
                self._touch().bulk_load(document, ox.RdfFormat.N_QUADS)
        except (SyntaxError, ValueError):
            others = list(graphs)  # in order, so as to stop at the one that is refused and to name it
        except OSError as error:
            raise StorageError(f"graphs could not be loaded: {error}") from error
        for graph, ntriples in others:
            self.replace(graph, ntriples)
        self.finish()

    def graphs(self) -> Iterator[str]:
        """See `GraphWriter.graphs`."""
        # Listed at once: an iterator left half-read would keep the store, and with it the lock, open.
        return iter([name.value for name in self._open().named_graphs() if isinstance(name, ox.NamedNode)])

    def count(self) -> int:
        """See `GraphWriter.count`."""
        return len(self._open())

    def clear(self) -> None:
        """Remove every graph."""
        self._touch().clear()

    def backup(self, folder: Path) -> None:
        """Put the present state into a new folder, as hard links where the file system has them."""
        self._open().backup(str(folder))

    def finish(self) -> None:
        """Make what was written survive a power cut."""
        if self._unflushed:
            self._open().flush()
            self._unflushed = False

    def close(self) -> None:
        """Close the store; pyoxigraph closes with its last reference."""
        self._store = None

    def _exists(self, graph: str) -> bool:
        try:
            return self._open().contains_named_graph(ox.NamedNode(graph))
        except ValueError:
            return True  # no IRI: not for the bulk load
        except OSError as error:
            raise StorageError(f"graph {graph}: {error}") from error

    def _open(self) -> ox.Store:
        if self._store is None:
            raise StorageError("the graph writer was used after its block ended")
        return self._store

    def _touch(self) -> ox.Store:
        if not self._unflushed:
            self._dirty.touch()
            self._unflushed = True
        return self._open()
