"""Whose a token is: an API token of this node, or one that an issuer gave out; and which person answers for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from node.identity.subject import LOCAL, Grant, Role, Subject
from node.identity_errors import TokenRefused
from node.issuers.bearer import Bearers
from node.model.account import Person
from node.storage.accounts import PREFIX, ApiTokens, ShutOut
from node.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a token.

    Attributes:
        person: who decides where it is used to decide: the owner of an API token; `None` of a program of an issuer.
    """

    subject: Subject
    person: Person | None


class Holders:
    """Tells who holds a token that was shown to this node."""

    def __init__(self, database: Database, bearers: Bearers) -> None:
        self._bearers = bearers
        self._api_tokens = ApiTokens(database)
        self._shut_out = ShutOut(database)

    def holder(self, token: str, now: dt.datetime, *, before_asking: Callable[[], None] = lambda: None) -> Holder:
        """Return who holds a token.

        Args:
            before_asking: called before an issuer is asked about an opaque token; what it raises ends the matter.

        Raises:
            TokenRefused: nobody, as far as this node knows, or somebody who was signed out everywhere since.
            IssuerUnavailable: its issuer cannot be asked.
        """
        if token.startswith(PREFIX):
            return self._of_api_token(token, now)
        subject = self._bearers.subject(token, int(now.timestamp()), before_asking=before_asking)
        if self._shut_out.holds(subject.issuer, subject.key, dt.datetime.fromtimestamp(subject.issued, dt.UTC)):
            raise TokenRefused("the token counts no more: its holder was signed out everywhere after it was issued")
        account = f"{subject.issuer}|{subject.key}"
        person = Person(name=subject.name or subject.key, actor=account, account=account)
        return Holder(subject=subject, person=None if subject.is_program else person)

    def _of_api_token(self, secret: str, now: dt.datetime) -> Holder:
        token = self._api_tokens.find(secret, now)
        if token is None:
            raise TokenRefused("the API token is not one of this node, has expired, or was revoked")
        grant = Grant(role=Role(token.role), source=token.source)
        subject = Subject(
            issuer=LOCAL, key=token.id, name=token.name, client=token.id, is_program=True, grants=(grant,)
        )
        person = Person(name=token.owner, actor=f"token:{token.id}", account=token.owner, maker=token.maker)
        return Holder(subject=subject, person=person)
