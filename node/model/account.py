"""What the node remembers of those it knows: sessions, API tokens, sign-ins under way."""

from __future__ import annotations

import datetime as dt
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
        role: what it may do; of a `manager`, in `source`.
        used: the last time, give or take an hour; `None` for never.
        revoked: `None` while it is not.
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
