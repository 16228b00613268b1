"""The stores behind the node: `fairnode graph`, `fairnode store`."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from node.bootstrap import probe_zones
from node.cli.opened import opened
from node.cli.output import json_option, print_json, print_table, progress_line
from node.errors import Conflict
from node.settings import home_folder, load_settings
from node.storage.graphs import GraphQuery


@click.group()
def graph() -> None:
    """The RDF graphs: a projection of database and objects."""


@graph.command()
@click.pass_context
def rebuild(ctx: click.Context) -> None:
    """Write every graph again from database and objects."""
    show, clear = progress_line()
    with opened(ctx) as node:
        written = node.projection.rebuild(progress=lambda count: show(f"{count} graphs written"))
    clear()
    if written is None:
        raise Conflict("another process is writing the graphs", advice="Try again when it has ended.")
    click.echo(f"{written} graphs written.", err=True)


@graph.command()
@json_option
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Compare the graphs with the database: none may wait, be missing or strange, no statement stand twice."""
    with opened(ctx) as node:
        account = node.projection.verify()
    if as_json:
        print_json(asdict(account))
    else:
        print_table(("graphs", "count"), list(asdict(account).items()))
    if not account.sound:
        ctx.exit(1)


@graph.command()
@click.pass_context
def dump(ctx: click.Context) -> None:
    """Print every public statement as N-Triples."""
    everything = GraphQuery(text="CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", media_type="application/n-triples")
    with opened(ctx) as node:
        answer = node.graphs.query(everything)
        try:
            for chunk in answer.chunks():
                sys.stdout.buffer.write(chunk)
        finally:
            answer.close()


@click.group()
def store() -> None:
    """The storage zones that hold the objects."""


@store.command()
@json_option
@click.pass_context
def zones(ctx: click.Context, as_json: bool) -> None:
    """List the storage zones, in order of preference."""
    settings = load_settings(home_folder(ctx.find_root().obj))
    rows = [zone.model_dump(exclude={"access_key_env", "secret_key_env"}) for zone in settings.store.zones]
    if as_json:
        print_json(rows)
    else:
        names = ("name", "url", "country", "operator", "assurance", "tier")
        print_table(names, [[row[name] for name in names] for row in rows])


@store.command()
@json_option
@click.pass_context
def probe(ctx: click.Context, as_json: bool) -> None:
    """Try each zone: reachable, tags kept, strangers refused. Exits 1 where one fails."""
    settings = load_settings(home_folder(ctx.find_root().obj))
    results = probe_zones(settings)
    if as_json:
        print_json([{"zone": what, "ok": ok, "detail": detail} for what, ok, detail in results])
    else:
        print_table(
            ("zone", "result", "detail"), [(what, "ok" if ok else "FAILED", text) for what, ok, text in results]
        )
    if not all(ok for _, ok, _ in results):
        ctx.exit(1)
