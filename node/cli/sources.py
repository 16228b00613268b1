"""Registered sources: `fairnode source ...`."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from node.bootstrap import find_harvesters
from node.cli.opened import opened
from node.cli.output import json_option, print_json, print_table
from node.errors import LabelError, SettingsError
from node.harvest.addresses import private_addresses
from node.model.dcat import Resource
from node.model.rdf import Iri
from node.model.source import Agreement, Bounds, Source
from node.sovereignty.derive import derive
from node.sovereignty.tags import encode
from node.storage.sources import agreement_from_json, agreement_to_json
from node.terms import codes


@click.group()
def source() -> None:
    """Repositories registered for harvesting."""


@source.command()
@click.argument("url")
@click.option("--name", required=True, help="Short name: lower-case letters, digits and hyphens.")
@click.option("--kind", default="oai-pmh", show_default=True, help="Harvest protocol.")
@click.option("--metadata-prefix", default="oai_dc", show_default=True, help="Metadata format to harvest.")
@click.option("--set", "set_specs", multiple=True, help="A set to harvest; repeat for several [default: everything].")
@click.option("--country", help="Country of the repository, ISO 3166-1 alpha-3 or a name.")
@click.option("--agreement", type=click.Path(exists=True, dir_okay=False), help="Agreement as a TOML file.")
@click.option(
    "--min-records",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Fewer records than this in a full run is suspect.",
)
@click.option("--max-records", type=click.IntRange(min=0), help="More records than this in a full run is suspect.")
@click.option(
    "--max-deleted-share",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="A run deleting a larger share is suspect.",
)
@click.pass_context
def add(
    ctx: click.Context,
    url: str,
    name: str,
    kind: str,
    metadata_prefix: str,
    set_specs: tuple[str, ...],
    country: str | None,
    agreement: str | None,
    min_records: int,
    max_records: int | None,
    max_deleted_share: float,
) -> None:
    """Register the repository at URL. Nothing is fetched yet."""
    if not url.startswith(("http://", "https://")):
        raise SettingsError(f"{url!r} is not an http or https URL", advice="Give the protocol's base URL.")
    kinds = find_harvesters()
    if kind not in kinds:
        raise SettingsError(f"nothing harvests kind {kind!r}", advice=f"Kinds at hand: {', '.join(sorted(kinds))}.")
    private = private_addresses(urlsplit(url).hostname or "")
    with opened(ctx) as node:
        node.sources.add(
            Source(
                name=name,
                allow_networks=private,
                url=url,
                kind=kind,
                metadata_prefix=metadata_prefix,
                set_specs=set_specs,
                agreement=_agreement(agreement, country),
                bounds=Bounds(min_records=min_records, max_records=max_records, max_deleted_share=max_deleted_share),
            ),
            dt.datetime.now(dt.UTC),
        )
    for network in private:
        click.echo(f"{network} is not a public address; it is allowed for {name}, because you name it here.", err=True)
    click.echo(f"Registered {name}. Next: fairnode harvest {name}", err=True)


@source.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List every source, with what it amounts to."""
    with opened(ctx) as node:
        summaries = {summary.source: summary for summary in node.summaries.sources()}
        rows = [(stored.source, summaries[stored.source.name]) for stored in node.sources.all()]
        if as_json:
            print_json([{**_plain(item), **asdict(summary)} for item, summary in rows])
            return
        print_table(
            ("name", "kind", "format", "live", "held", "tombstones", "FAIR", "url"),
            [
                (
                    item.name + (" (paused)" if item.paused else ""),
                    item.kind,
                    item.metadata_prefix,
                    summary.live,
                    summary.held,
                    summary.tombstones,
                    f"{summary.score:.0%}" if summary.score is not None else "-",
                    item.url,
                )
                for item, summary in rows
            ],
        )


@source.command()
@click.argument("name")
@json_option
@click.pass_context
def show(ctx: click.Context, name: str, as_json: bool) -> None:
    """Show one source: settings, agreement, bounds, last run."""
    with opened(ctx) as node:
        values = _plain(node.sources.get(name).source)
        last = node.runs.latest(name, limit=1)
        values["last_run"] = last[0].run if last else None
        if as_json:
            print_json(values)
        else:
            print_table(("key", "value"), [(key, value) for key, value in values.items()])


@source.command()
@click.argument("name")
@click.pass_context
def pause(ctx: click.Context, name: str) -> None:
    """Leave a source out of `harvest --due` until it is resumed; its records stay."""
    with opened(ctx) as node:
        node.sources.set_paused(name, True)


@source.command()
@click.argument("name")
@click.pass_context
def resume(ctx: click.Context, name: str) -> None:
    """Take a paused source into `harvest --due` again."""
    with opened(ctx) as node:
        node.sources.set_paused(name, False)


@source.command()
@click.argument("name")
@click.pass_context
def remove(ctx: click.Context, name: str) -> None:
    """Remove a source that has no records."""
    with opened(ctx) as node:
        node.sources.remove(name)


def _agreement(path: str | None, country: str | None) -> Agreement:
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path}: {error}", advice="Correct the agreement file.") from error
    if country is not None:
        code = codes.country(country)
        if code is None:
            raise SettingsError(f"{country!r} is not a country", advice="Use ISO 3166-1 alpha-3, such as FIN.")
        values["country"] = code
    agreed = agreement_from_json(values)
    try:
        labels, _ = derive(Resource(iri=Iri("urn:fairnode:any")), agreed, dt.datetime.now(dt.UTC).date())
        for label in (labels.record, labels.data):
            encode(label)
    except LabelError as error:
        raise SettingsError(f"agreement: {error.message}", advice="docs/reference/agreements.md lists them.") from error
    return agreed


def _plain(item: Source) -> dict[str, Any]:
    return {**asdict(item), "agreement": agreement_to_json(item.agreement)}
