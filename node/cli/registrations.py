"""Repositories that ask to be harvested: `fairnode registration ...`, for the stewards who accept or refuse them."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

import click

from node.cli.acting import actor
from node.cli.opened import opened
from node.cli.output import json_option, print_facts, print_json, print_table
from node.model.registration import Registration, RegistrationState
from node.registration import approve, proof_url, refuse
from node.storage.agreements import agreement_to_json
from node.storage.registrations import Registrations

_STATES = tuple(state.value for state in RegistrationState)


@click.group()
def registration() -> None:
    """Repositories that ask to be harvested."""


@registration.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Those in one state only.")
@json_option
@click.pass_context
def list_(ctx: click.Context, state: str | None, as_json: bool) -> None:
    """List registrations, the oldest first; what was not proven in time is forgotten."""
    with opened(ctx) as node:
        wanted = RegistrationState(state) if state else None
        found = Registrations(node.database).all(dt.datetime.now(dt.UTC), wanted)
    if as_json:
        print_json([_plain(item) for item in found])
        return
    print_table(
        ("id", "state", "proof", "opened", "name", "operator", "country", "url"),
        [
            (
                item.id,
                item.state.value,
                item.proof.value if item.proof else "-",
                f"{item.created:%Y-%m-%d %H:%M}",
                item.application.name,
                item.application.agreement.operator,
                item.application.agreement.country or "-",
                item.application.url,
            )
            for item in found
        ],
    )


@registration.command()
@click.argument("key", metavar="ID")
@json_option
@click.pass_context
def show(ctx: click.Context, key: str, as_json: bool) -> None:
    """Show one registration: what is asked for, the agreement, where it stands."""
    with opened(ctx) as node:
        values = _plain(Registrations(node.database).get(key, dt.datetime.now(dt.UTC)))
    if as_json:
        print_json(values)
    else:
        print_facts(values)


@registration.command()
@click.argument("key", metavar="ID")
@click.pass_context
def accept(ctx: click.Context, key: str) -> None:
    """Make a source of a proven registration; a worker harvests it when it next looks."""
    with opened(ctx) as node:
        source = approve(node, key, dt.datetime.now(dt.UTC), actor=actor())
    click.echo(
        f"{source.name} is a source now. Next: fairnode harvest {source.name}, or leave it to a worker.", err=True
    )


@registration.command("refuse")
@click.argument("key", metavar="ID")
@click.option("--reason", required=True, help="Why; who registered reads it on the registration's page.")
@click.pass_context
def refuse_(ctx: click.Context, key: str, reason: str) -> None:
    """Refuse a registration; its name and address are free again."""
    with opened(ctx) as node:
        refuse(node, key, reason, dt.datetime.now(dt.UTC))
    click.echo("Refused; its name and address are free again.", err=True)


def _plain(item: Registration) -> dict[str, Any]:
    """Return a registration as plain values, without the digests of its tokens."""
    asked = item.application
    return {
        "id": item.id,
        "state": item.state.value,
        "name": asked.name,
        "url": asked.url,
        "kind": asked.kind,
        "metadata_prefix": asked.metadata_prefix,
        "set_specs": list(asked.set_specs),
        "agreement": agreement_to_json(asked.agreement),
        "bounds": asdict(asked.bounds),
        "interval": asked.interval,
        "proof_url": proof_url(asked),
        "proof": item.proof.value if item.proof else None,
        "created": item.created,
        "expires": item.expires,
        "proven": item.proven,
        "decided": item.decided,
        "reason": item.reason,
    }
