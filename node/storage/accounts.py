"""Sessions, sign-ins under way, API tokens, and who is shut out. A secret is shown once and kept as its digest.

Secrets are 256 random bits, so that a plain SHA-256 keeps them: there is nothing to guess that a slow hash would slow
down.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import Conflict, NotFound, SettingsError
from node.model.account import ApiToken, Session, SignIn
from node.model.trail import Act
from node.storage.account_tables import api_tokens, sessions, shut_out, sign_ins
from node.storage.changes import utc_seconds
from node.storage.database import Database
from node.storage.tables import sources
from node.storage.trail import append

PREFIX = "fairnode_"
"""What API tokens begin with, so that people and scanners for secrets know one when they see it."""
_TOUCH = dt.timedelta(minutes=1)
_USE = dt.timedelta(hours=1)
_SIGN_IN = dt.timedelta(minutes=10)
_LONGEST_LIFE = dt.timedelta(days=366)


def new_secret() -> str:
    """Return 256 random bits, in base64url."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret: SHA-256, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Sessions:
    """Who is signed in.

    Args:
        idle: after so long without a request, a session ends.
        longest: after so long, every session ends.
    """

    def __init__(self, database: Database, *, idle: dt.timedelta, longest: dt.timedelta) -> None:
        self._database = database
        self._idle = idle
        self._longest = longest

    def start(self, issuer: str, claims: Mapping[str, Any], now: dt.datetime, *, instead_of: str | None = None) -> str:
        """Begin a session and return its secret, a new one whatever the browser brought along.

        Args:
            instead_of: secret of the session the browser had; it ends.
        """
        secret, moment = new_secret(), utc_seconds(now)
        with self._database.write() as connection:
            is_over = (sessions.c.seen <= moment - self._idle) | (sessions.c.created <= moment - self._longest)
            if instead_of is not None:
                is_over |= sessions.c.digest == digest_of(instead_of)
            connection.execute(sessions.delete().where(is_over))
            connection.execute(
                sessions.insert().values(
                    digest=digest_of(secret),
                    issuer=issuer,
                    subject=str(claims["sub"]),
                    claims=dict(claims),
                    created=moment,
                    seen=moment,
                )
            )
        return secret

    def find(self, secret: str, now: dt.datetime) -> Session | None:
        """Return a session that has not ended, and note that it was used."""
        moment, digest = utc_seconds(now), digest_of(secret)
        with self._database.read() as connection:
            row = connection.execute(sa.select(sessions).where(sessions.c.digest == digest)).first()
        if row is None or row.seen <= moment - self._idle or row.created <= moment - self._longest:
            return None
        if row.seen <= moment - _TOUCH:
            with self._database.write() as connection:
                connection.execute(sessions.update().where(sessions.c.digest == digest).values(seen=moment))
        return Session(
            handle=digest, issuer=row.issuer, claims=row.claims, created=row.created, seen=max(row.seen, moment)
        )

    def end(self, secret: str) -> None:
        """End a session; one that is not there has ended."""
        with self._database.write() as connection:
            connection.execute(sessions.delete().where(sessions.c.digest == digest_of(secret)))


