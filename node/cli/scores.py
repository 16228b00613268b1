"""`fairnode audit scores`: the scores of an audit in words, and in formats for programs."""

from __future__ import annotations

import click

from node.audit.reports import csv_lines
from node.audit.score_reports import COLUMNS, as_dqv, as_html, row_values
from node.cli.audit_output import write_lines, written_to
from node.cli.opened import opened
from node.cli.score_output import print_parts, print_scores
from node.errors import NotFound
from node.storage.audit_scores import AuditScores
from node.storage.audits import Audits


@click.command("scores", short_help="Print the scores of an audit: FAIR, F-UJI, RDA or MQA.")
@click.argument("digest")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "html", "dqv"]),
    default="text",
    show_default=True,
)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to this file.")
@click.pass_context
def scores(ctx: click.Context, digest: str, form: str, output: str | None) -> None:
    """Print the scores of the audit DIGEST: FAIR, F-UJI and RDA of the profile fair, MQA of the profile mqa.

    Every score is points gained, points that could be decided, and the whole. Scores are worked out when an audit is
    run, with the answers of links that are there then ([links] max_age_days).
    """
    with opened(ctx) as node:
        audit = Audits(node.database).get(digest)
        sheet = AuditScores(node.database).latest(audit)
        if sheet is None:
            raise NotFound(
                f"the audit {audit.digest[:12]} has no scores", advice="It is older than they are; audit again."
            )
        with written_to(output):
            if form == "json":
                write_lines([sheet.document, "\n"])
            elif form == "csv":
                write_lines(csv_lines(COLUMNS, row_values(sheet)))
            elif form == "html":
                write_lines([as_html(sheet), "\n"])
            elif form == "dqv":
                write_lines([as_dqv(sheet, node.settings.base_url)])
            else:
                print_scores(sheet)
                print_parts(sheet)
