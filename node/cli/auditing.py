"""Audits of stored records: `fairnode audit [SOURCE...]`, and what is done with audits afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from importlib import import_module

import click

from node.audit.comparing import by_rule, compare
from node.audit.judging import UNREADABLE
from node.audit.outcomes import REPORTS
from node.audit.reports import listed_values
from node.audit.running import AuditRun, audit_sources
from node.audit.waiving import Standing, WaivedCount, Waiving, counted, is_at_least, standing
from node.cli.audit_output import (
    DIGITS,
    format_option,
    points,
    print_audit,
    print_changes,
    print_report,
    profile_name,
    written_to,
)
from node.cli.audit_record import check_rule, found_in, print_places
from node.cli.opened import opened
from node.cli.output import UNDECIDED_STATUS, json_option, print_json, print_table, progress_line
from node.errors import SettingsError
from node.model.audit import Audit, Change, ChangedFinding, Yardstick
from node.model.report import Severity
from node.node import Node
from node.storage.audit_scores import AuditScores
from node.storage.audits import Audits
from node.storage.judgements import Judgements
from node.storage.waivers import Signatures, Waivers
from node.validation.engines import ENGINE_FAILED

# Other files' subcommands, imported when they are called.
_ELSEWHERE = {
    "fixes": "fixing:fixes",
    "what-if": "fixing:what_if",
    "suggestions": "spelling:suggestions",
    "accept": "spelling:accept_",
    "waive": "audit_decisions:waive",
    "waivers": "audit_decisions:waivers",
    "unwaive": "audit_decisions:unwaive",
    "sign": "audit_decisions:sign",
    "export": "audit_decisions:export_",
    "prune": "audit_upkeep:prune",
    "scores": "scores:scores",
}


class _Audit(click.Group):
    """`audit SOURCE...` is `audit run SOURCE...`; a source that is called like a subcommand needs the long form."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.list_commands(ctx) and args[0] not in ("--help", "-h")):
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.commands, *_ELSEWHERE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = _ELSEWHERE[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"node.cli.{module}"), name)
        return command


@click.group("audit", cls=_Audit)
def audit() -> None:
    """Audit stored records: `fairnode audit [SOURCE...]` is short for `fairnode audit run [SOURCE...]`.

    An audit says of every live record which rules of a profile it fails. It is known by a digest: the same records,
    profile and engine give the same audit on every machine. DIGEST may be shortened to six characters.

    A round of mending: run, show, fixes, what-if; then mend, harvest, run again, diff.
    """


_format = format_option("html is a page to keep, turtle a SHACL report, dqv and earl are Turtle, too.", *REPORTS)
_output = click.option(
    "--output", type=click.Path(dir_okay=False), help="Write to this file instead of standard output."
)
_fail_on = click.option(
    "--fail-on",
    type=click.Choice([*(severity.label for severity in Severity), "never"]),
    default="violation",
    show_default=True,
    help="Exit 1 where a finding that is not waived is at least this severe, 2 where a check could not be decided.",
)


@audit.command("run", short_help="Judge the live records of sources, and keep the audit.")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--profile", help="A profile's name, such as fair or mqa, or a shapes file [default: the node's own].")
@_format
@_output
@_fail_on
@click.pass_context
def run_(
    ctx: click.Context, sources: tuple[str, ...], profile: str | None, form: str, output: str | None, fail_on: str
) -> None:
    """Audit the live records of SOURCES, or of all, and keep the audit.

    Only records that changed since they were judged by the same profile and engine are judged again; by another version
    of the profile, only by the rules that are not the same any more. Interrupted, it goes on where it stopped.
    """
    with opened(ctx) as node:
        show, clear = progress_line()
        try:
            done = audit_sources(
                node,
                sources,
                profile_name(node, profile),
                now=_now,
                progress=lambda some, total: show(f"{some} of {total} records"),
            )
        finally:
            clear()
        _say(done)
        status = _print(node, done.audit, form, output, fail_on)
    ctx.exit(status)


