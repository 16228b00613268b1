"""Who runs a command, as the trail names them, and who decides by it."""

from __future__ import annotations

import datetime as dt
import os
import pwd
from pathlib import Path

from node.errors import SettingsError
from node.identity.subject import Role
from node.identity_errors import RoleMissing
from node.issuers import open_issuers
from node.issuers.bearer import Bearers
from node.issuers.holders import Holders
from node.model.account import Person
from node.node import Node
from node.secret_file import read_secret


def actor() -> str:
    """Return `cli:<account>`: the account of the machine, or its number where it has no name.

    The machine is asked, and not the environment, where anybody writes what they like.
    """
    number = os.getuid()
    try:
        return f"cli:{pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"cli:{number}"


def decider(node: Node, by: str | None, token_file: str | None, now: dt.datetime) -> Person:
    """Return who decides about labels: who holds a token, or who calls themselves by a name at this account.

    Raises:
        SettingsError: there is neither a name nor a token, or both; the file cannot be read, or others can read it.
        TokenRefused: the token counts nothing.
        RoleMissing: its holder is no steward, or a program that nobody answers for.
        IssuerUnavailable: its issuer cannot be asked.
    """
    if (by is None) == (token_file is None):
        raise SettingsError(
            "who decides is said by --by or by --token-file, and by one of them",
            advice="--by NAME at an account of one's own; --token-file FILE where several people share one.",
        )
    if token_file is None:
        return Person(name=str(by).strip(), actor=actor(), account=actor())
    try:
        token = read_secret(Path(token_file)).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{token_file}: {error}", advice="It holds one token, and nothing else.") from error
    holder = Holders(node.database, Bearers(open_issuers(node.settings))).holder(token, now)
    if not holder.subject.has(Role.STEWARD):
        raise RoleMissing("whose token this is is no steward of this node")
    if holder.person is None:
        raise RoleMissing("the token is a program's, and stands for nobody who could decide")
    return holder.person
