"""Harvesting and its accounts: `fairnode harvest`, `run`, `ledger`."""

from __future__ import annotations

import datetime as dt
import signal
import sys
from typing import Any

import click

from node.cli.opened import opened
from node.cli.output import json_option, print_json, print_table, progress_line
from node.errors import Conflict, FairnodeError, SettingsError
from node.model.oai import Page, Window
from node.model.run import HarvestRun, Outcome, RunStatus
from node.node import Node
from node.pipeline import harvest_source
from node.storage import ledger as ledger_store


@click.command()
@click.argument("names", nargs=-1)
@click.option("--due", is_flag=True, help="Harvest every source that is due by its schedule.")
@click.option("--full", is_flag=True, help="List everything anew, giving up an interrupted run.")
@click.option("--from", "from_", help="Only what changed from this datestamp on.")
@click.option("--until", help="Only what changed up to this datestamp.")
@json_option
@click.pass_context
def harvest(
    ctx: click.Context,
    names: tuple[str, ...],
    due: bool,
    full: bool,
    from_: str | None,
    until: str | None,
    as_json: bool,
) -> None:
    """Harvest the sources NAMES: everything at first, then what changed since the last good run.

    Everything is listed again with --full, once in a while by the source's schedule, and when records would be made
    differently. An interrupted run goes on at its last page.

    Exits 1 where records were rejected or quarantined or a run is suspect, 3 where a source failed.
    """
    if not names and not due:
        raise SettingsError("no source named", advice="Name one or more sources, or say --due for all of them.")
    if full and (from_ or until):
        raise SettingsError("--full lists everything", advice="Leave --from and --until out.")
    window = _window(from_, until, full=full)
    # Asked to leave, it leaves like at Ctrl-C: the run is let go of, and whoever harvests next goes on at once.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with opened(ctx) as node:
        wanted = names or node.schedule.due(dt.datetime.now(dt.UTC))
        found = (_harvest(node, name, window, full, only_due=not names, quiet=as_json) for name in wanted)
        reports = [each for each in found if each is not None]
    if as_json:
        print_json({"runs": [report for report, _ in reports]})
    ctx.exit(max((status for _, status in reports), default=0))


def _window(from_: str | None, until: str | None, *, full: bool) -> Window | None:
    """Return the window asked for; `None` leaves it to the source's schedule.

    A source would answer a wrong date with an empty list, and all would seem well.
    """
    for name, value in (("--from", from_), ("--until", until)):
        try:
            if value is not None:
                form = "%Y-%m-%dT%H:%M:%SZ" if "T" in value else "%Y-%m-%d"
                dt.datetime.strptime(value, form)
        except ValueError as error:
            raise SettingsError(
                f"{name} {value!r} is no date", advice="Write 2026-01-31 or 2026-01-31T12:00:00Z."
            ) from error
    if from_ is not None and until is not None and from_ > until:
        raise SettingsError("--from is later than --until", advice="Give the earlier date to --from.")
    return Window(from_=from_, until=until) if full or from_ or until else None


def _harvest(
    node: Node, name: str, window: Window | None, full: bool, *, only_due: bool, quiet: bool
) -> tuple[dict[str, Any], int] | None:
    """Harvest a source; return its report and exit status, or nothing where it was due and somebody else has it."""
    show, clear = progress_line()

    def progress(page: Page, done: int) -> None:
        of = f" of {page.complete_list_size}" if page.complete_list_size else ""
        show(f"{name}: {done}{of} records, page {page.checkpoint.pages}")

    try:
        run = harvest_source(
            node,
            name,
            now=lambda: dt.datetime.now(dt.UTC),
            window=window,
            afresh=full,
            only_due=only_due,
            progress=progress,
        )
    except FairnodeError as error:
        if only_due and isinstance(error, Conflict):
            return None
        # One source that cannot even begin must not keep the others from being harvested.
        clear()
        click.echo(f"fairnode: {name}: {error.message} [{error.code}]\n  {error.advice}", err=True)
        return _refused(name, error), error.exit_status
    clear()
    if not quiet:
        _print_run(node, run)
    return as_dict(run), _status(run)


def _status(run: HarvestRun) -> int:
    if run.status is RunStatus.FAILED:
        return 3 if run.balanced else 1
    held = run.counts[Outcome.REJECTED] + run.counts[Outcome.QUARANTINED]
    return 1 if held or run.status is not RunStatus.OK or not run.balanced else 0


def as_dict(run: HarvestRun) -> dict[str, Any]:
    """Return a run's account as the command line's JSON."""
    ended = run.ended or run.started
    return {
        "source": run.source,
        "run": run.run,
        "status": run.status.value,
        "listed": run.listed,
        **{outcome.value: count for outcome, count in run.counts.items()},
        "balanced": run.balanced,
        "repeated": run.repeated,
        "pages": run.pages,
        "requests": run.requests,
        "retries": run.retries,
        "window": {"from": run.window.from_, "until": run.window.until},
        "complete_list_size": run.complete_list_size,
        "absent": run.absent,
        "reconciled": run.reconciled,
        "started": f"{run.started:%Y-%m-%dT%H:%M:%SZ}",
        "seconds": round((ended - run.started).total_seconds(), 3),
        "error": (
            {"code": run.error.code, "message": run.error.message, "advice": run.error.advice} if run.error else None
        ),
    }


