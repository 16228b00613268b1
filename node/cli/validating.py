"""`fairnode validate`: files judged by a profile, with no node around them; also a step of a repository's own tests."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from node.cli.output import UNDECIDED_STATUS, fail_on_option
from node.errors import FairnodeError, MappingError, NotFound, OutOfTimeError, TooLarge
from node.files import MEDIA_TYPES, FilePart, FileRecord, parts_of_file, record_of
from node.model.rdf import Iri
from node.model.report import Finding, Severity, ValidationReport
from node.namespaces import RDF_TYPE
from node.syntax.xml import MAX_BYTES
from node.telemetry import configure_logging
from node.validation import ENGINES, Profile, SharedRecord, load_profile, validate
from node.validation.deadline import OutOfTime, deadline
from node.validation.engines import ENGINE_FAILED
from node.validation.pointing import pointed
from node.validation.reports import FORMATS, Outcome, Problem, render_all
from node.validation.reports.text import lines
from node.validation.scores.asking import record_scores
from node.validation.scores.record import RecordScores

_FILE = click.Path(exists=True, allow_dash=True)


@click.command("validate")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE)
@click.option("--profile", default="fair", show_default=True, help="A profile's name, or a shapes file.")
@click.option("--from", "prefix", help="Metadata prefix of the files, where their content does not tell.")
@click.option("--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True)
@click.option("--strict-xsd", is_flag=True, help="Judge typed literals by XML Schema to the letter.")
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False), help="Write the report to this file.")
@fail_on_option
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="The longest that reading one record, scoring it and finding places in it may take.",
)
@click.pass_context
def validate_(
    ctx: click.Context,
    files: tuple[str, ...],
    profile: str,
    prefix: str | None,
    engine: str,
    strict_xsd: bool,
    form: str,
    output: str | None,
    fail_on: str,
    seconds: float,
) -> None:
    """Validate the records in FILEs: RDF, or any format a crosswalk reads; what it is, the content tells.

    A FILE may be a folder, whose files are validated, an OAI-PMH answer with many records, or '-' for standard input.
    Every finding names the element of the record and its line, or the element that is missing. Needs no home folder.

    Exits 1 where findings reach --fail-on, 2 where a record could not be read, or a check could not be decided.
    """
    configure_logging(level="warning")
    limit = None if fail_on == "never" else Severity[fail_on.upper()]
    loaded = load_profile(profile)
    if strict_xsd:
        loaded = loaded.strict()
    outcomes: list[Outcome] = []
    for name in _named(files):
        outcomes += _outcomes(name, prefix, loaded, engine, seconds)
    if not outcomes:
        raise NotFound(
            f"{', '.join(files)}: no file to validate", advice=f"Files end in {', '.join(sorted(MEDIA_TYPES))}."
        )
    problem = outcomes[0].problem if len(outcomes) == 1 else None
    if problem is not None and form not in ("junit", "html"):
        if output is not None or form != "text":
            # Whoever reads it is to find this record's report, and not that of a run before or nothing.
            _write(outcomes, form, output, limit)
        raise _raised(problem, outcomes[0].file)
    if len(outcomes) == 1 and form != "junit":
        # One record needs no name, and its report is the same wherever the file lies.
        outcomes = [replace(outcomes[0], name="", file="")]
    _write(outcomes, form, output, limit)
    if any(outcome.problem is not None for outcome in outcomes):
        ctx.exit(UNDECIDED_STATUS)
    if limit is not None:
        ctx.exit(_status([finding for outcome in outcomes for finding in outcome.results], limit))


def _named(files: Sequence[str]) -> Iterator[str]:
    """The files, and those in the folders, in the order of their names."""
    for file in files:
        if file == "-" or not Path(file).is_dir():
            yield file
            continue
        for folder, folders, names in os.walk(file):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if Path(name).suffix.lower() in MEDIA_TYPES:
                    yield str(Path(folder, name))


def _outcomes(file: str, prefix: str | None, profile: Profile, engine: str, seconds: float) -> Iterator[Outcome]:
    shown = "" if file == "-" else file
    started = time.monotonic()
    try:
        with deadline(seconds):
            parts = parts_of_file(_read(file), Path(file).suffix if shown else "", prefix)
    except FairnodeError as error:
        yield Outcome(name=file, file=shown, problem=Problem.of(error), checks=profile.shapes)
        return
    except OutOfTime:
        yield Outcome(name=file, file=shown, problem=_too_slow(seconds), checks=profile.shapes)
        return
    for part in parts:
        name = f"{file}: {part.called}" if part.called and len(parts) > 1 else file
        # A file that is one record was read to see so, which is part of the record's time.
        left = seconds - (time.monotonic() - started) if len(parts) == 1 else seconds
        yield replace(_outcome(part, profile, engine, max(left, 0.001), seconds), name=name, file=shown)


def _outcome(part: FilePart, profile: Profile, engine: str, left: float, seconds: float) -> Outcome:
    started = time.monotonic()
    try:
        with deadline(left):
            record = record_of(part)
        left -= time.monotonic() - started
        judged_as = SharedRecord(record.triples, blank=record.blank)
        report = validate(judged_as, profile, focus=record.focus, engine=engine)
        if not report.max_score and not report.results and not _is_asked(record, profile):
            raise MappingError(
                f"it holds nothing that the profile {profile.name} checks",
                advice="A record is a dcat:Dataset or dcat:DataService; is its class spelt right, or --from missing?",
            )
    except FairnodeError as error:
        return Outcome(problem=Problem.of(error), checks=profile.shapes)
    except OutOfTime:
        return Outcome(problem=_too_slow(seconds), checks=profile.shapes)
    scores: tuple[RecordScores, ...] = ()
    lacks = "its scores and the places of its findings"
    try:
        with deadline(max(left, 0.001)):
            judged = (record.focus,) if record.focus else tuple(Iri(iri) for iri, _ in record.kinds)
            scores = record_scores(record.triples, profile, judged, record.focus, engine=engine)
            lacks = "the places of its findings"
            report = pointed(report, record.raw, profile, record.triples)
    except OutOfTime:
        report = _incomplete(report, lacks, seconds)
    return Outcome(report=report, checks=profile.shapes, kinds=record.kinds, scores=scores)


def _incomplete(report: ValidationReport, lacks: str, seconds: float) -> ValidationReport:
    """The verdict stands, and says what it lacks."""
    finding = Finding(
        code="validation.report-incomplete",
        severity=Severity.WARNING,
        message=f"the report lacks {lacks}: the record took longer than {seconds:g} seconds",
        advice="Give the record more time with --seconds, or split it.",
    )
    return replace(report, results=(*report.results, finding))


def _status(findings: Sequence[Finding], limit: Severity) -> int:
    """Return the exit status; a check that could not be decided must not look like one that passed."""
    if any(finding.code == ENGINE_FAILED for finding in findings):
        return UNDECIDED_STATUS
    return int(any(finding.severity >= limit for finding in findings))


def _is_asked(record: FileRecord, profile: Profile) -> bool:
    """Tell whether a record holds what a shape of the profile is asked of (SHACL, section 2.1.3)."""
    held: set[str] = set()
    for subject, predicate, value in record.triples:
        held |= {f"targetNode <{subject}>", f"targetSubjectsOf <{predicate}>", f"targetObjectsOf <{predicate}>"}
        if isinstance(value, Iri):
            held |= {f"targetClass <{value}>" if predicate == RDF_TYPE else "", f"targetNode <{value}>"}
    return any(target in held for shape in profile.shapes for target in shape.targets)


def _too_slow(seconds: float) -> Problem:
    return Problem.of(OutOfTimeError(f"reading the record took longer than {seconds:g} seconds"))


def _raised(problem: Problem, file: str) -> FairnodeError:
    named = problem.message if not file or file in problem.message else f"{file}: {problem.message}"
    error = FairnodeError(named, advice=problem.advice)
    error.code = problem.code
    return error


def _write(outcomes: Sequence[Outcome], form: str, output: str | None, limit: Severity | None) -> None:
    if form == "text" and output is None and sys.stdout.isatty():
        for line in lines(outcomes):
            click.secho(line.text, fg=line.style if line.style != "bold" else None, bold=line.style == "bold")
        return
    text = render_all(outcomes, form, limit)
    text = text if text.endswith("\n") else f"{text}\n"
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotFound(f"{output}: {error.strerror}", advice="Check the path.") from error


def _read(file: str) -> bytes:
    """A file's bytes; of one that is larger than any record may be, no more than is needed to say so."""
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotFound(f"{file}: {error.strerror}", advice="Check the path.") from error
    if len(data) > MAX_BYTES:
        raise TooLarge(
            f"{file} has more than {MAX_BYTES} bytes, at most so many are read", advice="Split it into records."
        )
    return data
