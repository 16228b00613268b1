"""A real SMTP server on a free loopback port, which keeps what it is sent."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """The server.

    Attributes:
        mails: (recipients of the envelope, the mail), in the order they came.
        refuses: it takes nothing from now on.
        port: where it listens.
    """

    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    refuses: bool = False
    port: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail."""
        if self.refuses:
            return "554 5.7.1 not today"
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((list(envelope.rcpt_tos), mail))
        return "250 OK"


class _Controller(Controller):  # type: ignore[misc]
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # the one that port 0 became
        super()._trigger_server()


@contextmanager
def mail_server(password: str = "", tls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """Yield a running server; with a password, it wants the user `node` to log in, with `tls` after STARTTLS only."""

    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"node", password.encode()), handled=False)

    taken = MailServer()
    login = {"authenticator": check, "auth_required": True, "auth_require_tls": tls is not None} if password else {}
    secure = {"tls_context": tls, "require_starttls": True} if tls else {}
    controller = _Controller(taken, hostname="127.0.0.1", port=0, **login, **secure)
    controller.start()
    taken.port = controller.port
    try:
        yield taken
    finally:
        controller.stop()
