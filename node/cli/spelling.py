"""Values that nearly name a term: `fairnode audit suggestions` and `accept`."""

from __future__ import annotations

import datetime as dt
import getpass
import shlex
from collections.abc import Callable, Sequence
from dataclasses import asdict

import click

from node.amounts import counted, number
from node.cli.audit_output import profile_name
from node.cli.opened import opened
from node.cli.output import json_option, plain, print_json, print_table, progress_line
from node.errors import NotFound, SettingsError
from node.fixes.accepting import accept
from node.fixes.comparing import Comparison
from node.fixes.rating import Account, Ratings, is_rated
from node.fixes.sources import Survey, remade_records, tried_spellings
from node.fixes.suggesting import Suggestion, UnknownValues
from node.model.rdf import Iri
from node.node import Node
from node.terms import tables
from node.terms.additions import Spelling, terms
from node.validation import load_profile

_SHOWN = 10
"""Records between two looks at the line of progress; each may be tried with hundreds of suggestions."""


@click.command("suggestions", short_help="List values that nearly name a term, and what each gains.")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--profile", help="Whose points are gained: a profile's name, or a shapes file [default: the node's own]."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Rows to print.")
@json_option
@click.pass_context
def suggestions(ctx: click.Context, sources: tuple[str, ...], profile: str | None, limit: int, as_json: bool) -> None:
    """List values of SOURCES, or of all, that nearly name a term of a vocabulary, and what each would gain.

    Each is tried by itself on copies of the records: `gain` is what an audit would say after it, what gets worse by it
    counted in. Those that gain most, and are likest, come first; texts that only hold a name are listed apart. Nothing
    is changed: `fairnode audit accept VOCABULARY TEXT TERM` does that, once somebody has looked.
    """
    with opened(ctx) as node:
        name = profile_name(node, profile)
        survey = Survey(
            names=sources,
            profile=name,
            now=dt.datetime.now(dt.UTC),
            with_facts=is_rated(load_profile(name)),
        )
        values = UnknownValues()
        show, clear = progress_line()
        show("reading records")
        try:
            for done, (remade,) in enumerate(remade_records(node, survey, [None]), 1):
                values.add(remade.unknown)
                if done % _SHOWN == 0:
                    show(f"{counted(done, 'record')} read")
            found = _tried(node, survey, values.suggestions(), show)
        finally:
            clear()
    if as_json:
        print_json({"suggestions": [_values(*each) for each in found]})
        return
    if not found:
        click.echo("No value nearly names a term.", err=True)
        return
    strong = [each for each in found if not each[0].is_weak][:limit]
    weak = [each for each in found if each[0].is_weak][:limit]
    if strong:
        # The terms' IRIs, which a column would break, stand in the commands below.
        _print(strong)
        click.echo("\nWhat means what it seems to, accept:")
        for one, _, _ in strong:
            click.echo(_accepting(one))
    if weak:
        click.echo(
            "\n" * bool(strong) + "Look at these yourself: a name is in the text, which says more than the name does."
        )
        _print(weak)


def _print(found: Sequence[tuple[Suggestion, Comparison, float]]) -> None:
    print_table(
        ["vocabulary", "records", "text", "label", "likeness", "because", "gain", "mended", "worse"],
        [
            [
                one.vocabulary,
                one.records,
                one.text,
                one.label or one.iri,
                one.likeness,
                f"{one.reason}: {one.near}",
                signed(gain),
                _counts(effect.fixed),
                _counts(effect.broken),
            ]
            for one, effect, gain in found
        ],
    )


