"""How audits are printed: as tables, or as JSON and CSV that are written while the database is read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TypeVar

import click

from node.audit.comparing import RuleChange
from node.audit.outcomes import Places, outcomes, report
from node.audit.reports import (
    COLUMNS,
    audit_values,
    changed_values,
    csv_lines,
    json_lines,
    scores_values,
    standing_values,
    undecided_sentences,
)
from node.audit.waiving import Standing, WaivedCount, Waiving
from node.cli.output import print_table
from node.cli.score_output import print_scores
from node.errors import NotFound
from node.model.audit import Audit, Change, ChangedFinding, Judgement, Yardstick
from node.node import Node
from node.storage.audit_scores import AuditScores, ScoreSheet
from node.storage.audited_records import AuditedRecords
from node.storage.audits import Audits
from node.storage.raws import Raws
from node.syntax import JsonValue
from node.whole_file import whole_file

DIGITS = 12
_T = TypeVar("_T", bound=Callable[..., object])
_SHOWN = 200


def format_option(more: str = "", *forms: str) -> Callable[[_T], _T]:
    """Return the option that every command has which prints findings.

    Args:
        more: what is to be said of the other forms.
        forms: others than text, json and csv.
    """
    told = f"Text is short; json and csv have every finding, one by one. {more}"
    choice = click.Choice(["text", "json", "csv", *forms])
    return click.option("--format", "form", type=choice, default="text", show_default=True, help=told.strip())


def profile_name(node: Node, profile: str | None) -> str:
    """Return the profile that is meant: the one named, or the node's own; a file by its whole path."""
    name = profile or node.settings.validation.profile or "fair"
    # Workers may have another working folder.
    return str(Path(name).resolve()) if name.endswith(".ttl") else name


@contextmanager
def written_to(output: str | None) -> Iterator[None]:
    """Let what is printed go to a file, which is there whole or not at all; to standard output where none is named.

    Raises:
        SettingsError: the file cannot be written.
    """
    if output is None:
        yield
        return
    with (
        whole_file(Path(output)) as partial,
        partial.open("w", encoding="utf-8", newline="") as file,
        redirect_stdout(file),
    ):
        yield


def print_audit(
    audit: Audit,
    measure: Yardstick,
    counts: Sequence[WaivedCount],
    found: Iterable[Standing],
    form: str,
    *,
    one_by_one: bool,
    sheet: ScoreSheet | None = None,
) -> None:
    """Print an audit: scores and counts by rule as text, or its findings one by one."""
    if form == "json":
        head = {**audit_values(audit), "scores": scores_values(sheet)}
        write_lines(json_lines(head, "findings", (standing_values(each) for each in found)))
    elif form == "csv":
        write_lines(csv_lines(COLUMNS, (standing_values(each) for each in found)))
    elif one_by_one:
        rows = [
            [
                each.judgement.source,
                each.judgement.identifier,
                each.finding.code,
                each.finding.severity.label,
                each.finding.message,
                f"until {each.waiver.expires}" if each.waiver else "",
            ]
            for each, _ in zip(found, range(_SHOWN), strict=False)
        ]
        print_table(["source", "identifier", "rule", "severity", "finding", "waived"], rows)
        _told_only(len(rows))
    else:
        advice = {rule.code: rule.advice for rule in measure.rules}
        click.echo(
            f"Audit {audit.digest}\nProfile {audit.profile} {audit.version}".rstrip() + f", engine {audit.engine}\n"
        )
        print_table(
            ["source", "records", "with findings", "points of checks"],
            [[part.source, part.records, part.failing, _of(part.score, part.max_score)] for part in audit.sources],
        )
        click.echo()
        if sheet is not None:
            print_scores(sheet)
            click.echo()
        if said := [*undecided_sentences(audit)]:
            click.echo("\n".join((*said, "")))
        print_table(
            ["rule", "severity", "records", "findings", "waived", "advice"],
            [
                [
                    each.rule.code,
                    each.rule.severity.label,
                    each.rule.records,
                    each.rule.findings,
                    each.waived,
                    advice.get(each.rule.code, ""),
                ]
                for each in counts
            ],
        )


def print_report(
    node: Node,
    audit: Audit,
    measure: Yardstick,
    waiving: Waiving,
    form: str,
    *,
    record: str | None = None,
    places: bool = False,
) -> None:
    """Print an audit, or what it says of the records of a name, as `fairnode validate` prints reports.

    Args:
        form: one of `REPORTS`.
        places: of every finding; pages have them anyway.
    """
    found, raws = AuditedRecords(node.database, node.vault), Raws(node.database, node.vault)
    judged = Audits(node.database).results(audit, verdicts=True)
    if record is not None:
        judged = iter(records_named(node, audit, record))
    write_lines(
        report(
            form,
            outcomes(judged, measure, waiving),
            Places(audit=audit, measure=measure, records=found, raws=raws),
            AuditScores(node.database).latest(audit) if record is None else None,
            node.settings.base_url,
            everywhere=places,
        )
    )


def records_named(node: Node, audit: Audit, record: str) -> tuple[Judgement, ...]:
    """Return what an audit says of the records of a name: a local id, identifier or IRI.

    Raises:
        NotFound: the audit judged no such record.
    """
    judged = AuditedRecords(node.database, node.vault).named(audit, record)
    if not judged:
        raise NotFound(
            f"audit {audit.digest[:DIGITS]} judged no record {record!r}",
            advice="Name its local id, identifier or IRI; `fairnode audit show DIGEST --rule RULE` names records.",
        )
    return judged


def print_changes(
    old: Audit, new: Audit, counts: Sequence[RuleChange], changed: Iterable[ChangedFinding], form: str
) -> None:
    """Print what became of findings between two audits."""
    if form == "csv":
        write_lines(csv_lines(("change", *COLUMNS[:-1]), (changed_values(each) for each in changed)))
    elif form == "json":
        head: dict[str, JsonValue] = {
            "before": audit_values(old),
            "after": audit_values(new),
            "rules": [{"rule": each.code, **{way.value: each.counts[way] for way in Change}} for each in counts],
        }
        write_lines(json_lines(head, "changes", (changed_values(each) for each in changed)))
    else:
        click.echo(
            f"From {old.digest[:DIGITS]}, {points(old)} points of checks, to {new.digest[:DIGITS]}, {points(new)}\n"
        )
        print_table(
            ["rule", *(way.value for way in Change)],
            [[each.code, *(each.counts[way] for way in Change)] for each in counts],
        )
        rows = [
            [each.change.value, each.source, each.identifier, each.finding.code, each.finding.message]
            for each, _ in zip(changed, range(_SHOWN), strict=False)
        ]
        if rows:
            click.echo()
            print_table(["change", "source", "identifier", "rule", "finding"], rows)
        _told_only(len(rows))


def points(audit: Audit) -> str:
    """Return the points of an audit's checks, never without what could be had; MQA is told by its score sheet."""
    return _of(audit.score, audit.max_score)


def _of(score: float, max_score: float) -> str:
    return f"{score:g} of {max_score:g}"


def _told_only(rows: int) -> None:
    if rows == _SHOWN:
        click.echo(f"Only the first {_SHOWN} are shown; --format csv and --format json have all.", err=True)


def write_lines(lines: Iterable[str]) -> None:
    """Write text to standard output while it is made."""
    for line in lines:
        sys.stdout.write(line)