class SignIns:
    """Sign-ins under way; each waits ten minutes for its answer, and is answered once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, sign_in: SignIn, *, state: str, browser: str, now: dt.datetime) -> None:
        """Remember what was asked.

        Args:
            state: the secret that the answer must bring.
            browser: the secret that the browser which asked holds in a cookie.
        """
        moment = utc_seconds(now)
        with self._database.write() as connection:
            connection.execute(sign_ins.delete().where(sign_ins.c.created <= moment - _SIGN_IN))
            connection.execute(
                sign_ins.insert().values(
                    state=digest_of(state),
                    browser=digest_of(browser),
                    issuer=sign_in.issuer,
                    nonce=sign_in.nonce,
                    verifier=sign_in.verifier,
                    target=sign_in.target,
                    created=moment,
                )
            )

    def take(self, *, state: str, browser: str, issuer: str, now: dt.datetime) -> SignIn | None:
        """Return what was asked, and forget it; `None` where this browser did not ask this issuer that lately."""
        found = (
            sign_ins.delete()
            .where(
                sign_ins.c.state == digest_of(state),
                sign_ins.c.browser == digest_of(browser),
                sign_ins.c.issuer == issuer,
                sign_ins.c.created > utc_seconds(now) - _SIGN_IN,
            )
            .returning(sign_ins.c.issuer, sign_ins.c.nonce, sign_ins.c.verifier, sign_ins.c.target)
        )
        with self._database.write() as connection:
            row = connection.execute(found).first()
        return row and SignIn(issuer=row.issuer, nonce=row.nonce, verifier=row.verifier, target=row.target)


class ApiTokens:
    """Tokens that this node gave to scripts; none is ever deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, *, name: str, owner: str, role: str, source: str, expires: dt.datetime, now: dt.datetime, maker: str
    ) -> tuple[ApiToken, str]:
        """Make a token; return it and its secret, which is not kept.

        Args:
            maker: the account that makes it, as the trail names it.

        Raises:
            SettingsError: it has no name or owner, has ended already, or would live for longer than a year.
            NotFound: there is no source of that name.
        """
        moment, ends = utc_seconds(now), utc_seconds(expires)
        if not name.strip() or not owner.strip():
            raise SettingsError(
                "a token needs a name and an owner", advice="Say what it is for, and who answers for it."
            )
        if not moment < ends <= moment + _LONGEST_LIFE:
            raise SettingsError("a token ends within a year", advice="Say --expires 90d, or up to 366d.")
        secret = PREFIX + new_secret()
        token = ApiToken(
            id=secrets.token_hex(4),
            name=name.strip(),
            owner=owner.strip(),
            role=role,
            source=source,
            created=moment,
            expires=ends,
            maker=maker,
        )
        whose = f"as {role}{f' of {source}' if source else ''}, for {token.name}, owned by {token.owner}"
        with self._database.write() as connection:
            # Held: nobody removes it meanwhile, and leaves a token for the next one of that name.
            theirs = sa.select(sources.c.id).where(sources.c.name == source).with_for_update()
            if source and connection.execute(theirs).first() is None:
                raise NotFound(f"there is no source {source!r}", advice="`fairnode source list` names them all.")
            connection.execute(
                api_tokens.insert().values(
                    id=token.id,
                    digest=digest_of(secret),
                    name=token.name,
                    owner=token.owner,
                    role=role,
                    source=source,
                    created=moment,
                    expires=ends,
                    maker=maker,
                )
            )
            _enter(connection, "token", f"token:{token.id}", maker, now, (whose, f"until {ends.isoformat()}Z"))
        return token, secret

    def find(self, secret: str, now: dt.datetime) -> ApiToken | None:
        """Return a token that counts, and note that it was used."""
        moment = utc_seconds(now)
        with self._database.read() as connection:
            row = connection.execute(sa.select(api_tokens).where(api_tokens.c.digest == digest_of(secret))).first()
        if row is None or row.revoked is not None or row.expires <= moment:
            return None
        if row.used is None or row.used <= moment - _USE:
            with self._database.write() as connection:
                connection.execute(api_tokens.update().where(api_tokens.c.id == row.id).values(used=moment))
        return _api_token(row)

    def all(self) -> tuple[ApiToken, ...]:
        """Return every token, the oldest first, those that count no more included."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(api_tokens).order_by(api_tokens.c.created, api_tokens.c.id))
            return tuple(_api_token(row) for row in rows)

    def revoke(self, key: str, actor: str, now: dt.datetime) -> ApiToken:
        """Let a token count no more, from now on.

        Args:
            actor: who, as the trail names them.

        Raises:
            NotFound: there is none of that id.
            Conflict: it was revoked before.
        """
        with self._database.write() as connection:
            row = connection.execute(sa.select(api_tokens).where(api_tokens.c.id == key)).first()
            if row is None:
                raise NotFound(f"there is no token {key}", advice="`fairnode token list` shows those there are.")
            if row.revoked is not None:
                raise Conflict(f"token {key} was revoked before", advice="Nothing is left to do.")
            connection.execute(api_tokens.update().where(api_tokens.c.id == key).values(revoked=utc_seconds(now)))
            _enter(connection, "token-revoke", f"token:{key}", actor, now, (f"owned by {row.owner}",))
            return _api_token(connection.execute(sa.select(api_tokens).where(api_tokens.c.id == key)).one())


class ShutOut:
    """Of whom nothing counts that was issued before a moment, though their issuer may still vouch for it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, issuer: str, subject: str, reason: str, actor: str, now: dt.datetime) -> int:
        """End every session of somebody, and let no token count that was issued until now; return how many sessions.

        Args:
            actor: who does it, as the trail names them.

        Raises:
            SettingsError: no reason is given.
        """
        if not reason.strip():
            raise SettingsError("a reason is wanted", advice="Say --reason; who looks later wants to know.")
        is_theirs = (shut_out.c.issuer == issuer) & (shut_out.c.subject == subject)
        with self._database.write() as connection:
            connection.execute(shut_out.delete().where(is_theirs))
            connection.execute(
                shut_out.insert().values(issuer=issuer, subject=subject, before=utc_seconds(now), reason=reason.strip())
            )
            ended = connection.execute(
                sessions.delete().where(sessions.c.issuer == issuer, sessions.c.subject == subject)
            )
            _enter(connection, "shut-out", f"{issuer}|{subject}", actor, now, (reason.strip(),))
            return ended.rowcount

    def holds(self, issuer: str, subject: str, issued: dt.datetime) -> bool:
        """Return whether what was issued to somebody at a moment counts no more."""
        query = sa.select(shut_out.c.before).where(shut_out.c.issuer == issuer, shut_out.c.subject == subject)
        with self._database.read() as connection:
            before: dt.datetime | None = connection.execute(query).scalar()
        return before is not None and utc_seconds(issued) <= before


def _api_token(row: Any) -> ApiToken:
    return ApiToken(
        id=row.id,
        name=row.name,
        owner=row.owner,
        role=row.role,
        source=row.source,
        created=row.created,
        expires=row.expires,
        used=row.used,
        revoked=row.revoked,
        maker=row.maker,
    )


def _enter(
    connection: Connection, action: str, what: str, actor: str, now: dt.datetime, reasons: tuple[str, ...]
) -> None:
    append(connection, [Act(actor=actor, action=action, object=what, permitted=True, reasons=reasons)], lambda: now)