def _refused(name: str, error: FairnodeError) -> dict[str, Any]:
    return {
        "source": name,
        "run": None,
        "status": "failed",
        "listed": 0,
        **{outcome.value: 0 for outcome in Outcome},
        "balanced": True,
        "repeated": 0,
        "pages": 0,
        "requests": 0,
        "retries": 0,
        "window": {"from": None, "until": None},
        "complete_list_size": None,
        "absent": 0,
        "reconciled": 0,
        "started": None,
        "seconds": 0.0,
        "error": {"code": error.code, "message": error.message, "advice": error.advice},
    }


def summary_line(run: HarvestRun) -> str:
    """Return a run in one line."""
    balance = "balanced" if run.balanced else "NOT BALANCED"
    return f"{run.source}: run {run.run} {run.status.value}, {run.listed} listed, ledger {balance}"


def _print_run(node: Node, run: HarvestRun) -> None:
    values = as_dict(run)
    with node.database.read() as connection:
        still_held = ledger_store.still_held(connection, run.run)
    click.echo(summary_line(run))
    for outcome, count in run.counts.items():
        if count:
            held = f", {still_held} of them still held back" if outcome is Outcome.UNCHANGED and still_held else ""
            click.echo(f"  {outcome.value:<12} {count:>8}{held}")
    if run.absent:
        click.echo(f"  not listed any more: {run.absent}, of which {run.reconciled} count as deleted now")
    click.echo(f"  {run.pages} pages, {run.requests} requests, {run.retries} retries, {values['seconds']} s", err=True)
    if run.error:
        click.echo(f"  {run.error.message} [{run.error.code}]\n  {run.error.advice}", err=True)
    for outcome in (Outcome.REJECTED, Outcome.QUARANTINED):
        if run.counts[outcome]:
            click.echo(f"  See why: fairnode ledger {run.run} --state {outcome.value}", err=True)
    if still_held:
        click.echo(f"  See why: fairnode ledger {run.run} --state unchanged --held", err=True)


@click.group()
def run() -> None:
    """Harvest runs."""


@run.command("list")
@click.option("--source", help="Only runs of this source.")
@click.option("--limit", default=50, show_default=True, help="How many, the newest first.")
@json_option
@click.pass_context
def list_(ctx: click.Context, source: str | None, limit: int, as_json: bool) -> None:
    """List runs, the newest first."""
    with opened(ctx) as node:
        found = node.runs.latest(source, limit)
    if as_json:
        print_json([as_dict(item) for item in found])
        return
    print_table(
        ("run", "source", "status", "listed", *(outcome.value for outcome in Outcome), "balanced", "started"),
        [
            (
                item.run,
                item.source,
                item.status.value,
                item.listed,
                *item.counts.values(),
                item.balanced,
                f"{item.started:%Y-%m-%d %H:%M:%S}",
            )
            for item in found
        ],
    )


@run.command("show")
@click.argument("number", type=int, metavar="RUN")
@json_option
@click.pass_context
def show_(ctx: click.Context, number: int, as_json: bool) -> None:
    """Show one run's account."""
    with opened(ctx) as node:
        found = node.runs.get(number)
        notes = node.runs.findings(number)
        if not as_json:
            _print_run(node, found)
    if as_json:
        print_json({**as_dict(found), "findings": [{"code": note.code, "message": note.message} for note in notes]})
        return
    for note in notes:
        click.echo(f"  {note.severity.label}: {note.message} [{note.code}]")


@click.command()
@click.argument("number", type=int, metavar="RUN")
@click.option("--state", type=click.Choice([outcome.value for outcome in Outcome]), help="Only this outcome.")
@click.option("--held", is_flag=True, help="Only what is held back, unchanged records among it, with the reason.")
@json_option
@click.pass_context
def ledger(ctx: click.Context, number: int, state: str | None, held: bool, as_json: bool) -> None:
    """Print what became of each identifier that RUN listed."""
    with opened(ctx) as node:
        node.runs.get(number)
        with node.database.read() as connection:
            entries = ledger_store.entries(connection, number, Outcome(state) if state else None, held=held)
            if as_json:
                rows = [
                    {
                        "identifier": entry.identifier,
                        "state": entry.outcome.value,
                        "code": entry.code,
                        "reason": entry.reason,
                    }
                    for entry in entries
                ]
                print_json({"run": number, "entries": rows})
                return
            for entry in entries:
                line = "\t".join((entry.outcome.value, entry.identifier, entry.code, entry.reason))
                sys.stdout.write("".join(char if char.isprintable() or char == "\t" else " " for char in line) + "\n")
