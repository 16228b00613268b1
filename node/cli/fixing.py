"""What to mend in stored records: `fairnode audit fixes`, `what-if`."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path

import click

from node.amounts import counted
from node.cli.audit_output import profile_name
from node.cli.opened import opened
from node.cli.output import json_option, print_json, progress_line
from node.cli.spelling import read_spelling, signed
from node.errors import SettingsError
from node.fixes.changes import Change, read_patch
from node.fixes.comparing import Comparison
from node.fixes.ranking import FixList, RankedFix, sentence
from node.fixes.rating import Ratings, is_rated
from node.fixes.sources import Survey, remade_records
from node.fixes.trial_defaults import read_trial
from node.mapping.defaults import PROPERTIES, read_default
from node.model.rdf import Iri, Node
from node.namespaces import expand
from node.validation import load_profile

_NAMED = 3
_sources = click.argument("sources", nargs=-1, metavar="[SOURCE]...")
_profile = click.option(
    "--profile", help="A profile's name, such as fair or mqa, or a shapes file [default: the node's own]."
)


@click.command("fixes", short_help="Rank what to mend by the points it gains.")
@_sources
@_profile
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Fixes to print.")
@json_option
@click.pass_context
def fixes(ctx: click.Context, sources: tuple[str, ...], profile: str | None, limit: int, as_json: bool) -> None:
    """List what to mend in the records of SOURCES, or of all, ranked by the points it gains.

    The records are made again from what was harvested; nothing is fetched or changed. A fix gains the points of its
    check alone; where other checks rest on it, what it gains if they pass as well is told apart. With --profile mqa
    each dataset is scored again by MQA's own rule, and it says how many move to which rating.
    """
    with opened(ctx) as node:
        name = profile_name(node, profile)
        loaded = load_profile(name)
        rated = is_rated(loaded)
        found = FixList(loaded)
        survey = Survey(names=sources, profile=name, now=_now(), with_facts=rated)
        show, clear = progress_line()
        try:
            for (remade,) in remade_records(node, survey, [None]):
                found.add(remade)
                if found.records % 100 == 0:
                    show(f"{found.records} records")
        finally:
            clear()
    ranked = found.ranked()
    if as_json:
        print_json(
            {
                "profile": {"name": loaded.name, "digest": loaded.digest},
                "records": found.records,
                "unread": found.unread,
                "score": found.account.score,
                "max_score": found.account.max_score,
                "statement": found.account.statement,
                "fixes": [_fix_values(fix) for fix in ranked],
            }
        )
        return
    click.echo(
        f"{counted(found.records, 'record')} by the profile {loaded.name}: {found.account.statement}"
        + _unread(found.unread)
    )
    for place, fix in enumerate(ranked[:limit], 1):
        click.echo(f"\n{place}. {sentence(fix, rated=rated)}")
        click.echo(f"   {fix.code} {fix.name} [{fix.severity.label}], such as {', '.join(fix.identifiers[:_NAMED])}")


@click.command("what-if", short_help="Try a change on copies of the records.")
@_sources
@click.option(
    "--spelling",
    "spellings",
    multiple=True,
    metavar="VOCABULARY=TEXT=TERM",
    help="A text that would mean a term; may be repeated.",
)
@click.option(
    "--default",
    "defaults",
    multiple=True,
    metavar="PROPERTY=VALUE",
    help="A value where the property is missing; may be repeated.",
)
@click.option(
    "--patch",
    type=click.Path(exists=True, dir_okay=False),
    help="An RDF Patch: rows `A subject property value .` add, rows `D ...` delete.",
)
@_profile
@json_option
@click.pass_context
def what_if(
    ctx: click.Context,
    sources: tuple[str, ...],
    spellings: tuple[str, ...],
    defaults: tuple[str, ...],
    patch: str | None,
    profile: str | None,
    as_json: bool,
) -> None:
    """Try a change on copies of the records of SOURCES, or of all, and say what it would gain.

    Nothing is kept and nothing is fetched. VOCABULARY is one such as licence, TERM an IRI of it, PROPERTY an IRI or a
    name such as dct:license. What is broken by the change is told, and counted in the points. To keep it, accept the
    spelling (`audit accept`) or the default (`source set --default`) and harvest; a patch is for whoever can mend the
    source. Exits 1 where no row of a patch matches a record.
    """
    agreed = tuple(read_default(*text.partition("=")[::2]) for text in defaults if _is_agreed(text))
    change = Change(
        spellings=tuple(map(read_spelling, spellings)),
        agreed=agreed,
        defaults=tuple(read_trial(text) for text in defaults if not _is_agreed(text)),
        **_patched(patch),
    )
    if change == Change():
        raise SettingsError("nothing is changed", advice="Name a --spelling, a --default or a --patch.")
    with opened(ctx) as node:
        name = profile_name(node, profile)
        found = Comparison(Ratings(), rated=is_rated(load_profile(name)))
        survey = Survey(names=sources, profile=name, now=_now(), with_facts=True)
        show, clear = progress_line()
        try:
            for before, after in remade_records(node, survey, [None, change]):
                found.add(before, after)
                if found.records % 100 == 0:
                    show(f"{found.records} records")
        finally:
            clear()
    moves: list[dict[str, object]] = [
        {"from": one[0], "to": one[1], "records": count} for one, count in sorted(found.moves.items())
    ]
    missed = patch is not None and not found.patched
    if as_json:
        print_json(_comparison_values(found, moves))
        ctx.exit(int(missed))
    gain = found.after.score - found.before.score
    click.echo(
        f"{found.changed} of {counted(found.records, 'record')} would change: from {found.before.statement} to "
        f"{found.after.statement} ({signed(gain)})" + _unread(found.unread)
    )
    for word, codes in (("mended", found.fixed), ("broken", found.broken)):
        for code, count in sorted(codes.items(), key=lambda item: (-item[1], item[0])):
            click.echo(f"  {code} {word} in {counted(count, 'record')}")
    for move in moves:
        click.echo(f"  MQA {move['from']} to {move['to']}: {move['records']}")
    if found.identifiers:
        click.echo(f"  such as {', '.join(found.identifiers[:_NAMED])}")
    if missed:
        click.echo(
            f"No row of {patch} matches a record: none deletes what a record says, or adds what one does not say yet "
            "to what it describes. Its subjects are the IRIs on the records' pages.",
            err=True,
        )
        ctx.exit(1)


def _is_agreed(text: str) -> bool:
    """Whether a source can have this default; others are tried on the statements, and are no more than a trial."""
    name = text.partition("=")[0]
    return any(name in (curie, expand(curie)) for curie in PROPERTIES)


def _patched(path: str | None) -> dict[str, tuple[tuple[Iri, Iri, Node], ...]]:
    if path is None:
        return {}
    try:
        added, removed = read_patch(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}", advice="A patch is a file of UTF-8 text.") from error
    return {"added": added, "removed": removed}


def _fix_values(fix: RankedFix) -> dict[str, object]:
    moves = [{"from": before, "to": after, "records": count} for before, after, count in fix.moves]
    return {**asdict(fix), "severity": fix.severity.label, "moves": moves}


def _comparison_values(found: Comparison, moves: list[dict[str, object]]) -> dict[str, object]:
    return {
        "records": found.records,
        "changed": found.changed,
        "patched": found.patched,
        "unread": found.unread,
        "before": found.before.score,
        "after": found.after.score,
        "possible": found.after.max_score,
        "fixed": found.fixed,
        "broken": found.broken,
        "moves": moves,
        "examples": found.examples,
        "identifiers": found.identifiers,
    }


def _unread(count: int) -> str:
    return f"; {counted(count, 'record')} could not be made again" if count else ""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
