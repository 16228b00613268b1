"""What the node remembers of those it knows: sessions, API tokens, sign-ins under way."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who signed in with a browser. Moments are UTC, without zone.

    Attributes:
        handle: names the session where its secret must not be; SHA-256 of it, in hex.
        issuer: identifier of the issuer that vouched.
        claims: what it said, as far as it is kept.
        created: the sign-in.
        seen: the last request, give or take a minute.
    """

    handle: str
    issuer: str
    claims: Mapping[str, Any]
    created: dt.datetime
    seen: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in under way: what was asked, and where the browser wanted to go.

    Attributes:
        issuer: short name of the issuer that was asked.
    """

    issuer: str
    nonce: str
    verifier: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token that this node gave to a script; the node keeps only its digest. Moments are UTC, without zone.

    Attributes:
        id: what it is listed and revoked by.
        name: what it is for.
        owner: who answers for it.
        role: what it may do; of a `manager` and a `reader`, in `source`.
        used: the last time, give or take an hour; `None` for never.
        revoked: `None` while it is not.
        maker: the account that made it, as the trail names it; empty where that was not kept.
    """

    id: str
    name: str
    owner: str
    role: str
    source: str
    created: dt.datetime
    expires: dt.datetime
    used: dt.datetime | None = None
    revoked: dt.datetime | None = None
    maker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who decides, and what proves who that is.

    Attributes:
        name: what they are called; of who acts by an account of the machine, what they call themselves.
        actor: who acts, as the trail names them.
        account: what they proved to hold: `cli:<account of the machine>`, `issuer|subject`; of an API token, its owner.
        maker: of an API token, the account that made it, and so has seen it; else empty.
    """

    name: str
    actor: str
    account: str
    maker: str = ""

    def may_be(self, other: Person) -> bool:
        """Whether two may be one: they share a name or an account, or one has an account that made the other's token.

        Letters that look alike in another script are not seen through; it is accounts that prove that two are two.
        """
        mine, theirs = ({plain(each.name), plain(each.account)} - {""} for each in (self, other))
        return bool(mine & theirs) or plain(self.maker) in theirs or plain(other.maker) in mine


def plain(name: str) -> str:
    """Return a name as names are compared: NFKC, without case, signs that nobody sees, and the width of spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join("".join(each for each in folded if unicodedata.category(each) != "Cf").split())
