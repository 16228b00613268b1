"""Registered sources: `fairnode source ...`."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from node.bootstrap import find_harvesters
from node.cli.acting import actor
from node.cli.durations import Duration, spelt
from node.cli.opened import opened
from node.cli.output import json_option, print_facts, print_json, print_table
from node.cli.preflight import preflight_
from node.cli.repositories import Address, Kind
from node.errors import SettingsError
from node.harvest.addresses import private_addresses
from node.identity.entitlements import unheard_of
from node.mapping.defaults import read_default
from node.model.source import Agreement, Source
from node.storage.agreements import agreement_to_json, new_agreement
from node.terms import codes

_DURATIONS = ("interval", "full_every")
_Command = TypeVar("_Command", bound=Callable[..., Any])


def _bounds_and_schedule(command: _Command) -> _Command:
    """The options that `source add` and `source set` share; what is not given stays as it is."""
    share, count = click.FloatRange(0, 1), click.IntRange(min=0)
    for option in reversed(
        (
            click.option("--interval", type=Duration(), help="A worker harvests it so often, or never [default: 1d]."),
            click.option(
                "--full-every", type=Duration(), help="After so long a run lists everything again [default: 30d]."
            ),
            click.option(
                "--reconcile-after",
                type=count,
                help="Complete lists in a row that must miss a record before it counts as deleted; 0 never does "
                "[default: 2].",
            ),
            click.option("--min-records", type=count, help="Fewer records in a full run is suspect [default: 0]."),
            click.option("--max-records", type=count, help="More records in a full run is suspect."),
            click.option(
                "--max-deleted-share", type=share, help="A run deleting a larger share is suspect [default: 1]."
            ),
            click.option(
                "--max-absent-share",
                type=share,
                help="A full run that misses a larger share of the live records is suspect [default: 0.2].",
            ),
        )
    ):
        command = option(command)
    return command


@click.group()
def source() -> None:
    """Repositories registered for harvesting."""


source.add_command(preflight_)


@source.command()
@click.argument("url", type=Address())
@click.option("--name", required=True, help="Short name: lower-case letters, digits and hyphens.")
@click.option("--kind", type=Kind(), default="oai-pmh", show_default=True, help="Harvest protocol.")
@click.option("--metadata-prefix", help="Metadata format to harvest [default: the protocol's own, such as oai_dc].")
@click.option("--set", "set_specs", multiple=True, help="A set to harvest; repeat for several [default: everything].")
@click.option("--country", help="Country of the repository, ISO 3166-1 alpha-3 or a name.")
@click.option("--agreement", type=click.Path(exists=True, dir_okay=False), help="Agreement as a TOML file.")
@_bounds_and_schedule
@click.pass_context
def add(
    ctx: click.Context,
    /,
    url: str,
    name: str,
    kind: str,
    metadata_prefix: str | None,
    set_specs: tuple[str, ...],
    country: str | None,
    agreement: str | None,
    **limits: Any,
) -> None:
    """Register the repository at URL. Nothing is fetched yet."""
    kinds = find_harvesters()
    private = private_addresses(urlsplit(url).hostname or "")
    with opened(ctx) as node:
        registered = Source(
            name=name,
            allow_networks=private,
            url=url,
            kind=kind,
            metadata_prefix=metadata_prefix or kinds[kind].metadata_prefix,
            set_specs=set_specs,
            agreement=_agreement(agreement, country),
        )
        node.sources.add(_limited(registered, limits), dt.datetime.now(dt.UTC), actor=actor())
        warnings = unheard_of(node.settings.identity.issuers, {name: registered.agreement})
    for network in private:
        click.echo(f"{network} is not a public address; it is allowed for {name}, because you name it here.", err=True)
    for warning in warnings:
        click.echo(warning, err=True)
    click.echo(f"Registered {name}. Next: fairnode harvest {name}", err=True)


@source.command("set")
@click.argument("name")
@_bounds_and_schedule
@click.option(
    "--default", "defaults", multiple=True, metavar="PROPERTY=VALUE", help="A value of records that state none."
)
@click.option("--no-default", "dropped", multiple=True, metavar="PROPERTY", help="No such value any more.")
@click.pass_context
def set_(ctx: click.Context, /, name: str, defaults: tuple[str, ...], dropped: tuple[str, ...], **limits: Any) -> None:
    """Change bounds, schedule and defaults of the source NAME; what is not given stays as it is.

    A default, such as dct:license=CC-BY-4.0, is part of the agreement with the source. From the next harvest on, which
    makes the records anew, it holds for each that says nothing of the property; `audit what-if` tries it before.
    """
    if all(value is None for value in limits.values()) and not defaults and not dropped:
        raise SettingsError("nothing to change", advice="Say what: fairnode source set --help lists it.")
    with opened(ctx) as node:
        node.sources.change(_limited(node.sources.get(name).source, limits))
        if defaults or dropped:
            node.sources.change_agreement(
                name, lambda agreed: _with_defaults(agreed, defaults, dropped), actor(), lambda: dt.datetime.now(dt.UTC)
            )
    said = [
        f"{key.replace('_', ' ')} {spelt(value) if key in _DURATIONS else value}"
        for key, value in limits.items()
        if value is not None
    ]
    said += [f"default {'='.join(read_default(*text.partition('=')[::2]))}" for text in defaults]
    said += [f"no default of {each}" for each in dropped]
    click.echo(f"Set for {name}: {', '.join(said)}. It holds from the next harvest on.", err=True)


@source.command("agreement")
@click.argument("name")
@click.option(
    "--agreement", "path", type=click.Path(exists=True, dir_okay=False), required=True, help="Agreement as a TOML file."
)
@click.option("--country", help="Country of the repository, ISO 3166-1 alpha-3 or a name.")
@click.pass_context
def agreement_(ctx: click.Context, name: str, path: str, country: str | None) -> None:
    """Put another agreement in the place of that of the source NAME, and work out its records' labels anew.

    Whoever loses a record sees it as deleted. A later review date lets out again what was held back. Where the command
    is interrupted, a worker goes on.
    """
    # It takes every crosswalk, which the other commands here have no use for.
    from node.cli.labels import work_out

    with opened(ctx) as node:
        agreed = _agreement(path, country)
        node.sources.set_agreement(name, agreed, actor(), lambda: dt.datetime.now(dt.UTC))
        for warning in unheard_of(node.settings.identity.issuers, {name: agreed}):
            click.echo(warning, err=True)
        done = work_out(node, why=f"the agreement with {name} changed")
    click.echo(f"{done.seen} records looked at, {done.changed} changed.", err=True)


@source.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List every source, with what it amounts to."""
    with opened(ctx) as node:
        now, dead_after = dt.datetime.now(dt.UTC), node.settings.worker.dead_after_days
        summaries = {summary.source: summary for summary in node.summaries.sources(today=now.date())}
        rows = [
            (stored.source, stored.standing, stored.state(now, dead_after), summaries[stored.source.name])
            for stored in node.sources.all()
        ]
        if as_json:
            print_json(
                [
                    {**_plain(item), **asdict(standing), "state": state.value, **asdict(summary)}
                    for item, standing, state, summary in rows
                ]
            )
            return
        print_table(
            ("name", "state", "next run", "kind", "format", "live", "held", "tombstones", "FAIR", "url"),
            [
                (
                    item.name,
                    f"{state.value} ({standing.failures})" if standing.failures else state.value,
                    f"{standing.next_run:%Y-%m-%d %H:%M}" if standing.next_run and not item.paused else "-",
                    item.kind,
                    item.metadata_prefix,
                    summary.live,
                    summary.held,
                    summary.tombstones,
                    f"{summary.score:.0%}" if summary.score is not None else "-",
                    item.url,
                )
                for item, standing, state, summary in rows
            ],
        )


