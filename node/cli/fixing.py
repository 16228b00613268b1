"""What to mend in stored records: `fairnode audit fixes`, `what-if`, `suggestions`, `accept`."""

from __future__ import annotations

import datetime as dt
import getpass
from dataclasses import asdict
from pathlib import Path

import click

from node.cli.opened import opened
from node.cli.output import json_option, print_json, print_table, progress_line
from node.errors import NotFound, SettingsError
from node.fixes.changes import Change, read_patch
from node.fixes.comparing import Comparison
from node.fixes.ranking import FixList, RankedFix, sentence
from node.fixes.sources import remade_records
from node.fixes.suggesting import UnknownValues
from node.mapping.defaults import PROPERTIES, read_default
from node.model.rdf import Iri, Literal, Node
from node.namespaces import PREFIXES, expand
from node.node import Node as OpenNode
from node.terms import tables
from node.terms.additions import Spelling, read_additions, terms, write_additions
from node.validation import load_profile

_NAMED = 3
_sources = click.argument("sources", nargs=-1, metavar="[SOURCE]...")
_profile = click.option("--profile", help="A profile's name, or a shapes file [default: the node's own].")
_limit = click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Rows to print.")


@click.command("fixes")
@_sources
@_profile
@_limit
@json_option
@click.pass_context
def fixes(ctx: click.Context, sources: tuple[str, ...], profile: str | None, limit: int, as_json: bool) -> None:
    """List what to mend in the records of SOURCES, or of all, ranked by the points it gains.

    The records are made again from what was harvested; nothing is fetched or changed. With --profile mqa, it says how
    many datasets move to which rating.
    """
    with opened(ctx) as node:
        name = _named(node, profile)
        loaded = load_profile(name)
        found = FixList(loaded.shapes, rated=loaded.name == "mqa")
        show, clear = progress_line()
        try:
            for (remade,) in remade_records(node, sources, name, [None], _today()):
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
                "score": found.score,
                "max_score": found.max_score,
                "fixes": [_fix_values(fix) for fix in ranked],
            }
        )
        return
    click.echo(
        f"{found.records} records, {found.score:g} of {found.max_score:g} points by the profile {loaded.name}"
        + (f"; {found.unread} records could not be made again" if found.unread else "")
    )
    for number, fix in enumerate(ranked[:limit], 1):
        click.echo(f"\n{number}. {sentence(fix)}")
        click.echo(f"   {fix.code} {fix.name} [{fix.severity.label}], such as {', '.join(fix.identifiers[:_NAMED])}")


@click.command("what-if")
@_sources
@click.option(
    "--spelling", "spellings", multiple=True, metavar="VOCABULARY=TEXT=TERM", help="A text that would mean a term."
)
@click.option(
    "--default", "defaults", multiple=True, metavar="PROPERTY=VALUE", help="A value where the property is missing."
)
@click.option("--patch", type=click.Path(exists=True, dir_okay=False), help="An RDF Patch of rows A and D.")
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

    Nothing is kept and nothing is fetched. TERM is an IRI, PROPERTY an IRI or a name such as dct:license. Then `audit
    accept` keeps a spelling, and `source set --default` a default; a patch is for whoever can mend the source.
    """
    agreed = tuple(read_default(*text.partition("=")[::2]) for text in defaults if _is_agreed(text))
    change = Change(
        spellings=tuple(map(_spelling, spellings)),
        agreed=agreed,
        defaults=tuple(_default(text) for text in defaults if not _is_agreed(text)),
        **_patched(patch),
    )
    if change == Change():
        raise SettingsError("nothing is changed", advice="Name a --spelling, a --default or a --patch.")
    with opened(ctx) as node:
        name = _named(node, profile)
        found = Comparison()
        show, clear = progress_line()
        try:
            for before, after in remade_records(node, sources, name, [None, change], _today()):
                found.add(before, after)
                if found.records % 100 == 0:
                    show(f"{found.records} records")
        finally:
            clear()
    moves = [{"from": one[0], "to": one[1], "records": count} for one, count in sorted(found.moves.items())]
    if as_json:
        print_json({**asdict(found), "moves": moves})
        return
    gain = found.after - found.before
    click.echo(
        f"{found.changed} of {found.records} records would change: {found.before:g} to {found.after:g} of "
        f"{found.possible:g} points ({gain:+g})"
        + (f"; {found.unread} records could not be made again" if found.unread else "")
    )
    for word, codes in (("mended", found.fixed), ("broken", found.broken)):
        for code, count in sorted(codes.items(), key=lambda item: (-item[1], item[0])):
            click.echo(f"  {code} {word} in {count} record{'' if count == 1 else 's'}")
    for move in moves:
        click.echo(f"  MQA {move['from']} to {move['to']}: {move['records']}")
    if found.identifiers:
        click.echo(f"  such as {', '.join(found.identifiers[:_NAMED])}")


@click.command("suggestions")
@_sources
@_limit
@json_option
@click.pass_context
def suggestions(ctx: click.Context, sources: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List values of SOURCES, or of all, that nearly name a term of a vocabulary.

    A suggestion changes nothing: `fairnode audit accept VOCABULARY TEXT TERM` does, once somebody has looked at it.
    """
    values = UnknownValues()
    with opened(ctx) as node:
        for (remade,) in remade_records(node, sources, _named(node, None), [None], _today()):
            values.add(remade.unknown)
    found = values.suggestions()
    if as_json:
        print_json({"suggestions": [asdict(one) for one in found]})
        return
    print_table(
        ["vocabulary", "records", "text", "term", "label", "likeness", "because"],
        [
            [one.vocabulary, one.records, one.text, one.iri, one.label, one.likeness, f"{one.reason}: {one.near}"]
            for one in found[:limit]
        ],
    )


