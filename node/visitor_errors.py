"""What can go wrong with what strangers ask of the node: preflights, registrations and the mail that goes with them."""

from __future__ import annotations

from node.errors import FairnodeError, FetchError


class PreflightTimeout(FetchError):
    """The time of a whole preflight is over."""

    code = "preflight.timeout"
    advice = "Give it more time ([preflight] seconds, or --seconds at the command line), or ask for a smaller sample."


class RequestRefused(FairnodeError):
    """What a client of the HTTP interface sent cannot be used.

    Attributes:
        status: the HTTP status that says so.
        retry_after: seconds after which another try may succeed; `None` where none will.
        errors: (member, what is wrong with it), where single members are to blame.
    """

    code = "request.refused"
    advice = "Correct the member that the message names; docs/reference/api.md lists them."
    status = 422
    retry_after: int | None = None

    def __init__(
        self,
        message: str,
        *,
        advice: str | None = None,
        status: int | None = None,
        errors: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message, advice=advice)
        self.errors = errors
        if status is not None:
            self.status = status


class TooManyRequests(RequestRefused):
    """A client asks too often, or too many ask at once."""

    code = "request.too-many"
    advice = "Try again after the seconds named in Retry-After."
    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RegistrationClosed(RequestRefused):
    """This node takes no registrations, or no more for now."""

    code = "registration.closed"
    advice = "Write to the node's operator, whose address is in /oai?verb=Identify."
    status = 403


class Unproven(RequestRefused):
    """The repository's consent to its registration is not proven."""

    code = "registration.unproven"
    advice = "Put the file where the registration says, unchanged, and verify again; or have a mail sent."
    status = 409


class MailError(FairnodeError):
    """A mail could not be sent."""

    code = "mail.failed"
    advice = "Look at [mail] in the settings; `fairnode check` shows them."
    exit_status = 3
