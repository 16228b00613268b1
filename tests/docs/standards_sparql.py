"""The page of standards, its part on `/sparql`: each point the endpoint is held to, and by which tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1] / "contract"
_PROTOCOL = "protocol"
_OURS = "this node"

# number: (from where, what is asked, what has to come back)
_POINTS = {
    1: (f"{_PROTOCOL} 2.1.1", "GET with `query`", "200, in a negotiated format"),
    2: (f"{_PROTOCOL} 2.1.2", "POST of a form with `query`", "200"),
    3: (f"{_PROTOCOL} 2.1.3", "POST of the query itself (`application/sparql-query`)", "200"),
    4: (f"{_PROTOCOL} 2.1.3", "the same with `charset=utf-8`", "200"),
    5: (f"{_PROTOCOL} 2.1.2", "POST of a form without Content-Type", "415"),
    6: (f"{_PROTOCOL} 2.1.3", "POST of a query without Content-Type", "415"),
    7: (f"{_PROTOCOL} 2.1", "POST as `text/plain`", "415"),
    8: (f"{_PROTOCOL} 2.1.3", "a body in UTF-16", "400, with that charset 415"),
    9: (f"{_PROTOCOL} 2.1", "`query` twice", "400"),
    10: (f"{_PROTOCOL} 2.1", "`query` in the URL and in the body", "400"),
    11: (f"{_PROTOCOL} 2.1.6", "a syntax error", "400 with its position"),
    12: (f"{_PROTOCOL} 2.1", "PUT, DELETE, PATCH", "405 with Allow"),
    13: ("RFC 9110, 9.3.2", "HEAD", "as GET, without a body"),
    14: (_OURS, "long queries, and longer ones", "200; 413, for GET 414"),
    15: (f"{_PROTOCOL} 2.1.4", "one and several `default-graph-uri`", "the merge of those"),
    16: (f"{_PROTOCOL} 2.1.4", "`named-graph-uri`", "only those for GRAPH"),
    17: (f"{_PROTOCOL} 2.1.4", "both", "both honoured"),
    18: (f"{_PROTOCOL} 2.1.4", "a dataset in the request and FROM in the query", "the request wins"),
    19: (f"{_PROTOCOL} 2.1.4", "a dataset in the URL, the query in the body", "honoured"),
    20: (f"{_PROTOCOL} 2.1.4", "a graph that is not there", "empty"),
    21: (_OURS, "a graph's name that is no absolute IRI", "400"),
    22: ("Query 13.1", "FROM two graphs that share a triple", "one row"),
    23: (f"{_PROTOCOL} 2.1.5", "SELECT as JSON, XML, CSV, TSV", "its media type, read by another implementation"),
    24: (f"{_PROTOCOL} 2.1.5", "ASK as JSON, XML", "its media type"),
    25: (f"{_PROTOCOL} 2.1.5", "CONSTRUCT as Turtle, N-Triples, RDF/XML, JSON-LD, TriG", "the same graph in each"),
    26: (f"{_PROTOCOL} 2.1.5", "DESCRIBE in the same formats", "the same graph in each"),
    27: (_OURS, "no Accept, `*/*`", "JSON for solutions, Turtle for graphs"),
    28: ("RFC 9110, 12.5.1", "quality values, `application/json`, a browser", "the best match"),
    29: ("RFC 9110, 15.5.7", "an Accept that nothing suits", "406 with the types there are"),
    30: ("RFC 9110, 12.5", "`Accept-Encoding: gzip`", "compressed; Vary names what the answer depends on"),
    31: (_OURS, "updates by GET, form and body", "403, and nothing changed"),
    32: (f"{_PROTOCOL} 2.1.6", "an update in the place of a query", "400"),
    33: ("Fetch (CORS)", "a preflight", "204 with methods, headers and max-age"),
    34: ("Fetch (CORS)", "any answer, errors too", "readable for scripts of any origin"),
    35: ("Service Description 2", "GET without a query, for RDF", "the description, with the endpoint's own URL"),
    36: (_OURS, "the same for a browser", "a page that needs no other host"),
    37: ("Service Description 3", "what the description claims", "is true: formats, features, functions, graphs"),
    38: ("VoID 6.4", "`/.well-known/void`", "counts equal COUNT queries over the same snapshot"),
    39: ("SHACL 5.2", "`/.well-known/sparql-examples`", "each is answered within 2 s, with at least one row"),
    40: ("Results CSV and TSV", "quoting, line ends, headers, tabs", "as written there"),
    41: ("Results JSON", "every kind of term, control characters, U+1F600", "as written there"),
    42: ("XML 1.0, 2.2", "characters that XML has not", "well-formed all the same"),
    43: (_OURS, "the time limit before the first byte", "504 with Retry-After; the process is gone"),
    44: (_OURS, "the time limit after it", "the transfer breaks off; nothing is appended"),
    45: (_OURS, "more rows or bytes than allowed", "an error, never a shorter answer"),
    46: (_OURS, "twelve hostile queries", "each ends in time, others are answered, memory is bounded"),
    47: (_OURS, "a client that leaves in mid-stream", "its process is free at once"),
    48: (_OURS, "more queries than may wait", "429 with Retry-After, others unaffected"),
    49: (_OURS, "SERVICE in every disguise", "403, and nothing reaches the canary"),
    50: ("Federated Query 2, 3", "SERVICE to an allowed endpoint", "evaluated, within limits of its own"),
    51: (_OURS, "reading while graphs are replaced", "never half a graph"),
    52: ("RFC 9110, 13.1.2", "the same query over the same snapshot", "304 for its entity tag"),
    53: (_OURS, "HTTP QUERY", "405"),
    54: ("Graph Store HTTP Protocol", "GET, HEAD and writing of `?graph=`", "200, 404; 403 for writing"),
}


def sparql_section() -> list[str]:
    """Return the lines of the section."""
    lines = [
        "## SPARQL 1.1",
        "",
        "[Protocol](https://www.w3.org/TR/sparql11-protocol/), [Query](https://www.w3.org/TR/sparql11-query/),",
        "[Service Description](https://www.w3.org/TR/sparql11-service-description/),",
        "[Federated Query](https://www.w3.org/TR/sparql11-federated-query/),",
        "[Graph Store HTTP Protocol](https://www.w3.org/TR/sparql11-http-rdf-update/), result formats, and what this",
        "node asks of itself. The tests are in `tests/contract/`; each bears the numbers of its points.",
        "",
        "| no. | from | asked | answer | tests |",
        "| --- | --- | --- | --- | --- |",
    ]
    tests = _tests()
    for number, (source, asked, answer) in _POINTS.items():
        mine = ", ".join(f"`{name}`" for name, numbers in tests.items() if number in numbers)
        assert mine, f"no test is named after point {number}"
        lines.append(f"| {number} | {source} | {asked} | {answer} | {mine} |")
    return [*lines, ""]


def _tests() -> dict[str, set[int]]:
    """Return the tests that are named after points, with the numbers of these."""
    found: dict[str, set[int]] = {}
    for path in sorted(_TESTS.glob("test_*.py")):
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.FunctionDef):
                match = re.match(r"test_rows?((?:_\d+)+)_", statement.name)
                if match:
                    name = f"{path.name}::{statement.name}"
                    found[name] = {int(number) for number in match.group(1).split("_")[1:]}
    return found