@click.command("accept", short_help="Let a text mean a term from the next harvest on.")
@click.argument("vocabulary")
@click.argument("text")
@click.argument("term")
@click.option("--by", "author", help="Who accepts it [default: the user of this machine].")
@click.option("--reason", default="", help="Why it means that; asked for with --replace.")
@click.option("--replace", is_flag=True, help="Give a text another meaning than it was accepted or is shipped with.")
@click.pass_context
def accept_(
    ctx: click.Context, vocabulary: str, text: str, term: str, author: str | None, reason: str, replace: bool
) -> None:
    """Let TEXT mean TERM (an IRI) in VOCABULARY from the next harvest on, which makes the records anew.

    `audit suggestions` names vocabularies, texts and terms, and `audit what-if --spelling` tries one. What is accepted
    is kept in vocab/VOCABULARY.sssom.tsv of the node's home folder; take the row out of it to take it back. Each
    decision stays in vocab/history.tsv. A text that means another term already is refused without --replace.
    """
    accepted = read_spelling(f"{vocabulary}={text}={term}")
    row = Spelling(
        vocabulary=accepted.vocabulary,
        text=accepted.text,
        iri=accepted.iri,
        label=terms(vocabulary).get(accepted.iri, ""),
        author=author or getpass.getuser(),
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        comment=reason,
    )
    with opened(ctx) as node:
        is_new = accept(node.settings.home, row, replace=replace)
    since = "from the next harvest on" if is_new else "already"
    click.echo(f"“{row.text}” means {row.label or row.iri} {since}.", err=True)


def read_spelling(text: str) -> Spelling:
    """Return a spelling that is written VOCABULARY=TEXT=TERM.

    Raises:
        NotFound: there is no such vocabulary or term.
        SettingsError: there is no text.
    """
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


def signed(points: float) -> str:
    """Return points that are gained or lost, such as `+1.5`; at most two places after the point."""
    return number(points) if round(points, 2) <= 0 else f"+{number(points)}"


def _tried(
    node: Node, survey: Survey, wanted: Sequence[Suggestion], show: Callable[[str], None]
) -> list[tuple[Suggestion, Comparison, float]]:
    """Return each suggestion with its effect and what it gains: those first that gain most and are likest."""
    if not wanted:
        return []
    rated = is_rated(load_profile(survey.profile))
    ratings, whole = Ratings(), Account(rated=rated)
    effects = [Comparison(ratings, rated=rated) for _ in wanted]
    spellings = [Spelling(vocabulary=one.vocabulary, text=one.text, iri=one.iri) for one in wanted]
    for done, tried in enumerate(tried_spellings(node, survey, spellings), 1):
        if not tried.before.problem:
            whole.add(tried.before, ratings.of(tried.before))
        for place, after in tried.after:
            effects[place].add(tried.before, after)
        if done % _SHOWN == 0:
            show(f"{counted(done, 'record')} tried with {counted(len(wanted), 'suggestion')}")
    found = [(one, effect, effect.gained(whole)) for one, effect in zip(wanted, effects, strict=True)]
    return sorted(
        found, key=lambda each: (-_worth(each[0], each[2]), -each[0].records, each[0].vocabulary, each[0].text)
    )


def _worth(one: Suggestion, gain: float) -> float:
    """What a gain counts for, by how likely the meaning is; what would be lost is not lessened by an unlikely one."""
    return gain * one.likeness if gain > 0 else gain


def _accepting(one: Suggestion) -> str:
    """Return the command that accepts a suggestion, to be copied into a shell."""
    text = plain(one.text)
    # What begins like an option is none after `--`.
    return "fairnode audit accept " + shlex.join(
        [one.vocabulary, *(["--"] if text.startswith("-") else []), text, one.iri]
    )


def _values(suggestion: Suggestion, effect: Comparison, gain: float) -> dict[str, object]:
    return {
        **asdict(suggestion),
        "weak": suggestion.is_weak,
        "gain": round(gain, 2),
        "changed": effect.changed,
        "fixed": effect.fixed,
        "broken": effect.broken,
    }


def _counts(codes: dict[str, int]) -> str:
    return ", ".join(f"{code} in {count}" for code, count in sorted(codes.items()))