@source.command()
@click.argument("name")
@json_option
@click.pass_context
def show(ctx: click.Context, name: str, as_json: bool) -> None:
    """Show one source: settings, agreement, bounds, last run."""
    with opened(ctx) as node:
        stored = node.sources.get(name)
        values = {**_plain(stored.source), **asdict(stored.standing)}
        last = node.runs.latest(name, limit=1)
        values["last_run"] = last[0].run if last else None
        if as_json:
            print_json(values)
        else:
            print_facts(values)


@source.command()
@click.argument("name")
@click.pass_context
def pause(ctx: click.Context, name: str) -> None:
    """Leave a source out of `worker` and `harvest --due` until it is resumed; its records stay."""
    with opened(ctx) as node:
        node.sources.set_paused(name, True)
    click.echo(f"{name} is paused. `fairnode source resume {name}` takes it in again.", err=True)


@source.command()
@click.argument("name")
@click.pass_context
def resume(ctx: click.Context, name: str) -> None:
    """Take a paused source into `worker` and `harvest --due` again."""
    with opened(ctx) as node:
        node.sources.set_paused(name, False)
    click.echo(f"{name} is harvested again when it is due.", err=True)


@source.command()
@click.argument("name")
@click.pass_context
def remove(ctx: click.Context, name: str) -> None:
    """Remove a source that has no records; API tokens that were for it are revoked."""
    with opened(ctx) as node:
        node.sources.remove(name, actor=actor())
    click.echo(f"Removed {name}.", err=True)


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
    return new_agreement(values, dt.datetime.now(dt.UTC).date())


def _with_defaults(agreed: Agreement, defaults: tuple[str, ...], dropped: tuple[str, ...]) -> Agreement:
    kept = dict(agreed.defaults)
    for name in dropped:
        if kept.pop(name, None) is None:
            raise SettingsError(
                f"{name}: there is no such default", advice=f"There are {', '.join(kept)}." if kept else ""
            )
    kept |= (read_default(*text.partition("=")[::2]) for text in defaults)
    return replace(agreed, defaults=tuple(sorted(kept.items())))


def _limited(item: Source, limits: dict[str, Any]) -> Source:
    given = {key: value for key, value in limits.items() if value is not None}
    bounds = {key: given.pop(key) for key in tuple(given) if hasattr(item.bounds, key)}
    return replace(item, bounds=replace(item.bounds, **bounds), **given)


def _plain(item: Source) -> dict[str, Any]:
    return {**asdict(item), "agreement": agreement_to_json(item.agreement)}
