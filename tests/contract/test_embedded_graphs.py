"""What the embedded store adds to the contract: published states, merges that are sets, and many processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.settings import SparqlSettings, StoreSettings
from node.storage.graphs import GraphQuery, GraphStore, open_graph_store

JSON = "application/sparql-results+json"


def open_store(home: Path) -> GraphStore:
    return open_graph_store("oxigraph:graphs", home, SparqlSettings(timeout=10), StoreSettings())


@pytest.fixture
def graphs(tmp_path: Path) -> Iterator[GraphStore]:
    store = open_store(tmp_path)
    yield store
    store.close()


def write(graphs: GraphStore, name: str, value: str, *, publish: bool = True) -> None:
    with graphs.writer(publish=publish) as writer:
        assert writer is not None
        writer.replace(f"http://e/{name}", f'<http://e/s> <http://e/p> "{value}" .')


def values(graphs: GraphStore, text: str = "SELECT ?o { ?s ?p ?o }", **dataset: tuple[str, ...]) -> list[str]:
    answer = graphs.query(GraphQuery(text=text, media_type=JSON, dataset=bool(dataset), **dataset))  # type: ignore[arg-type]
    rows = json.loads(b"".join(answer.chunks()))["results"]["bindings"]
    return sorted(term["value"] for row in rows for term in row.values())


def test_what_is_not_published_is_not_seen_until_somebody_publishes(graphs: GraphStore) -> None:
    write(graphs, "a", "one")
    write(graphs, "b", "two", publish=False)
    before = values(graphs), graphs.snapshot()

    with graphs.writer():
        pass

    assert before[0] == ["one"]
    assert values(graphs) == ["one", "two"]
    assert graphs.snapshot() != before[1]


def test_a_writer_that_wrote_nothing_publishes_nothing(graphs: GraphStore) -> None:
    write(graphs, "a", "one")
    before = graphs.snapshot()

    with graphs.writer() as writer:
        assert writer is not None
        writer.count()

    assert graphs.snapshot() == before


def test_what_a_failed_block_wrote_is_published_like_the_rest(graphs: GraphStore) -> None:
    with pytest.raises(ZeroDivisionError), graphs.writer() as writer:
        assert writer is not None
        writer.replace("http://e/a", '<http://e/s> <http://e/p> "one" .')
        raise ZeroDivisionError

    assert values(graphs) == ["one"]


def test_the_merge_of_default_graphs_tells_a_triple_once(graphs: GraphStore) -> None:
    write(graphs, "a", "same")
    write(graphs, "b", "same")

    assert values(graphs, default_graphs=("http://e/a", "http://e/b")) == ["same"]
    both = "SELECT ?g ?o { ?s ?p ?o GRAPH ?g { ?s ?p ?o } }"
    assert values(graphs, both, default_graphs=("http://e/a", "http://e/b"), named_graphs=("http://e/b",)) == [
        "http://e/b",
        "same",
    ]


def test_an_answer_under_way_keeps_its_state_while_others_are_published_and_removed(
    graphs: GraphStore, tmp_path: Path
) -> None:
    with graphs.writer() as writer:
        assert writer is not None
        lines = "".join(f'<http://e/s{n}> <http://e/p> "{"v" * 50}" .\n' for n in range(30_000))
        writer.replace("http://e/a", lines)
    answer = graphs.query(GraphQuery(text="SELECT * { ?s ?p ?o }", media_type="text/csv"))
    chunks = answer.chunks()
    first = next(chunks)

    for number in range(6):
        write(graphs, "a", f"other {number}")
    rest = b"".join(chunks)

    assert (first + rest).count(b"\r\n") == 30_001
    assert values(graphs) == ["other 5"]
    write(graphs, "a", "last")
    folders = [path for path in (tmp_path / "graphs" / "snapshots").iterdir() if path.is_dir()]
    assert 2 <= len(folders) <= 3


def test_another_process_is_kept_from_writing_and_reads_what_is_published(graphs: GraphStore, tmp_path: Path) -> None:
    write(graphs, "a", "one")
    program = (
        "import sys; from pathlib import Path; sys.path[:0] = [sys.argv[2]]\n"
        "from node.settings import SparqlSettings, StoreSettings\n"
        "from node.storage.graphs import GraphQuery, open_graph_store\n"
        "store = open_graph_store('oxigraph:graphs', Path(sys.argv[1]), SparqlSettings(), StoreSettings())\n"
        "with store.writer() as writer: print(writer)\n"
        "answer = store.query(GraphQuery(text='SELECT ?o { ?s ?p ?o }', media_type='text/csv'))\n"
        "print(b''.join(answer.chunks()).decode().split())\n"
        "store.close()\n"
    )

    with graphs.writer():
        root = Path(__file__).resolve().parents[2]
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path), str(root)], capture_output=True, text=True, timeout=60
        )

    assert done.stdout.split("\n")[:2] == ["None", "['o', 'one']"], done.stderr


def test_a_killed_writer_loses_nothing_it_had_finished_and_the_next_one_publishes_it(
    graphs: GraphStore, tmp_path: Path
) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; sys.path[:0] = [sys.argv[2]]\n"
        "from node.settings import SparqlSettings, StoreSettings\n"
        "from node.storage.graphs import open_graph_store\n"
        "store = open_graph_store('oxigraph:graphs', Path(sys.argv[1]), SparqlSettings(), StoreSettings())\n"
        "with store.writer() as writer:\n"
        "    writer.replace_many([('http://e/a', '<http://e/s> <http://e/p> \"kept\" .')])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).resolve().parents[2]

    done = subprocess.run([sys.executable, "-c", program, str(tmp_path), str(root)], timeout=60)
    with graphs.writer():
        pass

    assert done.returncode == -9
    assert values(graphs) == ["kept"]