@audit.command("list", short_help="List audits, the newest first: a source's history.")
@click.argument("source", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Audits to list.")
@json_option
@click.pass_context
def list_(ctx: click.Context, source: str | None, limit: int, as_json: bool) -> None:
    """List the audits, of SOURCE or of all, the newest first: a source's history."""
    with opened(ctx) as node:
        if source is not None:
            node.sources.named([source])
        found = Audits(node.database).latest(source, limit)
        signed = {each.digest: Signatures(node.database).of(each.digest) for each in found}
    if as_json:
        print_json({"audits": [listed_values(each, signed[each.digest]) for each in found]})
        return
    print_table(
        ["audit", "made", "confirmed", "profile", "sources", "records", "findings", "points of checks", "signed"],
        [
            [
                each.digest[:DIGITS],
                f"{each.made:%Y-%m-%d %H:%M}",
                f"{each.confirmed:%Y-%m-%d %H:%M}",
                f"{each.profile} {each.version}".strip(),
                ", ".join(part.source for part in each.sources),
                each.records,
                each.findings,
                points(each),
                ", ".join(one.who for one in signed[each.digest]),
            ]
            for each in found
        ],
    )


@audit.command("show", short_help="Print an audit: findings by rule, or one by one.")
@click.argument("digest")
@click.option("--rule", help="Only the findings of this rule, such as R1.1-01, one by one.")
@click.option("--record", help="Only this record's findings, with places; a local id, identifier or IRI.")
@click.option("--raw", is_flag=True, help="With --record: print the raw record, too, its lines numbered.")
@click.option("--places", is_flag=True, help="Say of each finding which element of the raw record it comes from.")
@_format
@_output
@_fail_on
@click.pass_context
def show_(
    ctx: click.Context,
    digest: str,
    rule: str | None,
    record: str | None,
    raw: bool,
    places: bool,
    form: str,
    output: str | None,
    fail_on: str,
) -> None:
    """Print the audit DIGEST as it counts today: findings by rule, and which of them are waived.

    A place is looked up in the raw record when it is asked for: an element and its line, or one that is missing.
    """
    if raw and record is None:
        raise SettingsError("--raw prints the record that --record names", advice="Name one with --record, too.")
    if rule is not None and form in REPORTS:
        raise SettingsError(f"--format {form} is about whole records", advice="Leave --rule out, or take csv or json.")
    with opened(ctx) as node:
        found = Audits(node.database).get(digest)
        status = _print(node, found, form, output, fail_on, rule=rule, record=record, places=places, raw=raw)
    ctx.exit(status)


@audit.command("diff", short_help="Compare two audits: what was fixed, what is new.")
@click.argument("before")
@click.argument("after")
@click.option("--all", "everything", is_flag=True, help="List unchanged findings, too, one by one.")
@format_option()
@_output
@click.pass_context
def diff_(ctx: click.Context, before: str, after: str, everything: bool, form: str, output: str | None) -> None:
    """Compare the audits BEFORE and AFTER (digests): what was fixed, what is new, by rule and by record.

    Exits 1 where a finding is new and not waived. A waived finding stays a finding. A finding is dropped, not fixed,
    where its record or rule was not judged again, and first, not new, where it was not judged before.
    """
    with opened(ctx) as node:
        audits, waiving = Audits(node.database), _waiving(node)
        old, new = audits.get(before), audits.get(after)
        rules = {each.number: _measure(node, each).rules for each in (old, new)}

        def changed() -> Iterator[ChangedFinding]:
            return compare(audits.results(old), rules[old.number], audits.results(new), rules[new.number])

        counts = by_rule(changed())
        fresh = 0
        if any(each.counts[Change.NEW] for each in counts):
            fresh = sum(each.change is Change.NEW and not _waived(waiving, each) for each in changed())
        told = (each for each in changed() if everything or each.change is not Change.UNCHANGED)
        with written_to(output):
            print_changes(old, new, counts, told, form)
    ctx.exit(int(fresh > 0))


def _print(
    node: Node,
    audit: Audit,
    form: str,
    output: str | None,
    fail_on: str,
    *,
    rule: str | None = None,
    record: str | None = None,
    places: bool = False,
    raw: bool = False,
) -> int:
    """Print an audit; return the exit status."""
    audits, measure, waiving = Audits(node.database), _measure(node, audit), _waiving(node)
    if rule is not None:
        check_rule(rule, audit, measure)

    def found() -> Iterator[Standing]:
        return standing(audits.results(audit, failing=True), measure.rules, waiving)

    # Without waivers the document has the counts already.
    counts = counted(audit.rules, found() if waiving else ())
    some = found() if record is None else found_in(node, audit, measure, record, waiving)
    wanted = (each for each in some if rule in (None, each.finding.code))
    with written_to(output):
        if form in REPORTS:
            print_report(node, audit, measure, waiving, form, record=record, places=places)
        elif record is not None or places:
            print_places(node, audit, measure, wanted, form, raw=raw)
        else:
            sheet = AuditScores(node.database).latest(audit)
            print_audit(audit, measure, counts, wanted, form, one_by_one=rule is not None, sheet=sheet)
    return exit_status(counts, fail_on)


def exit_status(counts: Sequence[WaivedCount], fail_on: str) -> int:
    """Return the exit status for what an audit counts: 0 in order, 1 findings, 2 undecided."""
    if fail_on == "never":
        return 0
    # Neither good nor bad is known of them, so they must not look like records in order.
    undecided = (each for each in counts if each.rule.code in (ENGINE_FAILED, UNREADABLE))
    if any(each.waived < each.rule.findings for each in undecided):
        return UNDECIDED_STATUS
    return int(is_at_least(counts, Severity[fail_on.upper()]))


def _say(done: AuditRun) -> None:
    if done.judged == 0 and done.carried:
        text = "nothing changed: the audit stands"
    else:
        text = f"{done.judged} records judged, {done.carried} carried over"
    if done.continued:
        text += f"; {done.continued} were asked only the rules that changed ({len(done.changed)})"
    click.echo(f"Audit {done.audit.digest[:DIGITS]}: {text}.", err=True)


def _measure(node: Node, audit: Audit) -> Yardstick:
    return Judgements(node.database).measure(audit.yardstick)


def _waiving(node: Node) -> Waiving:
    return Waiving(Waivers(node.database).holding(_now().date()))


def _waived(waiving: Waiving, each: ChangedFinding) -> bool:
    return waiving.covering(each.finding.code, each.source, each.local_id) is not None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
