"""Making a node and looking at it: `init`, `check`, `migrate`."""

from __future__ import annotations

import datetime as dt

import click

from node.bootstrap import initialise
from node.cli.output import home_option, json_option, print_json, print_table
from node.examination import advise, examine
from node.settings import Settings, home_folder, load_settings, make_settings
from node.storage.database import open_database
from node.telemetry import configure_logging


def _settings(ctx: click.Context, home: str | None = None) -> Settings:
    settings = load_settings(home_folder(home or ctx.find_root().obj))
    configure_logging(log_format=settings.log_format, level=settings.log_level)
    return settings


@click.command()
@home_option
@click.option("--country", default=None, help="Where the node's operator sits, ISO 3166-1 alpha-3, such as FIN.")
@click.option("--base-url", default=None, help="The node's public address [default: http://127.0.0.1:8000].")
@click.pass_context
def init(ctx: click.Context, home: str | None, country: str | None, base_url: str | None) -> None:
    """Create the home folder, settings, keys, database and stores. Running it again repairs, never overwrites."""
    settings = _settings(ctx, home)
    given = {"country": country.upper() if country else None, "base_url": base_url}
    changes = {key: value for key, value in given.items() if value}
    if changes:
        settings = make_settings({**settings.model_dump(), **changes}, settings.home)
    initialise(settings, dt.datetime.now(dt.UTC))
    click.echo(f"The node lives in {settings.home}; its settings are in {settings.home / 'fairnode.toml'}.", err=True)
    click.echo("Next: fairnode source add URL --name NAME", err=True)


@click.command()
@json_option
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Show the effective settings and try each store; exits 1 where one does not answer."""
    settings = _settings(ctx)
    results = examine(settings)
    warnings = advise(settings)
    for warning in warnings:
        click.echo(warning, err=True)
    if as_json:
        print_json(
            {
                "home": str(settings.home),
                "settings": settings.model_dump(mode="json"),
                "checks": [{"what": what, "ok": ok, "detail": detail} for what, ok, detail in results],
                "warnings": list(warnings),
            }
        )
    else:
        print_table(
            ("check", "result", "detail"), [(what, "ok" if ok else "FAILED", detail) for what, ok, detail in results]
        )
    if not all(ok for _, ok, _ in results):
        ctx.exit(1)


@click.command()
@click.pass_context
def migrate(ctx: click.Context) -> None:
    """Bring the database's tables to this version's form."""
    settings = _settings(ctx)
    database = open_database(settings.store.database, settings.home)
    database.migrate(dt.datetime.now(dt.UTC))
    database.close()
    click.echo("The database is up to date.", err=True)
