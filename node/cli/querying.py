"""Asking the node: `fairnode query`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from node.cli.opened import opened
from node.errors import NotFound
from node.exposition.sparql import choose_format
from node.exposition.sparql_guard import admit
from node.model.peer import viewer_name
from node.storage.graphs import GraphQuery


@click.command()
@click.argument("query", metavar="QUERY|FILE")
@click.option(
    "--format",
    "form",
    help="json, csv, tsv, xml; for graphs turtle, ntriples, rdfxml, jsonld [default: the first].",
)
@click.option(
    "--as",
    "viewer",
    default="public",
    show_default=True,
    help="Whose graphs: public, registered, steward, peer:NAME or an entitlement, where the node keeps such graphs.",
)
@click.pass_context
def query(ctx: click.Context, query: str, form: str | None, viewer: str) -> None:
    """Run a SPARQL query, given as text or as a file, over what the public can see, or another viewer."""
    text = _text(query)
    if text == query and not any(mark in text for mark in "{ \n"):
        raise NotFound(
            f"there is no file {query!r}, and it is no query", advice="Give a SPARQL query or the path of one."
        )
    admitted = admit(text)
    chosen, _ = choose_format(admitted.form, "", form or "")
    with opened(ctx) as node:
        viewers = {viewer_name(each): each for each in node.graph_stores}
        if viewer not in viewers:
            raise NotFound(
                f"there are no graphs for {viewer}",
                advice=f"There are some for {', '.join(viewers)}; [store.graphs_for] adds others.",
            )
        # As over HTTP: graphs that are not what the viewer may see by now are nobody's.
        answer = node.graphs_of(viewers[viewer]).query(
            GraphQuery(
                text=admitted.text,
                media_type=chosen.media_type,
                dataset=admitted.dataset,
                default_graphs=admitted.default_graphs,
                named_graphs=admitted.named_graphs,
            )
        )
        try:
            for chunk in answer.chunks():
                sys.stdout.buffer.write(chunk)
        finally:
            answer.close()
        sys.stdout.buffer.flush()


def _text(query: str) -> str:
    try:
        path = Path(query)
        return path.read_text(encoding="utf-8") if path.is_file() else query
    except (OSError, UnicodeDecodeError):
        # A query can be longer than a file name may be.
        return query
