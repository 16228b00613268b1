"""Registrations: repositories that ask to be harvested. Only digests of their tokens are kept.

What is not proven in time is forgotten, and what was refused half a year later: it holds names and addresses of people.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from node.errors import Conflict, NotFound
from node.model.registration import Application, Proof, Registration, RegistrationState
from node.model.source import Bounds
from node.storage.agreements import agreement_from_json, agreement_to_json
from node.storage.changes import utc_seconds
from node.storage.database import Database
from node.storage.tables import registrations, sources
from node.terms import urls
from node.visitor_errors import RegistrationClosed

MAILS_PER_ADDRESS = 3
"""Mails that may wait for an answer at one address, so that nobody can have a stranger flooded by this node."""
_OPEN = (RegistrationState.PENDING.value, RegistrationState.PROVEN.value)
_REFUSED_FOR = dt.timedelta(days=180)


class Registrations:
    """The register of those who ask."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, registration: Registration, *, most: int) -> None:
        """Keep a new registration.

        Args:
            most: registrations that may be open at once.

        Raises:
            Conflict: a source or an open registration has the name or the address.
            RegistrationClosed: too many are open.
        """
        application = registration.application
        try:
            with self._database.write() as connection:
                _forget(connection, registration.created)
                _check_free(connection, application)
                _check_not_open(connection, application)
                waiting = connection.execute(
                    sa.select(sa.func.count()).select_from(registrations).where(registrations.c.state.in_(_OPEN))
                ).scalar_one()
                if waiting >= most:
                    raise RegistrationClosed(f"{waiting} registrations wait already; this node takes no more for now")
                connection.execute(registrations.insert().values(**_row(registration)))
        except IntegrityError as error:
            raise _open_already(application) from error  # a second process was faster

    def check_free(self, application: Application) -> None:
        """Raise unless name and address are still free.

        Raises:
            Conflict: a source has one of them.
        """
        with self._database.read() as connection:
            _check_free(connection, application)

    def get(self, key: str, now: dt.datetime) -> Registration:
        """Return a registration.

        Raises:
            NotFound: there is none of that id, or its time is over.
        """
        with self._database.read() as connection:
            row = connection.execute(sa.select(registrations).where(registrations.c.id == key)).first()
        if row is None or (row.state == RegistrationState.PENDING.value and row.expires <= utc_seconds(now)):
            raise NotFound(
                "there is no such registration",
                advice="It may have been forgotten: one that is not proven in time is. Register again.",
            )
        return _registration(row)

    def all(self, now: dt.datetime, state: RegistrationState | None = None) -> tuple[Registration, ...]:
        """Return registrations, the oldest first, all or those in one state; forget those whose time is over."""
        query = sa.select(registrations).order_by(registrations.c.created, registrations.c.id)
        if state is not None:
            query = query.where(registrations.c.state == state.value)
        with self._database.write() as connection:
            _forget(connection, utc_seconds(now))
            return tuple(_registration(row) for row in connection.execute(query))

    def set_mail(self, key: str, digest: str, to_digest: str) -> None:
        """Remember the token of the mail that is about to be sent.

        Args:
            digest: SHA-256 hex of the token.
            to_digest: SHA-256 hex of the address it goes to.

        Raises:
            Conflict: one was sent before, the registration waits for no proof, or enough mails wait at the address.
        """
        with self._database.write() as connection:
            waiting = connection.execute(
                sa.select(sa.func.count())
                .select_from(registrations)
                .where(
                    registrations.c.mail_to_digest == to_digest,
                    registrations.c.state == RegistrationState.PENDING.value,
                )
            ).scalar_one()
            if waiting >= MAILS_PER_ADDRESS:
                raise Conflict(
                    f"{waiting} mails wait for an answer at this repository's address already",
                    advice="Prove it by the file, or try again when the other registrations are proven or forgotten.",
                )
            done = connection.execute(
                registrations.update()
                .where(
                    registrations.c.id == key,
                    registrations.c.state == RegistrationState.PENDING.value,
                    registrations.c.mail_digest.is_(None),
                )
                .values(mail_digest=digest, mail_to_digest=to_digest)
            )
            if done.rowcount != 1:
                raise Conflict(
                    "a mail was sent for this registration before, or it waits for no proof any more",
                    advice="Look for the mail, prove it by the file, or register again after this one is forgotten.",
                )

    def unset_mail(self, key: str) -> None:
        """Forget the token of a mail that could not be sent."""
        with self._database.write() as connection:
            connection.execute(
                registrations.update().where(registrations.c.id == key).values(mail_digest=None, mail_to_digest=None)
            )

    def prove(self, key: str, proof: Proof, now: dt.datetime) -> None:
        """Note that control is proven; a registration that is proven already stays as it is."""
        with self._database.write() as connection:
            connection.execute(
                registrations.update()
                .where(registrations.c.id == key, registrations.c.state == RegistrationState.PENDING.value)
                .values(state=RegistrationState.PROVEN.value, proof=proof.value, proven=utc_seconds(now))
            )

    def decide(self, key: str, state: RegistrationState, now: dt.datetime, reason: str = "") -> None:
        """Note that a registration is accepted (a proven one) or refused (any open one).

        Raises:
            Conflict: it was decided before, or is not proven.
        """
        asked = _OPEN if state is RegistrationState.REFUSED else (RegistrationState.PROVEN.value,)
        with self._database.write() as connection:
            done = connection.execute(
                registrations.update()
                .where(registrations.c.id == key, registrations.c.state.in_(asked))
                .values(state=state.value, decided=utc_seconds(now), reason=reason)
            )
            if done.rowcount != 1:
                raise Conflict(
                    f"the registration cannot be {state.value}: it is decided already, or not proven",
                    advice="`fairnode registration list` shows where it stands.",
                )


