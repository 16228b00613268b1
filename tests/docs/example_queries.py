"""The page of example queries, made from `docs/queries/`."""

from __future__ import annotations

from node.exposition.sparql_examples import examples


def example_queries() -> str:
    """Return docs/reference/sparql-examples.md."""
    lines = [
        "# Example queries",
        "",
        "Every node shows these at `/sparql` and serves them at `/.well-known/sparql-examples`, as",
        "[SHACL SPARQL executables](https://www.w3.org/TR/shacl/#SPARQLExecutable) in the form of",
        "[those of other endpoints](https://github.com/sib-swiss/sparql-examples). Their files are in `docs/queries/`.",
        "They are written in the shapes that [stay fast](sparql.md#queries-that-stay-fast), and each is run by a test",
        "against a node with records.",
        "",
    ]
    for example in examples("https://node.example").each:
        number = example.iri.rpartition("#")[2]
        lines += [f"## {number}", "", example.comment, "", f"Keywords: {', '.join(example.keywords)}", ""]
        lines += ["```sparql", example.query, "```", ""]
    return "\n".join(lines)
