"""Looking a repository over before it is harvested: `fairnode source preflight`."""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from node.amounts import counted
from node.bootstrap import find_harvesters
from node.cli.output import fail_on_option, json_option, print_json, progress_line
from node.cli.repositories import Address, Kind
from node.errors import NotFound
from node.executors import open_executor
from node.harvest.addresses import private_addresses
from node.model.preflight import Fix, PreflightReport, Verdict
from node.model.report import Severity
from node.model.source import Source
from node.preflight import Limits, opening, preflight
from node.preflight.document import as_document
from node.preflight.junit import as_junit
from node.settings import home_folder, load_settings
from node.telemetry import configure_logging


@click.command("preflight")
@click.argument("url", type=Address())
@click.option("--kind", type=Kind(), default="oai-pmh", show_default=True, help="Harvest protocol.")
@click.option("--metadata-prefix", help="Metadata format to ask for [default: the protocol's own, such as oai_dc].")
@click.option("--set", "set_specs", multiple=True, help="A set to look at; repeat for several [default: everything].")
@click.option("--sample", default=100, show_default=True, type=click.IntRange(1, 500), help="Records looked at.")
@click.option("--seconds", default=300.0, show_default=True, type=click.FloatRange(1, 3600), help="Time for it all.")
@click.option("--profile", default="fair", show_default=True, help="A validation profile's name, or a shapes file.")
@fail_on_option
@click.option("--junit", type=click.Path(dir_okay=False), help="Write the findings to this file as JUnit XML, too.")
@json_option
@click.pass_context
def preflight_(
    ctx: click.Context,
    url: str,
    kind: str,
    metadata_prefix: str | None,
    set_specs: tuple[str, ...],
    sample: int,
    seconds: float,
    profile: str,
    fail_on: str,
    junit: str | None,
    as_json: bool,
) -> None:
    """Look the repository at URL over: does it keep to its protocol, what would a harvest make of its records?

    Nothing is kept, and no home folder is needed. Exits 0 where all is well, 1 where findings reach --fail-on, 2 for
    wrong usage, 3 where the repository cannot be harvested.
    """
    kinds = find_harvesters()
    settings = load_settings(home_folder(ctx.find_root().obj))
    configure_logging(log_format=settings.log_format, level="error")
    source = Source(
        name="preflight",
        url=url,
        kind=kind,
        metadata_prefix=metadata_prefix or kinds[kind].metadata_prefix,
        set_specs=set_specs,
    )
    # Who names a host here has an account on this machine already, as with `source add`.
    allowed = (*settings.fetch.allow_networks, *private_addresses(urlsplit(url).hostname or ""))
    show, clear = progress_line()
    executor = open_executor(settings.compute, log_format=settings.log_format, log_level=settings.log_level)
    try:
        report = preflight(
            source,
            kinds[kind],
            opening(settings.fetch.model_copy(update={"allow_networks": allowed})),
            now=dt.datetime.now(dt.UTC),
            limits=Limits(sample=sample, seconds=seconds),
            profile=profile,
            base_url=settings.base_url,
            executor=executor,
            say=show,
        )
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        clear()
    limit = None if fail_on == "never" else Severity[fail_on.upper()]
    if junit is not None:
        _write(junit, as_junit(report, limit))
    if as_json:
        print_json(as_document(report))
    else:
        _print(report)
    if report.verdict is Verdict.FAILED:
        ctx.exit(3)
    if limit is not None and (report.worst or 0) >= limit:
        ctx.exit(1)


def _write(path: str, data: bytes) -> None:
    try:
        with closing(Path(path).open("wb")) as file:
            file.write(data)
    except OSError as error:
        raise NotFound(f"{path}: {error.strerror}", advice="Name a file that can be written.") from error


