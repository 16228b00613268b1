"""The trail of decisions: `fairnode trail ...`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import click

from node.cli.opened import opened
from node.cli.output import json_option, print_json, print_table, progress_line
from node.errors import SettingsError
from node.model.trail import Entry, Head, TrailFault
from node.node import Node
from node.sovereignty.signatures import verify as verify_signature
from node.sovereignty.trail import HEAD_KIND, head_bytes, head_document, prove, read_document, read_head
from node.storage.trail import Trail
from node.trail_keeping import keep_heads, locked_heads


@click.group()
def trail() -> None:
    """Who asked for what, what was decided and why: a chain of entries that shows every change to it."""


@trail.command()
@click.option("--action", help="Only of this action, such as read, download, place, override.")
@click.option("--object", "about", help="Only on this object: a record's local id, or KIND/DIGEST.")
@click.option("--denied", is_flag=True, help="Only refusals.")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Only entries beyond this number.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="So many at most.")
@json_option
@click.pass_context
def show(
    ctx: click.Context, action: str | None, about: str | None, denied: bool, after: int, limit: int, as_json: bool
) -> None:
    """List entries, the oldest first."""
    with opened(ctx) as node:
        found = list(
            islice(Trail(node.database).entries(after=after, action=action, about=about, denied=denied), limit)
        )
    if as_json:
        print_json({"entries": [_values(entry) for entry in found]})
        return
    print_table(
        ["entry", "at", "actor", "action", "object", "decision", "reasons"],
        [
            [
                entry.seq,
                f"{entry.at:%Y-%m-%d %H:%M:%S}",
                entry.act.actor,
                entry.act.action,
                entry.act.object,
                "permit" if entry.act.permitted else "deny",
                "; ".join(entry.act.reasons),
            ]
            for entry in found
        ],
    )


@trail.command()
@click.pass_context
def sign(ctx: click.Context) -> None:
    """Sign how far the trail reaches, and print the head: keep it where nobody who can write the trail can."""
    with opened(ctx) as node:
        keys = node.signing_keys
        head, signature = Trail(node.database).sign(
            node.settings.base_url, lambda body: keys.sign(body, HEAD_KIND), dt.datetime.now(dt.UTC)
        )
        keep_heads(node, lambda: dt.datetime.now(dt.UTC))
    print_json(head_document(head_bytes(head), signature))


@trail.command()
@click.option(
    "--head",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A signed head that was kept elsewhere; repeat for several.",
)
@json_option
@click.pass_context
def verify(ctx: click.Context, files: Sequence[Path], as_json: bool) -> None:
    """Prove the trail: no entry changed, left out or put in, nothing cut off, nothing written anew.

    The last two show by signed heads only: the node's own, those in zones with object lock, and those given with
    --head. Exits 1 where it does not hold.
    """
    show, clear = progress_line()
    given = [_document(path) for path in files]
    with opened(ctx) as node:
        store = Trail(node.database)
        faults: list[TrailFault] = []
        locked = list(locked_heads(node))
        heads = list(_verified(node, [*store.heads(), *locked, *given], faults))
        seen = 0

        def counted() -> Iterator[Entry]:
            nonlocal seen
            for entry in store.entries():
                seen += 1
                if seen % 1_000 == 0:
                    show(f"{seen} entries read")
                yield entry

        faults.extend(prove(counted(), heads))
    clear()
    if as_json:
        print_json(
            {
                "entries": seen,
                "heads": len(heads),
                "locked": len(locked),
                "given": len(given),
                "holds": not faults,
                "faults": [asdict(each) for each in faults],
            }
        )
    elif faults:
        print_table(["entry", "fault", "detail"], [[fault.seq, fault.kind, fault.detail] for fault in faults])
    else:
        elsewhere = len(locked) + len(given)
        click.echo(f"The trail holds: {seen} entries, {len(heads)} signed heads, {elsewhere} of them from elsewhere.")
        if not elsewhere:
            click.echo("Heads that lie in the same database prove little: give those kept elsewhere, --head.", err=True)
    if faults:
        ctx.exit(1)


def _verified(node: Node, documents: Sequence[tuple[bytes, str]], faults: list[TrailFault]) -> Iterator[Head]:
    public = node.signing_keys.public()
    for body, signature in documents:
        try:
            head = read_head(body)
        except ValueError as error:
            faults.append(TrailFault(kind="forged", seq=0, detail=str(error)))
            continue
        if verify_signature(body, signature, HEAD_KIND, public):
            yield head
        else:
            faults.append(
                TrailFault(kind="forged", seq=head.seq, detail=f"the signature of the head of {head.at}Z does not hold")
            )


def _document(path: Path) -> tuple[bytes, str]:
    try:
        return read_document(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}", advice="Give a file that `fairnode trail sign` printed.") from error


def _values(entry: Entry) -> dict[str, Any]:
    act = entry.act
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor": act.actor,
        "action": act.action,
        "object": act.object,
        "label": act.label,
        "decision": "permit" if act.permitted else "deny",
        "reasons": list(act.reasons),
        "prev": entry.prev,
        "hash": entry.hash,
    }