def _forget(connection: Connection, now: dt.datetime) -> None:
    is_late = (registrations.c.state == RegistrationState.PENDING.value) & (registrations.c.expires <= now)
    is_refused = registrations.c.state == RegistrationState.REFUSED.value
    is_over = is_late | (is_refused & (registrations.c.decided <= now - _REFUSED_FOR))
    connection.execute(registrations.delete().where(is_over))


def _check_free(connection: Connection, application: Application) -> None:
    for source in connection.execute(sa.select(sources.c.name, sources.c.url)):
        if source.name == application.name:
            raise Conflict(f"there is a source {application.name!r} already", advice="Choose another name.")
        if _plain(source.url) == _plain(application.url):
            raise Conflict(
                f"{application.url} is harvested already",
                advice="If its entry should change, write to the node's operator.",
            )


def _check_not_open(connection: Connection, application: Application) -> None:
    query = sa.select(registrations.c.name, registrations.c.url).where(registrations.c.state.in_(_OPEN))
    for row in connection.execute(query):
        if row.name == application.name or _plain(row.url) == _plain(application.url):
            raise _open_already(application)


def _open_already(application: Application) -> Conflict:
    return Conflict(
        f"a registration of {application.url} or under the name {application.name!r} is open already",
        advice="Prove that one, wait until it is forgotten, or ask the node's operator to refuse it.",
    )


def _plain(url: str) -> str:
    """The part of an address that tells it from others; a steward may have spelt it in another way."""
    return (urls.iri(url) or url).rstrip("/?")


def _row(registration: Registration) -> dict[str, Any]:
    application = registration.application
    return {
        "id": registration.id,
        "state": registration.state.value,
        "name": application.name,
        "url": application.url,
        "application": {
            "kind": application.kind,
            "metadata_prefix": application.metadata_prefix,
            "set_specs": list(application.set_specs),
            "agreement": agreement_to_json(application.agreement),
            "bounds": asdict(application.bounds),
            "interval": application.interval,
        },
        "file_digest": registration.file_digest,
        "mail_digest": registration.mail_digest,
        "proof": registration.proof.value if registration.proof else None,
        "created": registration.created,
        "expires": registration.expires,
        "proven": registration.proven,
        "decided": registration.decided,
        "reason": registration.reason,
    }


def _registration(row: Any) -> Registration:
    values = row.application
    return Registration(
        id=row.id,
        application=Application(
            name=row.name,
            url=row.url,
            kind=values["kind"],
            metadata_prefix=values["metadata_prefix"],
            set_specs=tuple(values["set_specs"]),
            agreement=agreement_from_json(values["agreement"]),
            bounds=Bounds(**values["bounds"]),
            interval=values["interval"],
        ),
        state=RegistrationState(row.state),
        created=row.created,
        expires=row.expires,
        file_digest=row.file_digest,
        mail_digest=row.mail_digest,
        proof=Proof(row.proof) if row.proof else None,
        proven=row.proven,
        decided=row.decided,
        reason=row.reason,
    )
