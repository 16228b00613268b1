"""Who is asking: a bearer token (RFC 6750) or a session's cookie, looked at before anything is answered.

A token that does not hold is refused, whatever was asked for: an answer to the public would look like a whole one. A
cookie whose session has ended is taken away, and its browser is anybody's again.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import cast

from flask import Flask, Response, current_app, g, request

from node.identity.claims import subject_of
from node.identity.subject import Subject
from node.identity_errors import CredentialsUnusable, IdentityError
from node.issuers import Issuers, open_issuers
from node.issuers.bearer import Bearers
from node.issuers.holders import Holders
from node.model.account import Session
from node.node import Node
from node.storage.accounts import Sessions, SignIns
from node.telemetry import logger
from node.web.current import current_node
from node.web.problems import problem
from node.web.refusals import barred
from node.web.visits import Visits, client_of

_BEARER = re.compile(r"Bearer +([^\s,]+)", re.IGNORECASE)
_ASKED_PER_HOUR = 3600
_SIGN_INS_PER_HOUR = 120
_log = logger("auth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What tells who is asking, of one application.

    Attributes:
        cookie: name of the session's cookie.
        sign_in_cookie: name of the cookie that ties a sign-in under way to its browser.
        secure: the node is reached over https only.
        asked: counts questions about opaque tokens by client, so that nobody has this node flood an issuer.
        begun: counts sign-ins by client.
    """

    issuers: Issuers
    holders: Holders
    sessions: Sessions
    sign_ins: SignIns
    cookie: str
    sign_in_cookie: str
    secure: bool
    asked: Visits
    begun: Visits


def open_door(node: Node) -> Door:
    """Return what tells who is asking a node.

    Raises:
        SettingsError: the environment lacks the secret of a client.
    """
    identity = node.settings.identity
    issuers = open_issuers(node.settings)
    secure = node.settings.base_url.startswith("https://")
    # A browser takes a cookie of this name from this very host only, over TLS (RFC 6265bis, section 4.1.3.2).
    prefix = "__Host-" if secure else ""
    return Door(
        issuers=issuers,
        holders=Holders(node.database, Bearers(issuers)),
        sessions=Sessions(
            node.database,
            idle=dt.timedelta(seconds=identity.session_idle),
            longest=dt.timedelta(hours=identity.session_hours),
        ),
        sign_ins=SignIns(node.database),
        cookie=f"{prefix}fairnode-session",
        sign_in_cookie=f"{prefix}fairnode-sign-in",
        secure=secure,
        asked=Visits(_ASKED_PER_HOUR, 1),
        begun=Visits(_SIGN_INS_PER_HOUR, 1),
    )


def register(app: Flask, node: Node) -> None:
    """Make the application tell who is asking before it answers.

    Raises:
        SettingsError: the environment lacks the secret of a client.
    """
    app.extensions["fairnode.door"] = open_door(node)
    app.before_request(_identify)
    app.after_request(_take_away)
    app.register_error_handler(IdentityError, refused)


def current_door() -> Door:
    """Return what tells who is asking the running application."""
    return cast(Door, current_app.extensions["fairnode.door"])


def set_cookie(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """Give a browser a cookie that scripts cannot read and other sites cannot send."""
    response.set_cookie(
        name, value, max_age=max_age, path="/", secure=current_door().secure, httponly=True, samesite="Lax"
    )


def take_cookie(response: Response, name: str) -> None:
    """Take a cookie away again."""
    response.delete_cookie(name, path="/", secure=current_door().secure, httponly=True, samesite="Lax")


def count(visits: Visits) -> None:
    """Count the current request.

    Raises:
        TooManyRequests: its client had its share.
    """
    visits.admit(client_of(request.remote_addr, request.access_route, current_node().settings.visitors.proxies))


def refused(error: IdentityError) -> Response:
    """Return the answer to who could not be told, or may not: with a challenge where a token was at fault."""
    tell = _log.error if error.status >= 500 else _log.warning
    if error.status < 500:
        barred("authenticate", error.code, error.message)
    tell("who is asking is not told", path=request.path, code=error.code, detail=error.message)
    response = problem(error.status, error.code, error.message, error.advice)
    if error.challenge:
        description = re.sub(r"[^ !#-\[\]-~]", "?", error.message)
        response.headers["WWW-Authenticate"] = (
            f'Bearer realm="fairnode", error="{error.challenge}", error_description="{description}"'
        )
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _identify() -> None:
    if request.endpoint == "static":
        return
    header = request.headers.get("Authorization")
    if header is not None:
        g.subject = _of_header(header)
        return
    secret = request.cookies.get(current_door().cookie)
    if secret is not None:
        found = _of_cookie(secret)
        g.ended = found is None
        if found is not None:
            g.session, g.subject = found


def _of_header(header: str) -> Subject:
    found = _BEARER.fullmatch(header.strip())
    if found is None:
        raise CredentialsUnusable("the Authorization header does not hold one bearer token")
    door = current_door()
    return door.holders.holder(found[1], dt.datetime.now(dt.UTC), before_asking=lambda: count(door.asked)).subject


def _of_cookie(secret: str) -> tuple[Session, Subject] | None:
    door = current_door()
    session = door.sessions.find(secret, dt.datetime.now(dt.UTC))
    provider = door.issuers.identified(session.issuer) if session else None
    if session is None or provider is None:  # also where the operator no longer trusts the issuer
        return None
    return session, subject_of(session.claims, provider.issuer, at_browser=True)


def _take_away(response: Response) -> Response:
    if g.get("ended") and not any(current_door().cookie in each for each in response.headers.getlist("Set-Cookie")):
        take_cookie(response, current_door().cookie)
    return response
