"""The stores behind the node: `fairnode graph`, `fairnode store`."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from node.cli import store_verify
from node.cli.opened import opened
from node.cli.output import json_option, print_json, print_table, progress_line
from node.errors import Conflict, FairnodeError
from node.examination import examine_zones
from node.model.peer import viewer_name
from node.settings import ZoneSettings, home_folder, load_settings
from node.storage.graphs import GraphQuery
from node.storage.objects.protocols import Check


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
    """Compare the graphs of each viewer with the database.

    None may wait, be missing or strange, and no statement may stand twice. Exits 1 otherwise.
    """
    with opened(ctx) as node:
        accounts = {viewer_name(viewer): node.projection.verify(viewer) for viewer in node.graph_stores}
    sound = all(account.sound for account in accounts.values())
    if as_json:
        public = asdict(accounts.pop("public"))
        print_json({**public, "viewers": {name: asdict(account) for name, account in accounts.items()}})
    else:
        counts = {name: asdict(account) for name, account in accounts.items()}
        rows = [(what, *(count[what] for count in counts.values())) for what in next(iter(counts.values()))]
        print_table(("graphs", *counts), rows)
    if not sound:
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
    rows = [
        {**zone.model_dump(exclude={"access_key_env", "secret_key_env"}), "assurance": zone.level}
        for zone in settings.store.zones
    ]
    if as_json:
        print_json(rows)
    else:
        names = ("name", "url", "country", "operator", "jurisdiction", "assurance", "tier")
        print_table(names, [[row[name] for name in names] for row in rows])


@store.command()
@click.option("--zone", "only", help="Try this zone only.")
@json_option
@click.pass_context
def probe(ctx: click.Context, only: str | None, as_json: bool) -> None:
    """Try each zone, check by check: tags and bytes kept, strangers refused, claims true. Exits 1 where one fails."""
    settings = load_settings(home_folder(ctx.find_root().obj))
    found = [(zone, result) for zone, result in examine_zones(settings, only)]
    if as_json:
        print_json([_zone_values(zone, result) for zone, result in found])
    else:
        print_table(
            ("zone", "result", "the zone", "what was found"),
            [(zone.name, *row) for zone, result in found for row in _check_rows(result)],
        )
    if not all(_is_sound(result) for _, result in found):
        ctx.exit(1)


def _is_sound(result: tuple[Check, ...] | FairnodeError) -> bool:
    return isinstance(result, tuple) and all(check.passed is not False for check in result)


def _check_rows(result: tuple[Check, ...] | FairnodeError) -> list[tuple[str, str, str]]:
    if isinstance(result, FairnodeError):
        return [("FAILED", "answers", f"{result.message} [{result.code}]. {result.advice}")]
    return [
        ("ok", check.name, check.detail)
        if check.passed
        else ("FAILED", check.name, f"{check.detail}. {check.advice}".strip())
        for check in result
    ]


def _zone_values(zone: ZoneSettings, result: tuple[Check, ...] | FairnodeError) -> dict[str, object]:
    values: dict[str, object] = {
        "zone": zone.name,
        "url": zone.url,
        "ok": _is_sound(result),
        "detail": f"{result.message} [{result.code}]" if isinstance(result, FairnodeError) else "",
    }
    return {**values, "checks": [asdict(check) for check in result] if isinstance(result, tuple) else []}


store.add_command(store_verify.verify)
store.add_command(store_verify.audits)
store.add_command(store_verify.relabel)
