"""`fairnode links`: do the addresses in records answer? Asked politely, kept with the date, counted in scores."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence

import click

from node.audit.link_uses import LinkUse, addresses, link_uses, wanted_sources
from node.audit.reports import csv_lines, json_lines
from node.cli.audit_output import write_lines, written_to
from node.cli.durations import Duration
from node.cli.opened import opened
from node.cli.output import json_option, print_json, print_table, progress_line
from node.harvest.fetch import HttpFetch
from node.harvest.links import check, door
from node.model.links import LinkAnswer
from node.node import Node
from node.storage.link_checks import LinkChecks
from node.syntax import JsonValue

_SHOWN = 50
_COLUMNS = ("source", "identifier", "record", "url", "status", "problem", "checked", "next")
_source = click.option("--source", "sources", multiple=True, help="Only this source's records; may be repeated.")


class _Age(Duration):
    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "never":
            self.fail("an age is a duration such as 30m, 12h or 7d", param, ctx)
        return super().convert(value, param, ctx)


@click.group("links")
def links() -> None:
    """Check whether the addresses in records answer.

    Checked are what scores ask for: persistent identifiers, landing pages, access and download URLs of distributions.
    """


@links.command("check")
@_source
@click.option("--limit", type=click.IntRange(1, 10_000_000), help="Ask at most so many addresses.")
@click.option("--older-than", type=_Age(), help="Ask again what was asked longer ago, such as 7d, also if not due.")
@json_option
@click.pass_context
def check_(
    ctx: click.Context, sources: tuple[str, ...], limit: int | None, older_than: int | None, as_json: bool
) -> None:
    """Ask the addresses that are due, and keep what they answer.

    Each is asked for its headers, at most once a second a host ([links] pace). A good answer holds for 30 days
    ([links] max_age_days), another one is asked again after a day, then two, four and so on. Interrupted, it goes on
    where it stopped. Private networks are closed, but those of [links] allow_networks.
    """
    show, clear = progress_line()
    with opened(ctx) as node:
        wanted = wanted_sources(node, sources)
        counts: Counter[str] = Counter()
        bad: list[LinkAnswer] = []
        try:
            urls = addresses(node, wanted, lambda done: show(f"{done} records read"))
            for answer in _answers(node, urls, limit, older_than):
                counts[_word(answer)] += 1
                if not answer.is_good:
                    bad.append(answer)
                show(f"{counts.total()} of at most {len(urls)} addresses asked, {len(bad)} of them bad")
        finally:
            clear()
    if as_json:
        print_json(
            {
                "addresses": len(urls),
                "asked": counts.total(),
                "answers": dict(sorted(counts.items())),
                "bad": [_answer_values(each) for each in bad],
            }
        )
        return
    click.echo(f"{len(urls)} addresses, {counts.total()} asked now")
    print_table(["answer", "addresses"], sorted(counts.items()))
    if bad:
        click.echo()
        print_table(["status", "address", "problem"], [[_status(one), one.url, one.problem] for one in bad[:_SHOWN]])
        if len(bad) > _SHOWN:
            click.echo(f"Only the first {_SHOWN} are shown; `fairnode links show --failing` has all.", err=True)


@links.command("show")
@_source
@click.option("--failing", is_flag=True, help="Only addresses that did not answer with success.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to this file.")
@click.pass_context
def show_(ctx: click.Context, sources: tuple[str, ...], failing: bool, form: str, output: str | None) -> None:
    """Print what the addresses in records answered last, with the date, by record. Nothing is asked."""
    with opened(ctx) as node:
        wanted = wanted_sources(node, sources)
        uses = (each for each in link_uses(node, wanted) if not failing or (each.answer and not each.answer.is_good))
        with written_to(output):
            if form == "json":
                write_lines(json_lines({"sources": list(wanted)}, "links", map(_use_values, uses)))
            elif form == "csv":
                write_lines(csv_lines(_COLUMNS, map(_use_values, uses)))
            else:
                _print_uses(uses, wanted)


def _answers(node: Node, urls: set[str], limit: int | None, older_than: int | None) -> Iterator[LinkAnswer]:
    settings = node.settings
    return check(
        urls,
        HttpFetch(door(settings.fetch, settings.links)),
        LinkChecks(node.database),
        now=lambda: dt.datetime.now(dt.UTC),
        max_age=dt.timedelta(days=settings.links.max_age_days),
        older_than=dt.timedelta(seconds=older_than) if older_than is not None else None,
        limit=limit,
    )


def _print_uses(uses: Iterator[LinkUse], names: Sequence[str]) -> None:
    counts = {name: Counter[str]() for name in names}
    dates: dict[str, list[dt.datetime]] = {}
    bad: list[LinkUse] = []
    for each in uses:
        counts[each.source][_word(each.answer)] += 1
        if each.answer is None:
            continue
        checked = each.answer.checked
        first, last = dates.setdefault(each.source, [checked, checked])
        dates[each.source] = [min(first, checked), max(last, checked)]
        if not each.answer.is_good and len(bad) <= _SHOWN:
            bad.append(each)
    words = sorted({word for count in counts.values() for word in count})
    print_table(
        ["source", *words, "checked from", "until"],
        [
            [name, *(count[word] for word in words), *(f"{when:%Y-%m-%d}" for when in dates.get(name, []))]
            if name in dates
            else [name, *(count[word] for word in words), "-", "-"]
            for name, count in counts.items()
        ],
    )
    if bad:
        click.echo()
        print_table(
            ["source", "identifier", "status", "address", "problem", "checked"],
            [
                [each.source, each.identifier, _status(each.answer), each.url, each.answer.problem,
                 f"{each.answer.checked:%Y-%m-%d}"]
                for each in bad[:_SHOWN]
                if each.answer is not None
            ],
        )  # fmt: skip
        if len(bad) > _SHOWN:
            click.echo(f"Only the first {_SHOWN} are shown; --format csv and --format json have all.", err=True)


def _word(answer: LinkAnswer | None) -> str:
    if answer is None:
        return "not asked"
    if answer.status is None:
        return "no answer"
    return "good" if answer.is_good else f"{answer.status // 100}xx"


def _status(answer: LinkAnswer) -> str:
    return "no answer" if answer.status is None else str(answer.status)


def _answer_values(answer: LinkAnswer) -> dict[str, JsonValue]:
    return {
        "url": answer.url,
        "status": answer.status,
        "problem": answer.problem,
        "checked": f"{answer.checked:%Y-%m-%dT%H:%M:%SZ}",
        "next": f"{answer.due:%Y-%m-%dT%H:%M:%SZ}",
    }


def _use_values(use: LinkUse) -> dict[str, JsonValue]:
    unasked: dict[str, JsonValue] = {"status": None, "problem": "", "checked": None, "next": None}
    return {
        "source": use.source,
        "identifier": use.identifier,
        "record": use.local_id,
        **(_answer_values(use.answer) if use.answer else {**unasked, "url": use.url}),
    }
