"""Removing what is left of old audits: `fairnode audit prune`. The worker does it once a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

import click

from node.cli.opened import opened
from node.cli.output import json_option, print_json
from node.storage.audit_pruning import AuditPruning


@click.command(short_help="Remove audits that are kept no longer.")
@click.option("--dry-run", is_flag=True, help="Only say which audits would go, by digest.")
@json_option
@click.pass_context
def prune(ctx: click.Context, dry_run: bool, as_json: bool) -> None:
    """Remove audits that are kept no longer, and the judgements that no audit needs.

    An audit is kept for `audit.keep_days` days after it was last confirmed; the `audit.keep_last` latest of the same
    sources by the same profile are kept whatever their age, and one that is signed for ever. Evidence that was exported
    stands by itself.
    """
    now = dt.datetime.now(dt.UTC)
    with opened(ctx) as node:
        keep = node.settings.audit
        pruning = AuditPruning(node.database, keep_last=keep.keep_last, keep_days=keep.keep_days)
        if dry_run:
            old = pruning.old(now)
        else:
            done = pruning.prune(now)
    if dry_run:
        if as_json:
            print_json({"audits": old})
        else:
            click.echo("".join(f"{digest}\n" for digest in old), nl=False)
            click.echo(f"{len(old)} audits would be removed.", err=True)
    elif as_json:
        print_json(asdict(done))
    else:
        click.echo(f"{done.audits} audits and {done.judgements} judgements removed.", err=True)
