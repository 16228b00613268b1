"""Peers, and the keys that their labels are verified with: `fairnode peer ...`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from node.cli.acting import actor
from node.cli.opened import opened
from node.cli.output import json_option, print_json, print_table
from node.cli.repositories import Address
from node.errors import HarvestError, SettingsError, SyntaxRefused
from node.harvest.addresses import private_addresses
from node.harvest.fetch import HttpFetch
from node.settings import Settings, home_folder, load_settings
from node.sovereignty.senders import fingerprint, sender_of, verifying_keys
from node.storage.signing_keys import announce_signing_key, load_signing_keys, rotate_signing_keys
from node.storage.vouched import release as release_
from node.syntax import parse_json
from node.whole_file import whole_file


@click.group()
def peer() -> None:
    """Other nodes of the federation."""


@peer.command()
@click.argument("url", type=Address(), required=False)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write them to a file, for keys_file.")
@json_option
@click.pass_context
def keys(ctx: click.Context, url: str | None, output: Path | None, as_json: bool) -> None:
    """Show the keys that the peer at URL publishes, with their fingerprints; without URL, those of this node.

    Nothing is believed by it: have the peer's operator read the fingerprints to you, over another road than the
    network, before you enter the keys in [[peers]]. `pinned` says which are entered already.
    """
    settings = load_settings(home_folder(ctx.find_root().obj))
    pinned: frozenset[str] | None = None
    if url is None:
        found, of = verifying_keys(load_signing_keys(settings.home).public()), settings.base_url
    else:
        of = "{}://{}".format(*urlsplit(url)[:2])
        found, pinned = _published(settings, of), _pinned(settings, of)
    if output is not None:
        with whole_file(output) as partial:
            partial.write_text(json.dumps({"keys": [dict(key) for key in found]}, indent=2) + "\n", encoding="utf-8")
    rows = [
        {**key, "fingerprint": fingerprint(key), **({} if pinned is None else {"pinned": key["x"] in pinned})}
        for key in found
    ]
    if as_json:
        print_json({"node": of, "keys": rows})
        return
    names = ("kid", "fingerprint", *(() if pinned is None else ("pinned",)))
    print_table(names, [[_spelt(row[name]) for name in names] for row in rows], title=of)
    gone = set(pinned or ()) - {key["x"] for key in found}
    if gone:
        click.echo(f"{len(gone)} of the pinned keys are not published any more; take them out of [[peers]].", err=True)


@peer.command("announce-key")
@click.pass_context
def announce_key(ctx: click.Context) -> None:
    """Publish a new key of this node, with which nothing is signed yet: the first half of changing the key.

    Have every peer enter it, then `rotate-key`. Whoever has only the old key takes nothing for known that the new one
    signed. Processes that are running publish it once they are started again.
    """
    home = load_settings(home_folder(ctx.find_root().obj)).home
    _told(announce_signing_key(home).names[-1], "is announced", "let peers enter it, then: fairnode peer rotate-key")


@peer.command("rotate-key")
@click.pass_context
def rotate_key(ctx: click.Context) -> None:
    """Sign with the announced key from now on; where none was announced, with a new one. Old keys stay published.

    Processes that are running sign with it once they are started again.
    """
    home = load_settings(home_folder(ctx.find_root().obj)).home
    _told(rotate_signing_keys(home).names[0], "signs from now on", "keep a copy of keys/signing.json")


@peer.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why, for the trail.")
@click.pass_context
def release(ctx: click.Context, name: str, reason: str) -> None:
    """Let go of what peers said of the records of the source NAME, and of how late they said it.

    For a peering that has ended, and for a peer that was restored from a backup. Nothing changes until the next
    harvest, which makes labels of what comes then: fairnode harvest NAME --full.
    """
    with opened(ctx) as node:
        done = release_(node.database, name, actor(), reason, lambda: dt.datetime.now(dt.UTC))
    click.echo(f"Let go for {done} records. Next: fairnode harvest {name} --full", err=True)


def _told(name: str, what: str, then: str) -> None:
    click.echo(name)
    click.echo(f"The key {name} {what}. Start `fairnode serve` and the worker again; {then}.", err=True)


def _published(settings: Settings, base_url: str) -> tuple[Mapping[str, Any], ...]:
    # Whoever names a private address here means it, as with `source add`.
    networks = (*settings.fetch.allow_networks, *private_addresses(urlsplit(base_url).hostname or ""))
    fetch = HttpFetch(settings.fetch.model_copy(update={"allow_networks": networks, "max_redirects": 0}))
    address = f"{base_url}/.well-known/jwks.json"
    try:
        return verifying_keys(parse_json(fetch.get(address, tries=1).body, max_bytes=2**20))
    except (ValueError, SyntaxRefused) as error:
        raise HarvestError(f"{address}: {error}", advice="Ask its operator whether it is a node.") from error


def _pinned(settings: Settings, base_url: str) -> frozenset[str] | None:
    """Return the public parts of the keys that are believed; `None` where the node is no peer."""
    try:
        sender = sender_of(settings, base_url)
    except SettingsError as error:
        # The command is how to mend them.
        click.echo(f"{error.message}", err=True)
        return frozenset()
    return None if sender is None else frozenset(str(key["x"]) for key in sender.keys["keys"])


def _spelt(value: object) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value
