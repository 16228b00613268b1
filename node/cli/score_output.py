"""How the scores of an audit are printed: points, what was decidable, and the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from node.audit.score_reports import left_out_of, links_sentence, parts
from node.cli.output import print_table
from node.storage.audit_scores import ScoreSheet


def print_scores(sheet: ScoreSheet) -> None:
    """Print the scores of each source in a line or two."""
    values = sheet.values
    print_table(
        ["source", "score", "points", "more"],
        [[name or "(all)", *cells] for name, part in parts(values) for cells in _lines(part)],
    )
    click.echo(links_sentence(values))


def _lines(part: Mapping[str, Any]) -> list[list[str]]:
    checks = part["checks"]
    words = f"{checks['met']} met, {checks['not_met']} not met, {checks['undecided']} undecided"
    found = [["checks", words, ", ".join(left_out_of(part))]]
    if "fair" in part:
        letters = ", ".join(f"{each['letter']} {each['statement']}" for each in part["fair"]["letters"])
        found.append(["FAIR", part["fair"]["statement"], letters])
    if "fuji" in part:
        found.append(["F-UJI", part["fuji"]["statement"], "mean of the records"])
    if "rda" in part:
        found.append(["RDA", part["rda"]["statement"], "records by level"])
    if "mqa" in part:
        datasets = ", ".join(f"{count} {name}" for name, count in part["mqa"]["datasets"].items() if count)
        found.append(["MQA", part["mqa"]["statement"], f"datasets: {datasets}"])
    return found


def print_parts(sheet: ScoreSheet) -> None:
    """Print the points of every principle, dimension and metric."""
    values = sheet.values
    for name, part in parts(values):
        for score, members, label in (
            ("fair", "principles", "principle"),
            ("mqa", "dimensions", "dimension"),
            ("mqa", "metrics", "metric"),
        ):
            if score in part:
                click.echo()
                print_table(
                    [label, "points"],
                    [[each[label], each["statement"]] for each in part[score][members]],
                    title=name or "all sources together",
                )
