"""The one mail the node sends: to the address a repository publishes itself, with a link that confirms a registration.

It holds nothing that the one who registers wrote, except the repository's own address: it must not carry anybody's
words to strangers. Auto-Submitted: RFC 3834, section 5.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from node.errors import SettingsError
from node.model.registration import Registration
from node.settings import Settings
from node.visitor_errors import MailError
from node.visitor_settings import MailSettings


def confirmation(registration: Registration, to: str, link: str, settings: Settings) -> EmailMessage:
    """Return the mail that asks a repository whether it wants to be harvested."""
    node = " ".join(settings.oai.repository_name.split())
    mail = EmailMessage()
    mail["From"] = settings.mail.sender or settings.oai.admin_email
    mail["To"] = to
    mail["Subject"] = f"Shall {node} harvest your repository?"
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=settings.repository_identifier)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        f"Somebody asks that this repository be harvested:\n\n  {registration.application.url}\n\n"
        f"by {node}, {settings.base_url}\n\n"
        "You get this mail because the repository names this address as its contact. If it shall be harvested,\n"
        f"open this page before {registration.expires:%Y-%m-%d %H:%M} UTC and confirm:\n\n  {link}\n\n"
        "If not, do nothing: the registration is forgotten then, and no other mail is sent for it.\n"
    )
    return mail


def send(mail: EmailMessage, settings: MailSettings) -> None:
    """Send a mail.

    Raises:
        SettingsError: no password is where the settings say.
        MailError: the server does not take it.
    """
    password = os.environ.get(settings.password_env, "")
    if settings.user and not password:
        raise SettingsError(f"mail.password_env: the environment variable {settings.password_env} is empty")
    try:
        with _connect(settings) as server:
            if settings.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.user:
                server.login(settings.user, password)
            server.send_message(mail)
    except (smtplib.SMTPException, OSError) as error:
        raise MailError(f"{settings.host}:{settings.port} did not take the mail: {error}") from error


def _connect(settings: MailSettings) -> smtplib.SMTP:
    if settings.security == "tls":
        return smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=settings.timeout, context=ssl.create_default_context()
        )
    return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
