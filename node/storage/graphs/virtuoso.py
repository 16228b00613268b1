"""Virtuoso 7 (https://vos.openlinksw.com/) as a graph service: the SPARQL 1.1 Protocol with what differs there.

What differs, and what of it remains, is told in docs/how-to/run-on-virtuoso.md.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice

import pyoxigraph as ox

from node.errors import QueryTooLarge, StorageError
from node.storage.graphs import GraphQuery
from node.storage.graphs.rewritten import Allowance, graph, solutions
from node.storage.graphs.services import Column, Request, dataset_fields, table
from node.storage.graphs.virtuoso_query import worded
from node.storage.graphs.virtuoso_terms import held_iri, restored, restored_json, statements

SERVER = "Virtuoso/"
"""How its `Server` header begins."""

_JSON = "application/sparql-results+json"
_SERVICES = "SELECT ?g { GRAPH ?g { ?g a <http://www.w3.org/ns/sparql-service-description#Service> } }"
_SETTING = "SELECT (bif:cfg_item_value(bif:virtuoso_ini_path(), '{section}', '{key}') AS ?value) {{}}"
_MOST = 1024 * 1024  # what its web service gives where no limit is set
# Its parser has room for some 5,000 statements in one block, its request for 10 MB in all.
_BLOCK = 1000
_LARGEST = 9_000_000
_DROPS = 100
_SMALL = 500
# Written anew in the transaction of every update: while it stays the same, so does all that a query can see.
_STATE = "urn:fairnode:state"
_OWN = (
    "http://www.openlinksw.com/schemas/virtrdf#",
    "http://www.w3.org/ns/ldp#",
    "http://www.w3.org/2002/07/owl#",
    "urn:activitystreams-owl:map",
    "urn:core:services:sparql",
)


class Virtuoso:
    """A `Service` that is a Virtuoso.

    Args:
        own: graphs that are Virtuoso's and not the node's: its storage schema, its description of itself.
        most: rows that it gives; of a table it says that there were more, of a graph it does not.
        repeatable: its readers wait for a transaction's end, and do not see a graph that is empty before it is full.
    """

    # On a connection that is kept an update takes 40 ms more: its answer waits for an acknowledgement.
    update_headers: Mapping[str, str] = {"Connection": "close"}

    def __init__(self, own: Iterable[str], most: int, *, repeatable: bool) -> None:
        # The name of the state tells nothing, and is read by a query that names its graph.
        self._own, self._hidden = frozenset((_STATE, *own)), frozenset(own)
        self._most = most
        self._repeatable = repeatable

    def request(self, query: GraphQuery, seconds: float) -> Request:
        """See `Service.request`."""
        words = worded(query.text, self._hidden)
        # An answer that is not ready by then is cut, and says so: Virtuoso does not go on computing for nobody.
        pragmas = [] if query.dataset else self._left_out(words.graphs)
        if words.form == "DESCRIBE":
            # What it does by itself looks in the graphs that a query names, and finds nothing in the union of all.
            pragmas.append('define sql:describe-mode "CBD"')
        fields = [("timeout", str(max(1000, round(seconds * 1000)))), ("query", " ".join((*pragmas, words.text)))]
        if query.dataset:
            default, named = (
                [held_iri(name) for name in names if name not in self._hidden]
                for names in (query.default_graphs, query.named_graphs)
            )
            fields += dataset_fields(default, named)
        if words.form in ("CONSTRUCT", "DESCRIBE"):
            terms = restored if words.form == "DESCRIBE" else self._whole
            rewriting = partial(_graph, media_type=query.media_type, terms=terms)
            return Request(fields=tuple(fields), accept="application/n-triples", rewriting=rewriting)
        read = _boolean if words.form == "ASK" else _lines
        return Request(fields=tuple(fields), accept=_JSON, rewriting=partial(_results, read, query.media_type))

    def _left_out(self, named: tuple[str, ...]) -> list[str]:
        """Return the pragmas that leave Virtuoso's own graphs out of a query; an extension of its own."""
        pragmas = [f"define input:default-graph-exclude <{name}>" for name in sorted(self._own)]
        if named:
            return pragmas + [f"define input:named-graph-uri <{name}>" for name in named]
        return pragmas + [f"define input:named-graph-exclude <{name}>" for name in sorted(self._own)]

    def _whole(self, triples: Iterator[ox.Triple]) -> Iterator[ox.Triple]:
        for number, triple in enumerate(restored(triples), start=1):
            if number == self._most:
                raise QueryTooLarge(f"the answer has more than the {self._most} rows that the graph store gives")
            yield triple

    def replacement(self, graph: ox.NamedNode, ntriples: str, column: Column) -> str:
        """See `Service.replacement`; each request is a transaction.

        Of some CLEAR of thousands of statements Virtuoso 7.2.5 never comes back; DROP waits for every reader.
        """
        name = f"<{held_iri(graph.value)}>"
        triples = (quad.triple for quad in ox.parse(ntriples.encode(), ox.RdfFormat.N_TRIPLES))
        blocks = ("".join(block) for block in _batched(statements(triples), _BLOCK))
        inserts = (f"INSERT DATA {{ GRAPH {name} {{\n{block}}} }}" for block in blocks)
        updates = "; ".join((*inserts, *_another_state()))
        if len(updates.encode()) > _LARGEST:
            raise ValueError(f"{len(updates.encode())} bytes, and Virtuoso takes {_LARGEST} in one step")
        (held,), _ = column(table("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", (graph.value,)))
        return f"{'CLEAR' if int(held) <= _SMALL else 'DROP'} SILENT GRAPH {name}; {updates}"

    def removals(self, names: Callable[[], Iterable[str]]) -> Iterator[str]:
        """See `Service.removals`; `DROP NAMED` does nothing there."""
        for some in _batched(names(), _DROPS):
            yield "; ".join((*(f"DROP SILENT GRAPH <{held_iri(name)}>" for name in some), *_another_state()))

    def names(self, column: Column) -> Iterator[str]:
        """See `Service.names`; where there are more than Virtuoso gives in one answer, part by part.

        Parts are cut by digest: its order and its comparison of strings disagree about letters outside ASCII.
        """
        pattern = "GRAPH ?g { ?s ?p ?o }"
        (total,), _ = column(table(f"SELECT (COUNT(DISTINCT ?g) AS ?n) {{ {pattern} }}"))
        found, parts = set[str](), [""]
        while parts:
            part = parts.pop()
            held = f' FILTER(STRSTARTS(MD5(STR(?g)), "{part}"))' if part else ""
            names, cut = column(table(f"SELECT DISTINCT ?g {{ {pattern}{held} }}"))
            if cut:
                parts += [part + digit for digit in "0123456789abcdef"]
            else:
                found.update(names)
        if len(found) < int(total):
            raise StorageError(f"Virtuoso named {len(found)} of its {total} graphs")
        return iter(found)

    def notes(self, max_rows: int) -> tuple[str, ...]:
        """See `Service.notes`."""
        notes = []
        if self._most <= max_rows:
            notes.append(f"Virtuoso gives {self._most} rows (ResultSetMaxRows) and [sparql] max_rows is {max_rows}.")
        if not self._repeatable:
            notes.append("Virtuoso shows readers a graph empty while it is replaced: set DefaultIsolation to 4.")
        return tuple(notes)

    def state(self, column: Column) -> str | None:
        """See `Service.state`."""
        found, _ = column(table("SELECT ?state { ?any ?other ?state }", (_STATE,)))
        return found[0] if len(found) == 1 else None


