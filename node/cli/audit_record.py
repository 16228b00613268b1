"""Findings of an audit one by one, each with its place in the raw record: `audit show DIGEST --record`, `--places`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby, islice

import click

from node.audit.judging import UNREADABLE
from node.audit.reports import COLUMNS, audit_values, csv_lines, json_lines, standing_values
from node.audit.tracing import Traced, traced
from node.audit.waiving import Standing, Waiving, standing
from node.cli.audit_output import DIGITS, records_named
from node.errors import NotFound
from node.model.audit import Audit, Judgement, Yardstick
from node.nearest import is_meant
from node.node import Node
from node.storage.audited_records import AuditedRecords
from node.storage.raws import Raws
from node.syntax import JsonValue
from node.validation.engines import ENGINE_FAILED

_PLACE = ("source_path", "source_line", "source_missing", "source_text", "untraced")
_SHOWN = 50
_NAMED = 3


def check_rule(rule: str, audit: Audit, measure: Yardstick) -> None:
    """Raise `NotFound` for what is no rule of an audit; findings that are no rule's are asked for by their codes."""
    codes = [each.code for each in measure.rules]
    known = {*codes, *(each.code for each in audit.rules), ENGINE_FAILED, UNREADABLE}
    if rule not in known:
        raise NotFound(
            f"the profile {audit.profile} of audit {audit.digest[:DIGITS]} has no rule {rule!r}",
            advice=f"{is_meant(rule, known)}Its {len(codes)} rules are called like {', '.join(codes[:_NAMED])}; "
            f"`fairnode audit show {audit.digest[:DIGITS]}` lists those with findings.",
        )


def found_in(node: Node, audit: Audit, measure: Yardstick, record: str, waiving: Waiving) -> Iterator[Standing]:
    """Return the findings of the records of a name, as they count today.

    Args:
        record: a local id, identifier or IRI.

    Raises:
        NotFound: the audit judged no such record.
    """
    return standing(records_named(node, audit, record), measure.rules, waiving)


def print_places(
    node: Node, audit: Audit, measure: Yardstick, found: Iterable[Standing], form: str, *, raw: bool = False
) -> None:
    """Print findings with the elements of the raw records they come from.

    Args:
        raw: print the raw records as well, their lines numbered, where the form is text.
    """
    raws = Raws(node.database, node.vault)
    located = traced(found, measure, AuditedRecords(node.database, node.vault), raws)
    if form == "json":
        _write(json_lines(audit_values(audit), "findings", map(_values, located)))
    elif form == "csv":
        _write(csv_lines((*COLUMNS, *_PLACE), map(_values, located)))
    else:
        _print(located, raws if raw else None)


def _print(located: Iterator[Traced], raws: Raws | None) -> None:
    told = 0
    for judgement, group in islice(groupby(located, key=lambda each: each.standing.judgement), _SHOWN):
        if told:
            click.echo()
        told += 1
        mine = tuple(group)
        _say(_heading(judgement))
        if mine[0].untraced:
            _say(f"  No places: {mine[0].untraced}.")
        # Findings that only differ by their component read the same.
        for line in (line for lines in dict.fromkeys(tuple(_lines(each)) for each in mine) for line in lines):
            _say(line)
        kept = raws.one(judgement.local_id) if raws is not None and not mine[0].untraced else None
        if kept is not None and kept.payload is not None:
            lines = kept.payload.decode("utf-8", "replace").split("\n")
            click.echo()
            for number, text in enumerate(lines, 1):
                _say(f"{number:>{len(str(len(lines)))}}  {text}")
    if told == _SHOWN:
        click.echo(f"Only the first {_SHOWN} records are shown; --format csv and --format json have all.", err=True)
    if not told:
        click.echo("No finding.")


def _heading(judgement: Judgement) -> str:
    of = f"{judgement.score:g} of {judgement.max_score:g} points of checks"
    return f"{judgement.identifier} ({judgement.source}, {judgement.local_id}): {of}"


def _lines(each: Traced) -> Iterator[str]:
    finding, place, waiver = each.standing.finding, each.place, each.standing.waiver
    waived = f", waived until {waiver.expires}" if waiver else ""
    yield f"  {finding.code} [{finding.severity.label}{waived}] {finding.message}"
    if finding.value is not None and finding.value != finding.focus_node:
        yield f"    value   {finding.value}"
    if place is not None:
        line = "missing: " if place.missing else f"line {place.line}: " if place.line is not None else ""
        yield f"    where   {line}{place.path}"
        if place.text:
            yield f"    says    {place.text}"
    if finding.advice:
        yield f"    advice  {finding.advice}"


def _values(each: Traced) -> dict[str, JsonValue]:
    place = each.place
    return {
        **standing_values(each.standing),
        "source_path": place.path if place else None,
        "source_line": place.line if place else None,
        "source_missing": place.missing if place else None,
        "source_text": place.text if place and place.text else None,
        "untraced": each.untraced or None,
    }


def _say(text: str) -> None:
    # A harvested control character must not steer the terminal.
    click.echo("".join(char if char.isprintable() else " " for char in text))


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line)
