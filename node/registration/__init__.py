"""Repositories that register themselves: what is asked for, the proof of control, and the source that comes of it.

Who controls a repository can put a file on its web server (below `/.well-known/`, RFC 8615) or reads the mail of the
address that the repository itself publishes. The decision: `docs/explanation/decisions/registration.md`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from node.errors import Conflict, FetchError, NotFound, TooLarge
from node.harvest.fetch import HttpFetch
from node.model.registration import Application, Proof, Registration, RegistrationState
from node.model.source import Source
from node.node import Node
from node.preflight.timed_fetch import TimedFetch, opening
from node.registration.mail import confirmation, send
from node.registration.rules import application, is_mail_address
from node.storage.changes import utc_seconds
from node.storage.registrations import Registrations
from node.syntax import JsonValue
from node.telemetry import logger
from node.visitor_errors import RegistrationClosed, RequestRefused, Unproven

WELL_KNOWN = "/.well-known/fairnode-registration.txt"
PROOF_SECONDS = 20.0
"""Longest time that looking for a proof may take."""
_PROOF_BYTES = 16 * 1024
_log = logger("registration")


def apply(node: Node, values: Mapping[str, JsonValue], now: dt.datetime) -> tuple[Registration, str]:
    """Open a registration; return it and the token that its file must hold, which is told this once.

    Raises:
        RegistrationClosed: the node takes none, or none for now.
        RequestRefused: what is asked for is unusable.
        Conflict: a source or an open registration has the name or the address.
    """
    settings = node.settings.registration
    if not settings.open:
        raise RegistrationClosed("this node takes no registrations")
    kinds = {kind: harvester.metadata_prefix for kind, harvester in node.harvesters.items()}
    asked = application(values, kinds, now.date())
    token = secrets.token_urlsafe(32)
    moment = utc_seconds(now)
    registration = Registration(
        id=secrets.token_hex(16),
        application=asked,
        state=RegistrationState.PENDING,
        created=moment,
        expires=moment + dt.timedelta(days=settings.days),
        file_digest=_digest(token),
    )
    Registrations(node.database).add(registration, most=settings.pending)
    _log.info("registration opened", id=registration.id, name=asked.name, url=asked.url)
    return registration, token


def proof_url(asked: Application) -> str:
    """Return where the file must be: on the scheme, host and port of the repository's own address."""
    parts = urlsplit(asked.url)
    return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}"


def is_token_of(registration: Registration, token: str) -> bool:
    """Tell whether a text is what the registration's file must hold."""
    return hmac.compare_digest(_digest(token), registration.file_digest)


def verify(node: Node, key: str, now: dt.datetime) -> Registration:
    """Look for the file; where it is, the registration is proven, and becomes a source if nobody has to approve it.

    Raises:
        NotFound: there is no such registration.
        Unproven: the file is not there, or does not hold the token.
        Conflict: the registration was refused, or its name or address was taken meanwhile.
    """
    registration = _open(node, key, now)
    if registration.state is not RegistrationState.PENDING:
        return registration
    url = proof_url(registration.application)
    limits = {"deadline": PROOF_SECONDS, "timeout": 10.0, "retries": 1, "max_bytes": _PROOF_BYTES, "max_redirects": 2}
    try:
        response = HttpFetch(node.settings.fetch.for_visitors().model_copy(update=limits)).get(url)
    except (FetchError, TooLarge) as error:
        said = error.message if url in error.message else f"{url} cannot be read: {error.message}"
        raise Unproven(said) from error
    if urlsplit(response.url).hostname != urlsplit(url).hostname:
        raise Unproven(f"{url} leads to another host, {urlsplit(response.url).hostname}, which proves nothing")
    # Several nodes may harvest one repository, so the file may hold several tokens, each on a line.
    lines = response.body.decode("utf-8", errors="replace").split()
    if not any(is_token_of(registration, line) for line in lines[:100]):
        raise Unproven(f"{url} is there, but does not hold the token of this registration")
    return _proven(node, registration, Proof.FILE, now)