_COLOURS = {Severity.VIOLATION: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def _print(report: PreflightReport) -> None:
    """Print the report for a person; what comes from the repository is printed as text, never as mark-up."""
    width = None if sys.stdout.isatty() else 120
    console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False, width=width, soft_wrap=False)
    console.print(_facts(report))
    if report.error is not None:
        console.print()
        console.print(Text(_clean(f"{report.error.message} [{report.error.code}]"), style="bold red"))
        console.print(Padding(Text(_clean(report.error.advice)), (0, 0, 0, 4)))
    for title, fixes in (("The repository", report.conformance), ("Its records, by what it costs", report.fixes)):
        if fixes:
            console.print()
            console.print(Text(title, style="bold underline"))
        for number, fix in enumerate(fixes, 1):
            _print_fix(console, number, fix)
    console.print()
    console.print(Text(_summary(report), style="bold"))


def _facts(report: PreflightReport) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    described, sample = report.description, report.sample
    rows = [("repository", report.question.url)]
    if described is not None:
        sets = f"{counted(len(described.sets), 'set')}, " if described.sets else ""
        rows += [
            ("name", described.name or "(none)"),
            ("protocol", f"{described.protocol or report.question.kind}, deletions: {described.deletions}"),
            ("datestamps", described.granularity or "(no granularity)"),
            ("offers", f"{sets}formats: {', '.join(each.prefix for each in described.formats[:20]) or '(none told)'}"),
        ]
    if sample.records:
        rows += [
            (
                "sample",
                f"{counted(sample.records, 'record')} on {counted(sample.pages, 'page')}"
                + (", all there are" if sample.whole else ""),
            ),
            (
                "would be",
                f"{sample.published} published, {sample.quarantined} quarantined, {sample.rejected} rejected, "
                f"{sample.deleted} deleted",
            ),
            ("changed", f"{sample.oldest or '?'} to {sample.newest or '?'}"),
            ("incremental", f"{report.incremental.value} ({report.incremental_note})"),
        ]
    if sample.max_score:
        letters = ", ".join(f"{letter} {gained / possible:.0%}" for letter, gained, possible in sample.by_letter)
        rows.append(("FAIR score", f"{sample.score / sample.max_score:.0%} ({letters})"))
    if report.estimate.reckoned:
        seconds = report.estimate.seconds
        rows.append(("full harvest", f"{_long(seconds)}: {report.estimate.reckoned}"))
    for name, value in rows:
        table.add_row(Text(name), Text(_clean(value)))
    return table


def _long(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"


def _print_fix(console: Console, number: int, fix: Fix) -> None:
    cost = f", {counted(fix.points, 'point')}" if fix.points else ""
    much = f"{fix.records} record{'' if fix.records == 1 else 's'}{cost}" if fix.records else ""
    blocks = ", keeps records out" if fix.blocks else ""
    console.print(
        Text.assemble(
            f"{number:>2}. ",
            (_clean(fix.code), "bold"),
            " ",
            (f"{fix.severity.label}{blocks}", _COLOURS[fix.severity]),
            f"  {much}" if much else "",
        )
    )
    for text in (fix.message, f"Mend: {fix.advice}" if fix.advice else ""):
        if text:
            console.print(Padding(Text(_clean(text)), (0, 0, 0, 4)))
    for each in fix.examples[:3]:
        place = "  ".join(text for text in (each.path, each.value, f"line {each.line}" if each.line else "") if text)
        shown = f"{each.identifier}  {place}".strip()
        console.print(Padding(Text(_clean(shown), style="dim"), (0, 0, 0, 6)))


def _summary(report: PreflightReport) -> str:
    counts = [
        f"{count} {severity.label}{'' if count == 1 else 's'}"
        for severity in sorted(Severity, reverse=True)
        if (count := sum(fix.severity is severity for fix in (*report.conformance, *report.fixes)))
    ]
    word = {Verdict.READY: "Ready to be harvested", Verdict.FINDINGS: "To mend", Verdict.FAILED: "Cannot be harvested"}
    took = f"{report.seconds:.1f} s, {report.requests} request{'' if report.requests == 1 else 's'}"
    # Where it could not be looked at, nothing found is no good news.
    found = ", ".join(counts) or ("" if report.verdict is Verdict.FAILED else "nothing found")
    return f"{word[report.verdict]}{f': {found}' if found else ''} ({took})"


def _clean(text: str) -> str:
    # A harvested control character must not steer the terminal.
    return "".join(char if char.isprintable() else " " for char in text)
