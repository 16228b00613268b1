"""Labels of records: `fairnode label ...` shows where they come from, tightens at once, and loosens by two people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

import click

from node.cli.acting import actor, decider
from node.cli.label_output import decision, print_decisions, print_shown, shown, standing
from node.cli.opened import opened
from node.cli.output import json_option, print_json, progress_line
from node.errors import LabelError, SettingsError
from node.labelling import Labelled, label_anew
from node.model.label import CRITICAL, Access, PersonalData
from node.model.override import Override, Subject
from node.model.source import LabelTerms
from node.node import Node
from node.projector import project
from node.sovereignty.zones import check_zones
from node.storage.agreements import terms_from_json, terms_to_json
from node.storage.label_queue import LabelQueue
from node.storage.overrides import Overrides
from node.upkeep import relabel

_Command = TypeVar("_Command", bound=Callable[..., Any])
_ATTEMPTS = 5


@click.group()
def label() -> None:
    """Sovereignty labels of records: what they are, why, and what curators decide about them."""


@label.command()
@click.argument("record")
@json_option
@click.pass_context
def show(ctx: click.Context, record: str, as_json: bool) -> None:
    """Show both labels of RECORD, where each dimension comes from, and who sees the record.

    RECORD is the local id, or the OAI identifier.
    """
    with opened(ctx) as node:
        values = shown(node, _local(record), _now().date())
    if as_json:
        print_json(values)
    else:
        print_shown(values)


_PERSON = (
    click.option("--by", help="Who decides, at an account of the machine that is theirs alone."),
    click.option("--token-file", type=click.Path(), help="A steward's token: its owner decides, in place of --by."),
)


def _terms(command: _Command) -> _Command:
    """The options that say what a decision asks for."""
    for option in reversed(
        (
            click.option(
                "--of",
                type=click.Choice(["record", "data"]),
                default="record",
                show_default=True,
                help="Whether of the metadata record's label or of the data's.",
            ),
            click.option("--access", type=_choice(Access), help="Access class."),
            click.option("--zone", "zones", multiple=True, help="Residency zone, such as EU; repeat for several."),
            click.option(
                "--critical",
                multiple=True,
                type=click.Choice(["none", *sorted(CRITICAL)]),
                help="Critical technology area; repeat for several.",
            ),
            click.option("--personal", type=_choice(PersonalData), help="Class of personal data."),
            click.option("--policy", "policies", multiple=True, help="Policy that must permit, or none."),
            click.option("--assurance", type=click.IntRange(0, 4), help="Storage assurance."),
            click.option("--keep-until", type=_day(), help="To be kept at least until this day."),
            click.option("--erase-by", type=_day(), help="To be erased by this day."),
            click.option("--reason", required=True, help="Why; it stands in the trail."),
            *_PERSON,
        )
    ):
        command = option(command)
    return command


def _choice(kind: type[Access] | type[PersonalData]) -> click.Choice[str]:
    return click.Choice([member.name.lower() for member in kind])


def _day() -> click.DateTime:
    return click.DateTime(["%Y-%m-%d"])


@label.command()
@click.argument("record")
@_terms
@click.option("--expires", type=_day(), help="First day on which it does not hold any more [default: it holds on].")
@json_option
@click.pass_context
def tighten(ctx: click.Context, /, record: str, as_json: bool, **given: Any) -> None:
    """Tighten a label of RECORD. It holds before the command returns: whoever loses the record sees it as deleted."""
    _decide(ctx, record, given, loosens=False, as_json=as_json)


@label.command()
@click.argument("record")
@_terms
@click.option("--expires", type=_day(), required=True, help="First day on which it does not hold any more.")
@json_option
@click.pass_context
def loosen(ctx: click.Context, /, record: str, as_json: bool, **given: Any) -> None:
    """Ask to loosen a label of RECORD. It holds once a second person agrees: `fairnode label agree`.

    What is named takes the place of what the label says in that dimension; no label goes below the floor of the
    agreement with the source.
    """
    _decide(ctx, record, given, loosens=True, as_json=as_json)


@label.command()
@click.argument("number", type=click.IntRange(1, 2**62))
@_PERSON[0]
@_PERSON[1]
@json_option
@click.pass_context
def agree(ctx: click.Context, number: int, by: str | None, token_file: str | None, as_json: bool) -> None:
    """Be the second person for the loosening NUMBER; it holds before the command returns.

    Who enters and who agrees need accounts of their own: two of this machine, or a token each. A name alone proves
    nothing, nor does a token that the other made.
    """
    with opened(ctx) as node:
        agreed = Overrides(node.database).agree(number, decider(node, by, token_file, _now()), _now)
        _effect(node, agreed, as_json)


@label.command()
@click.argument("number", type=click.IntRange(1, 2**62))
@json_option
@click.pass_context
def end(ctx: click.Context, number: int, as_json: bool) -> None:
    """Take the loosening NUMBER back; the label is as before when the command returns."""
    with opened(ctx) as node:
        ended = Overrides(node.database).end(number, actor(), _now)
        _effect(node, ended, as_json)


@label.command("list")
@click.option("--record", help="Only about this record.")
@click.option("--waiting", is_flag=True, help="Only those that wait for a second person.")
@json_option
@click.pass_context
def list_(ctx: click.Context, record: str | None, waiting: bool, as_json: bool) -> None:
    """List what curators decided, the oldest first; nothing is ever removed."""
    today = _now().date()
    with opened(ctx) as node:
        found = Overrides(node.database).all(_local(record) if record else None)
    values = [decision(each, today) for each in found]
    if waiting:
        values = [each for each in values if each["state"] == "waits"]
    if as_json:
        print_json({"decisions": values})
    else:
        print_decisions(values)


@label.command()
@click.option("--source", help="Only the records of this source.")
@click.option("--record", help="Only this record.")
@json_option
@click.pass_context
def recompute(ctx: click.Context, source: str | None, record: str | None, as_json: bool) -> None:
    """Work labels out anew from the records that are kept, without a harvest.

    Where it is interrupted, a worker or the next call goes on.
    """
    with opened(ctx) as node:
        if source is not None:
            node.sources.get(source)
        if record is not None:
            LabelQueue(node.database).get(_local(record))
        LabelQueue(node.database).mark(_now().date(), source=source, record=_local(record) if record else None)
        done = work_out(node, why="asked for by an operator")
    if as_json:
        print_json({"seen": done.seen, "changed": done.changed, "left": done.left})
    else:
        click.echo(f"{done.seen} records looked at, {done.changed} changed.", err=True)


def work_out(node: Node, *, only: str | None = None, why: str = "") -> Labelled:
    """Work out what is due, move the objects and write the graphs that go with it."""
    show, clear = progress_line()
    done = label_anew(
        node, _now, actor=actor(), only=only, why=why, progress=lambda seen: show(f"{seen} records looked at")
    )
    for _ in range(_ATTEMPTS):
        if not done.left:
            break
        # Somebody kept or decided about a record at this moment: once more.
        again = label_anew(node, _now, actor=actor(), only=only, why=why)
        done = Labelled(seen=done.seen, changed=done.changed + again.changed, left=again.left)
    clear()
    if done.changed:
        moved = relabel(node, _now)
        if moved.stuck:
            click.echo(
                f"{moved.stuck} objects cannot be stored under their new labels, so their records are withheld; "
                "`fairnode store zones` lists what the zones admit.",
                err=True,
            )
        project(node, publish=True)
    return done


def _decide(ctx: click.Context, record: str, given: dict[str, Any], *, loosens: bool, as_json: bool) -> None:
    of: Subject = given["of"]
    terms = _asked(given, loosens=loosens)
    with opened(ctx) as node:
        person = decider(node, given["by"], given["token_file"], _now())
        override = Override(
            record=_local(record),
            of=of,
            loosens=loosens,
            terms=terms,
            reason=given["reason"],
            by=person.name,
            created=_now().date(),
            expires=given["expires"].date() if given["expires"] else None,
        )
        _effect(node, Overrides(node.database).add(override, person, _now), as_json)


def _effect(node: Node, made: Override, as_json: bool) -> None:
    work_out(node, only=made.record)
    found, today = LabelQueue(node.database).get(made.record), _now().date()
    if as_json:
        audience = found.audience.name.lower() if found.audience is not None else None
        print_json({"decision": decision(made, today), "audience": audience})
        return
    if decision(made, today)["state"] == "waits":
        click.echo(f"Decision {made.number} waits: fairnode label agree {made.number}", err=True)
    else:
        click.echo(f"Decision {made.number}: {standing(found)}.", err=True)


def _asked(given: dict[str, Any], *, loosens: bool) -> LabelTerms:
    if given["zones"]:
        check_zones(given["zones"], _now().date(), what="--zone")
    terms = LabelTerms(
        access=Access[given["access"].upper()] if given["access"] else None,
        zones=given["zones"] or None,
        critical=_members(given["critical"], loosens=loosens),
        personal=PersonalData[given["personal"].upper()] if given["personal"] else None,
        policies=_members(given["policies"], loosens=loosens),
        keep_until=given["keep_until"].date() if given["keep_until"] else None,
        erase_by=given["erase_by"].date() if given["erase_by"] else None,
        assurance=given["assurance"],
    )
    try:
        return terms_from_json(terms_to_json(terms))
    except (LabelError, ValueError, TypeError) as error:
        raise SettingsError(str(error), advice="docs/reference/sovereignty-labels.md lists the values.") from error


def _members(given: tuple[str, ...], *, loosens: bool) -> tuple[str, ...] | None:
    members = tuple(each for each in given if each != "none")
    if given and not members:
        # None of them is a value that takes the place of others; to tighten by it is to ask for nothing.
        return () if loosens else None
    return members or None


def _local(record: str) -> str:
    return record.rpartition(":")[2] if record.startswith("oai:") else record


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
