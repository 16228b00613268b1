"""What people decide about audits: `fairnode audit waive`, `waivers`, `unwaive`, `sign`, `export`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from node.audit.evidence import check, export, waiver_values
from node.cli.acting import actor
from node.cli.audit_output import DIGITS
from node.cli.opened import opened
from node.cli.output import json_option, print_json, print_table
from node.errors import NotFound
from node.nearest import is_meant
from node.storage.audit_scores import AuditScores
from node.storage.audits import Audits
from node.storage.judgements import Judgements
from node.storage.waivers import Signatures, Waivers


@click.command("waive", short_help="Accept the findings of a rule until a day.")
@click.argument("rule")
@click.option("--source", help="Only in records of this source.")
@click.option(
    "--record",
    help="Only in this record, by its local id: the column `record` of `audit show --format csv`.",
)
@click.option("--reason", required=True, help="Why the findings are accepted.")
@click.option("--owner", required=True, help="Who answers for the decision.")
@click.option("--expires", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The first day they count again.")
@json_option
@click.pass_context
def waive(
    ctx: click.Context,
    rule: str,
    source: str | None,
    record: str | None,
    reason: str,
    owner: str,
    expires: dt.datetime,
    as_json: bool,
) -> None:
    """Accept the findings of RULE (such as R1.1-01) until a day: everywhere, in a source or in one record.

    They are shown as waived and never count as gone; from the day named on they count again.
    """
    with opened(ctx) as node:
        if source is not None:
            node.sources.named([source])
        if record is not None and not Judgements(node.database).is_judged(record):
            raise NotFound(f"no audit knows a record {record!r}", advice="`fairnode audit show DIGEST` names them.")
        codes = Judgements(node.database).codes()
        if rule not in codes:
            advice = f"{is_meant(rule, codes)}`fairnode audit show DIGEST` names those with findings."
            raise NotFound(f"no audit asked a rule {rule!r}", advice=advice)
        made = Waivers(node.database).add(
            rule,
            source=source,
            record=record,
            reason=reason,
            owner=owner,
            expires=expires.date(),
            actor=actor(),
            now=_now(),
        )
    if as_json:
        print_json(waiver_values(made))
    else:
        click.echo(f"Waiver {made.number}: {rule} until {made.expires}.")


@click.command("waivers")
@json_option
@click.pass_context
def waivers(ctx: click.Context, as_json: bool) -> None:
    """List the waivers, those that ended too."""
    today = _now().date()
    with opened(ctx) as node:
        found = Waivers(node.database).all()
    if as_json:
        print_json({"waivers": [{**waiver_values(each), "holds": each.holds(today)} for each in found]})
        return
    print_table(
        ["waiver", "rule", "source", "record", "expires", "state", "owner", "reason"],
        [
            [
                each.number,
                each.code,
                each.source or "any",
                each.record or "any",
                each.expires,
                "holds" if each.holds(today) else "ended" if each.ended else "expired",
                each.owner,
                each.reason,
            ]
            for each in found
        ],
    )


@click.command("unwaive", short_help="Take a waiver back: its findings count again.")
@click.argument("waiver", type=int)
@click.pass_context
def unwaive(ctx: click.Context, waiver: int) -> None:
    """Take WAIVER back: its findings count again from today on. `audit waivers` lists the numbers."""
    with opened(ctx) as node:
        ended = Waivers(node.database).end(waiver, actor(), _now())
    click.echo(f"Waiver {ended.number} ended on {ended.ended}.")


@click.command("sign", short_help="Sign an audit off, once it is checked.")
@click.argument("digest")
@click.option("--by", "who", required=True, help="Who signs.")
@click.option("--note", default="", help="A remark that is kept with the signature.")
@click.pass_context
def sign(ctx: click.Context, digest: str, who: str, note: str) -> None:
    """Sign the audit DIGEST off, once everything stored of it proves to be what its digest covers.

    `audit list` and exported evidence show who signed. A signed audit is never pruned.
    """
    with opened(ctx) as node:
        audits = Audits(node.database)
        found = audits.get(digest)
        check(found, Judgements(node.database).measure(found.yardstick), audits.results(found))
        signed = Signatures(node.database).sign(found.digest, who, _now(), note)
    click.echo(f"{signed.who} signed {signed.audit} at {signed.at.isoformat()}Z.")


@click.command("export", short_help="Write the evidence of an audit to a zip archive.")
@click.argument("digest")
@click.option("--output", type=click.Path(dir_okay=False), help="The archive [default: audit-DIGEST.zip].")
@click.pass_context
def export_(ctx: click.Context, digest: str, output: str | None) -> None:
    """Write the evidence of the audit DIGEST to one zip archive, the same byte for byte whenever it is written.

    It holds profile, results, waivers and signatures, and what it takes to check them.
    """
    with opened(ctx) as node:
        audits = Audits(node.database)
        found = audits.get(digest)
        measure = Judgements(node.database).measure(found.yardstick)
        check(found, measure, audits.results(found))
        target = Path(output or f"audit-{found.digest[:DIGITS]}.zip")
        said = Waivers(node.database).all(), Signatures(node.database).of(found.digest)
        export(target, found, measure, audits.results(found), *said, AuditScores(node.database).latest(found))
    click.echo(str(target))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
