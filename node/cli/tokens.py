"""Who may come in without a person at a browser: `fairnode token ...`."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

import click

from node.cli.acting import actor
from node.cli.durations import Duration
from node.cli.opened import opened
from node.cli.output import json_option, print_json, print_table
from node.errors import NotFound, SettingsError
from node.identity.subject import Role
from node.model.account import ApiToken
from node.storage.accounts import ApiTokens, ShutOut

_ROLES = tuple(role.value for role in Role)


@click.group()
def token() -> None:
    """API tokens for scripts, and who is signed out everywhere."""


@token.command()
@click.option("--name", required=True, help="What it is for.")
@click.option("--owner", required=True, help="Who answers for it, such as a mail address.")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What it may do.")
@click.option("--source", default="", help="The source that a manager's or reader's token is for.")
@click.option("--expires", type=Duration(), default="90d", show_default=True, help="How long it lives, at most 366d.")
@json_option
@click.pass_context
def create(ctx: click.Context, name: str, owner: str, role: str, source: str, expires: int, as_json: bool) -> None:
    """Make a token and print it, this once: the node keeps only its digest."""
    now = dt.datetime.now(dt.UTC)
    if (role in (Role.MANAGER.value, Role.READER.value)) != bool(source):
        raise SettingsError(
            "a manager's or reader's token is for one source, any other for the whole node",
            advice="Say --source with --role manager or --role reader, and only there.",
        )
    with opened(ctx) as node:
        made, secret = ApiTokens(node.database).create(
            name=name,
            owner=owner,
            role=role,
            source=source,
            expires=now + dt.timedelta(seconds=expires),
            now=now,
            maker=actor(),
        )
    if as_json:
        print_json({**asdict(made), "token": secret})
        return
    click.echo(f"Token {made.id} counts until {made.expires:%Y-%m-%d}. It is shown this once:", err=True)
    click.echo(secret)


@token.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List tokens, the oldest first, those that count no more included."""
    with opened(ctx) as node:
        found = ApiTokens(node.database).all()
    if as_json:
        print_json([asdict(each) for each in found])
        return
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    print_table(
        ("id", "state", "role", "source", "name", "owner", "created", "expires", "used"),
        [
            (
                each.id,
                _state(each, now),
                each.role,
                each.source or "-",
                each.name,
                each.owner,
                f"{each.created:%Y-%m-%d}",
                f"{each.expires:%Y-%m-%d}",
                f"{each.used:%Y-%m-%d %H:%M}" if each.used else "-",
            )
            for each in found
        ],
    )


@token.command()
@click.argument("key", metavar="ID")
@click.pass_context
def revoke(ctx: click.Context, key: str) -> None:
    """Let a token count no more, at once."""
    with opened(ctx) as node:
        ApiTokens(node.database).revoke(key, actor(), dt.datetime.now(dt.UTC))
    click.echo("Revoked; it counts no more.", err=True)


@token.command("shut-out")
@click.argument("issuer")
@click.argument("subject")
@click.option("--reason", required=True, help="Why; whoever looks later wants to know.")
@click.pass_context
def shut_out(ctx: click.Context, issuer: str, subject: str, reason: str) -> None:
    """Sign somebody out everywhere: sessions end, and tokens issued until now count no more.

    ISSUER is its short name in the settings, SUBJECT who they are there, as /me says. They may sign in again, unless
    their issuer does not let them.
    """
    with opened(ctx) as node:
        known = {each.name: each.issuer for each in node.settings.identity.issuers}
        if issuer not in known:
            raise NotFound(f"there is no issuer {issuer!r}", advice="[[identity.issuers]] in the settings names them.")
        ended = ShutOut(node.database).add(known[issuer], subject, reason, actor(), dt.datetime.now(dt.UTC))
    click.echo(f"{ended} sessions ended; tokens issued until now count no more.", err=True)


def _state(each: ApiToken, now: dt.datetime) -> str:
    if each.revoked is not None:
        return "revoked"
    return "expired" if each.expires <= now else "ok"
