"""A repository that asks to be harvested, until it is a source or is refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from node.model.source import Agreement, Bounds


class RegistrationState(Enum):
    """`pending` waits for the proof, `proven` for a steward; `accepted` is a source now; `refused` never will be."""

    PENDING = "pending"
    PROVEN = "proven"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Proof(Enum):
    """How the repository showed its consent: a file on its web server, or a mail to the address it publishes."""

    FILE = "file"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What is asked for; the words of `Source`, `Agreement` and `Bounds`.

    Attributes:
        interval: seconds between two harvests.
    """

    name: str
    url: str
    kind: str
    metadata_prefix: str
    set_specs: tuple[str, ...]
    agreement: Agreement
    bounds: Bounds
    interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A registration; times are UTC without zone.

    Attributes:
        id: random, and so hard to guess that who has it may look at the registration.
        expires: it is forgotten then, unless it is proven.
        file_digest: SHA-256 hex of the token that the file must hold; the token itself is nowhere kept.
        mail_digest: SHA-256 hex of the token in the mail; `None` before one was sent.
        proof, proven: how and when control was proven.
        decided: when it was accepted or refused.
        reason: why it was refused.
    """

    id: str
    application: Application
    state: RegistrationState
    created: dt.datetime
    expires: dt.datetime
    file_digest: str
    mail_digest: str | None = None
    proof: Proof | None = None
    proven: dt.datetime | None = None
    decided: dt.datetime | None = None
    reason: str = ""