def send_confirmation(node: Node, key: str, now: dt.datetime) -> str:
    """Send the one mail of a registration to the address the repository publishes; return that address.

    Raises:
        NotFound: there is no such registration.
        RequestRefused: the node sends no mail, or the repository publishes no address.
        Conflict: a mail was sent before, nothing waits for a proof, or the address has mails enough to answer.
        FetchError, HarvestError: the repository does not say what it is.
        MailError: the mail server does not take it.
    """
    registration = _open(node, key, now)
    settings = node.settings
    if not settings.mail.host:
        raise RequestRefused("this node sends no mail", advice=f"Prove it by the file {WELL_KNOWN}.", status=409)
    if registration.mail_digest is not None or registration.state is not RegistrationState.PENDING:
        raise Conflict("a mail was sent for this registration before, or it waits for no proof any more")
    asked = registration.application
    harvester = node.harvesters.get(asked.kind)
    if harvester is None:
        raise RequestRefused(f"nothing harvests kind {asked.kind!r} any more")
    fetch = TimedFetch(opening(settings.fetch.for_visitors()), PROOF_SECONDS)
    contacts = harvester.describe(_source(node, asked), fetch).contacts
    to = next((each.strip() for each in contacts if is_mail_address(each.strip())), None)
    if to is None:
        raise RequestRefused(
            "the repository publishes no e-mail address", advice=f"Prove it by the file {WELL_KNOWN}.", status=409
        )
    token = secrets.token_urlsafe(32)
    register = Registrations(node.database)
    register.set_mail(key, _digest(token), _digest(to.casefold()))
    link = f"{settings.base_url}/register/confirm?{urlencode({'id': key, 'token': token})}"
    try:
        send(confirmation(registration, to, link, settings), settings.mail)
    except Exception:
        register.unset_mail(key)
        raise
    return to


def confirm(node: Node, key: str, token: str, now: dt.datetime) -> Registration:
    """Take the token of a mail as proof.

    Raises:
        NotFound: there is no such registration.
        Unproven: the token is not the one of its mail.
        Conflict: the registration was refused, or its name or address was taken meanwhile.
    """
    registration = _open(node, key, now)
    if registration.state is not RegistrationState.PENDING:
        return registration
    if registration.mail_digest is None or not hmac.compare_digest(_digest(token), registration.mail_digest):
        raise Unproven("this is not the link of the mail", advice="Copy the whole link from the mail.")
    return _proven(node, registration, Proof.MAIL, now)


def approve(node: Node, key: str, now: dt.datetime, *, actor: str = "node") -> Source:
    """Make a source of a proven registration; a worker harvests it when it next looks.

    Args:
        actor: who, as the trail names them; `node` where a proof is enough.

    Raises:
        NotFound: there is no such registration.
        Conflict: it is not proven or was decided before, or a source has its name or address by now.
    """
    register = Registrations(node.database)
    registration = register.get(key, now)
    if registration.state is not RegistrationState.PROVEN:
        raise Conflict(
            f"registration {key} is {registration.state.value}, not proven",
            advice="What needs no proof can be registered with `fairnode source add`.",
        )
    source = _source(node, registration.application)
    if not _is_made(node, source):
        register.check_free(registration.application)
        node.sources.add(source, now, actor=actor)
    register.decide(key, RegistrationState.ACCEPTED, now)
    _log.info("registration accepted", id=key, name=source.name)
    return source


def refuse(node: Node, key: str, reason: str, now: dt.datetime) -> None:
    """Refuse a registration; its name and address are free again.

    Raises:
        NotFound, Conflict: there is none, or it was decided before.
    """
    register = Registrations(node.database)
    register.get(key, now)
    register.decide(key, RegistrationState.REFUSED, now, reason)


def _open(node: Node, key: str, now: dt.datetime) -> Registration:
    registration = Registrations(node.database).get(key, now)
    if registration.state is RegistrationState.REFUSED:
        raise Conflict("this registration was refused", advice="Write to the node's operator.")
    return registration


def _proven(node: Node, registration: Registration, proof: Proof, now: dt.datetime) -> Registration:
    register = Registrations(node.database)
    register.prove(registration.id, proof, now)
    _log.info("registration proven", id=registration.id, by=proof.value)
    if node.settings.registration.approval == "automatic":
        approve(node, registration.id, now)
    return register.get(registration.id, now)


def _is_made(node: Node, source: Source) -> bool:
    """A process that was killed between making the source and saying so left it behind."""
    try:
        return node.sources.get(source.name).source.url == source.url
    except NotFound:
        return False


def _source(node: Node, asked: Application) -> Source:
    return Source(
        name=asked.name,
        url=asked.url,
        kind=asked.kind,
        metadata_prefix=asked.metadata_prefix,
        set_specs=asked.set_specs,
        agreement=asked.agreement,
        bounds=asked.bounds,
        interval=asked.interval,
        allow_networks=node.settings.fetch.visitor_networks,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", errors="replace")).hexdigest()
