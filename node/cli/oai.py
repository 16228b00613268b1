"""Checking an OAI-PMH provider from outside: `fairnode oai verify`."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click

from node.cli.output import UNDECIDED_STATUS, plain, progress_line
from node.cli.repositories import Address
from node.conformance import Bounds, verify
from node.conformance.writing import as_document, as_junit, as_text
from node.harvest.addresses import private_addresses
from node.harvest.fetch import HttpFetch
from node.harvest.pace import Pace
from node.model.conformance import ConformanceReport, Level, State
from node.settings import home_folder, load_settings
from node.telemetry import configure_logging
from node.whole_file import whole_file


@click.group("oai")
def oai() -> None:
    """Look at OAI-PMH providers."""


@oai.command("verify")
@click.argument("url", type=Address())
@click.option("--set", "set_spec", help="The set whose lists are followed [default: everything].")
@click.option("--prefix", default="oai_dc", show_default=True, help="The metadata format whose lists are followed.")
@click.option("--only", multiple=True, metavar="ID", help="Check this point alone; repeat for several.")
@click.option(
    "--records", default=1000, show_default=True, type=click.IntRange(1), help="Records of a list followed, at most."
)
@click.option("--requests", default=600, show_default=True, type=click.IntRange(1), help="Requests sent, at most.")
@click.option(
    "--pace", default=0.1, show_default=True, type=click.FloatRange(0, 60), help="Least seconds between two requests."
)
@click.option(
    "--fail-on",
    type=click.Choice([*(level.value for level in Level), "never"]),
    default="must",
    show_default=True,
    help="Exit 1 where a point that weighs at least this is broken.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "junit"]), default="text", show_default=True, help="Form."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; the same as --format json.")
@click.option("--output", type=click.Path(dir_okay=False), help="Write the report to this file.")
@click.pass_context
def verify_(
    ctx: click.Context,
    url: str,
    set_spec: str | None,
    prefix: str,
    only: tuple[str, ...],
    records: int,
    requests: int,
    pace: float,
    fail_on: str,
    form: str,
    as_json: bool,
    output: str | None,
) -> None:
    """Check the OAI-PMH provider at URL, the base URL that harvesters know it by, point by point.

    No home folder is needed. Exits 0 where every point that weighs is kept, 1 where one is broken, 2 where one could
    not be decided (or for wrong usage), 3 where the provider cannot be looked at.
    """
    settings = load_settings(home_folder(ctx.find_root().obj))
    configure_logging(log_format=settings.log_format, level="error")
    # Who names a host here has an account on this machine already, as with `source add`.
    allowed = (*settings.fetch.allow_networks, *private_addresses(urlsplit(url).hostname or ""))
    fetch = settings.fetch.model_copy(update={"allow_networks": allowed, "retries": min(settings.fetch.retries, 2)})
    shared = Pace(pace)
    show, clear = progress_line()
    try:
        report = verify(
            url,
            lambda: HttpFetch(fetch, pace=shared),
            now=lambda: dt.datetime.now(dt.UTC),
            prefix=prefix,
            set_spec=set_spec,
            bounds=Bounds(records=records, requests=requests),
            only=tuple(each.upper() for each in only),
            say=show,
        )
    finally:
        clear()
    limit = None if fail_on == "never" else Level(fail_on)
    _write(report, "json" if as_json else form, output, limit)
    if report.error is not None:
        ctx.exit(3)
    if limit is not None and report.having(State.FAILED, limit):
        ctx.exit(1)
    if limit is not None and report.having(State.UNDECIDED, limit):
        ctx.exit(UNDECIDED_STATUS)


def _write(report: ConformanceReport, form: str, output: str | None, limit: Level | None) -> None:
    if form == "junit":
        text = as_junit(report, limit).decode()
    elif form == "json":
        text = json.dumps(as_document(report), ensure_ascii=False, indent=2) + "\n"
    else:
        # What a provider answered must not steer the terminal.
        text = "".join(f"{plain(line)}\n" for line in as_text(report))
    if output is None:
        sys.stdout.write(text)
        return
    with whole_file(Path(output)) as partial:
        partial.write_text(text, encoding="utf-8")
