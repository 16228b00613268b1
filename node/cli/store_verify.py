"""What is really stored: `fairnode store verify`, `fairnode store audits`, `fairnode store relabel`."""

from __future__ import annotations

import datetime as dt

import click

from node.cli.opened import opened
from node.cli.output import json_option, plain, print_json, print_table, progress_line
from node.drift.auditing import DriftAudit
from node.drift.documents import finding_values, run_values
from node.model.drift import Deviation, Drift, DriftRun
from node.storage.drift import DriftRuns
from node.storage.relabels import Relabels
from node.upkeep import relabel as do_relabels

_SHOWN = 50
_PAGE = 1000


@click.command()
@click.option("--repair", is_flag=True, help="Put right what the database proves: sealed rows only.")
@click.option("--zone", "zone", help="Look at this zone only, and at no graphs.")
@json_option
@click.pass_context
def verify(ctx: click.Context, repair: bool, zone: str | None, as_json: bool) -> None:
    """Hold every object against the database: bytes, tags, MAC, label, zone; and the graphs against the labels.

    What protects less than the database says is an incident: its records are withheld until an audit finds them sound.
    An audit that was interrupted goes on where it stood. Exits 1 where anything deviates.
    """
    show, clear = progress_line()
    with opened(ctx) as node:
        audit = DriftAudit(node, _now)
        run = audit.run(zone=zone, repair=repair, progress=lambda count: show(f"{count} objects compared"))
        clear()
        if repair:
            do_relabels(node, _now)
        runs = DriftRuns(node.database)
        if as_json:
            print_json({**run_values(run), "findings": [finding_values(each) for each in _all(runs, run)]})
        else:
            _print(run, [each for _, each in runs.findings(run.number, _SHOWN)])
    if run.deviations:
        ctx.exit(1)


@click.command()
@json_option
@click.pass_context
def audits(ctx: click.Context, as_json: bool) -> None:
    """List the audits of what is stored, the newest first."""
    with opened(ctx) as node:
        found = DriftRuns(node.database).latest()
    if as_json:
        print_json([run_values(run) for run in found])
        return
    print_table(
        ("audit", "zone", "repair", "status", "started", "compared", "deviations", "incidents", "repaired"),
        [
            (
                run.number,
                run.zone or "all",
                "yes" if run.repair else "no",
                run.status,
                f"{run.started:%Y-%m-%d %H:%M}",
                run.met,
                run.deviations,
                run.incidents,
                run.repaired,
            )
            for run in found
        ],
    )


@click.command()
@click.option("--sweep/--no-sweep", default=True, help="Look for objects in need of it first [default: sweep].")
@json_option
@click.pass_context
def relabel(ctx: click.Context, sweep: bool, as_json: bool) -> None:
    """Move and label anew what no longer may stay as it is, and remove what was there before.

    Exits 1 where a job is stuck: the records of its object are withheld until it is done.
    """
    with opened(ctx) as node:
        moved = do_relabels(node, _now, sweep=sweep)
        waiting = Relabels(node.database).open(_SHOWN)
    rows = [(job.key, job.step, job.old_zone, job.new_zone or "-", job.attempts, job.error or "-") for job in waiting]
    names = ("key", "step", "from", "to", "attempts", "error")
    if as_json:
        jobs = [dict(zip(names, row, strict=True)) for row in rows]
        print_json({"done": moved.done, "stuck": moved.stuck, "open": jobs})
    else:
        click.echo(f"{moved.done} objects relabelled, {moved.stuck} stuck.", err=True)
        if rows:
            print_table(names, rows)
    if moved.stuck:
        ctx.exit(1)


def _all(runs: DriftRuns, run: DriftRun) -> list[Deviation]:
    found: list[Deviation] = []
    after = 0
    while page := runs.findings(run.number, _PAGE, after=after):
        after = page[-1][0]
        found += [each for _, each in page]
    return found


def _print(run: DriftRun, found: list[Deviation]) -> None:
    print_table(("class", "count"), [(drift.value, run.counts.get(drift, 0)) for drift in Drift])
    for each in found:
        words = [each.drift.value, each.zone or "graphs", each.key]
        words += [word for word, so in (("INCIDENT", each.incident), ("repaired", each.repaired)) if so]
        # What was found may quote a tag that somebody else set.
        click.echo("\n" + plain(" ".join(words)) + "\n  " + plain(each.detail))
    if run.deviations > len(found):
        click.echo(f"and {run.deviations - len(found)} more; --json prints them all.", err=True)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