@click.command("accept")
@click.argument("vocabulary")
@click.argument("text")
@click.argument("term")
@click.option("--by", "author", help="Who accepts it [default: the user].")
@click.option("--reason", default="", help="Why it means that.")
@click.pass_context
def accept(ctx: click.Context, vocabulary: str, text: str, term: str, author: str | None, reason: str) -> None:
    """Let TEXT mean TERM (an IRI) in VOCABULARY from the next harvest on, which makes the records anew.

    It is kept in vocab/VOCABULARY.sssom.tsv of the node's home folder; take the row out of it to take it back.
    """
    accepted = _spelling(f"{vocabulary}={text}={term}")
    row = Spelling(
        vocabulary=accepted.vocabulary,
        text=accepted.text,
        iri=accepted.iri,
        label=terms(vocabulary).get(accepted.iri, ""),
        author=author or getpass.getuser(),
        date=_today().isoformat(),
        comment=reason,
    )
    with opened(ctx) as node:
        home = node.settings.home
        key = (row.vocabulary, tables.fold(row.text))
        others = [one for one in read_additions(home) if (one.vocabulary, tables.fold(one.text)) != key]
        write_additions(home, [*others, row])
    click.echo(f"“{row.text}” means {row.label or row.iri} from the next harvest on.", err=True)


def _spelling(text: str) -> Spelling:
    vocabulary, _, rest = text.partition("=")
    words, _, iri = rest.rpartition("=")
    if vocabulary not in tables.names():
        raise NotFound(f"there is no vocabulary {vocabulary!r}", advice=f"There are {', '.join(tables.names())}.")
    words = " ".join(words.split())
    if not tables.fold(words):
        raise SettingsError(f"{text}: there is no text to be spelt", advice="Write VOCABULARY=TEXT=TERM.")
    if Iri(iri) not in terms(vocabulary):
        raise NotFound(
            f"{iri} is no term of {vocabulary}", advice="docs/reference/vocabularies.md says what the vocabularies are."
        )
    return Spelling(vocabulary=vocabulary, text=words, iri=Iri(iri))


def _is_agreed(text: str) -> bool:
    """Whether a source can have this default; others are tried on the statements, and are no more than a trial."""
    name = text.partition("=")[0]
    return any(name in (curie, expand(curie)) for curie in PROPERTIES)


def _default(text: str) -> tuple[Iri, Node]:
    name, _, value = text.partition("=")
    prefix, _, local = name.partition(":")
    known = prefix in PREFIXES and not local.startswith("//")
    if not value or not (known or "://" in name):
        raise SettingsError(f"{text}: no default", advice="Write PROPERTY=VALUE, such as dct:license=IRI.")
    is_iri = "://" in value or value.startswith(("urn:", "mailto:"))
    return Iri(PREFIXES[prefix] + local if known else name), Iri(value) if is_iri else Literal(value)


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


def _named(node: OpenNode, profile: str | None) -> str:
    return profile or node.settings.validation.profile or "fair"


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