def _another_state() -> tuple[str, str]:
    token = secrets.token_hex(16)
    statement = f'<{_STATE}> <{_STATE}> "{token}"'
    return f"CLEAR SILENT GRAPH <{_STATE}>", f"INSERT DATA {{ GRAPH <{_STATE}> {{ {statement} }} }}"


def met(ask: Callable[[Request], tuple[list[str], bool]]) -> Virtuoso:
    """Return how to speak to a Virtuoso, which is asked for its own graphs and its limit.

    Raises:
        StorageError: it does not tell.
    """

    def told(text: str) -> list[str]:
        reading = partial(_results, _lines, _JSON)
        return ask(Request(fields=(("query", text),), accept=_JSON, rewriting=reading))[0]

    hosts = [name.removesuffix("/sparql") for name in told(_SERVICES) if name.endswith("/sparql")]
    most = [int(text) for text in told(_SETTING.format(section="SPARQL", key="ResultSetMaxRows")) if text.isdecimal()]
    repeatable = told(_SETTING.format(section="Parameters", key="DefaultIsolation")) in (["4"], ["8"])
    return Virtuoso(
        (*_OWN, *(host + path for host in hosts for path in ("/sparql", "/DAV", "/DAV/"))),
        min((_MOST, *most)),
        repeatable=repeatable,
    )


def _batched(items: Iterable[str], size: int) -> Iterator[list[str]]:
    walk = iter(items)
    while batch := list(islice(walk, size)):
        yield batch


def _graph(
    body: Iterator[bytes],
    allow: Allowance,
    *,
    media_type: str,
    terms: Callable[[Iterator[ox.Triple]], Iterator[ox.Triple]],
) -> Iterator[bytes]:
    return graph(body, media_type, allow, terms)


def _results(
    read: Callable[[Iterator[bytes]], Iterator[bytes]], media_type: str, body: Iterator[bytes], allow: Allowance
) -> Iterator[bytes]:
    return solutions(read(body), media_type, allow)


def _lines(body: Iterator[bytes]) -> Iterator[bytes]:
    """Yield SPARQL JSON results as the specification has them; Virtuoso writes a line for each row."""
    rest = b""
    for chunk in body:
        lines, end, rest = (rest + chunk).rpartition(b"\n")
        yield restored_json(lines + end)
    yield restored_json(rest)


def _boolean(body: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the answer of ASK: Virtuoso 7.2.5 gives a table of one row where it is true, later ones a boolean."""
    answer = json.loads(b"".join(body))
    rows = answer.get("results", {}).get("bindings", [])
    value = answer.get("boolean", any(term["value"] != "0" for row in rows for term in row.values()))
    yield json.dumps({"head": {}, "boolean": value}).encode()
