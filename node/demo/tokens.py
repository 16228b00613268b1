"""Resumption tokens that carry the whole state of a list, signed (OAI-PMH 2.0, section 3.5).

The server keeps nothing: a token of last week's page works as long as it has not run out and the server is the same.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from dataclasses import dataclass

from node.demo.arguments import OaiError
from node.demo.holdings import Key, Selection

LIFETIME = dt.timedelta(hours=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a list stands.

    Attributes:
        after: key of the last item given.
        cursor: items given so far.
        total: size of the complete list.
        expires: when the token runs out.
    """

    verb: str
    selection: Selection
    after: Key
    cursor: int
    total: int
    expires: dt.datetime


def write_token(position: Position, secret: bytes) -> str:
    """Return the position as a token, URL-safe."""
    one = position.selection
    fields = [
        position.verb, one.prefix, one.set_spec, _text(one.from_), _text(one.until),
        _text(position.after[0]), position.after[1], position.cursor, position.total, _text(position.expires),
    ]  # fmt: skip
    body = json.dumps(fields, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_sign(body, secret) + body).decode().rstrip("=")


def read_token(token: str, secret: bytes, verb: str, now: dt.datetime) -> Position:
    """Return the position a token stands for.

    Raises:
        OaiError: `badResumptionToken`; it is not ours, was altered, has run out, or belongs to another verb.
    """
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise _bad() from error
    signature, body = signed[:_SIGNATURE], signed[_SIGNATURE:]
    if not hmac.compare_digest(signature, _sign(body, secret)):
        raise _bad()
    given, prefix, set_spec, from_, until, datestamp, identifier, cursor, total, expires = json.loads(body)
    position = Position(
        verb=given,
        selection=Selection(prefix=prefix, set_spec=set_spec, from_=_instant(from_), until=_instant(until)),
        after=(dt.datetime.fromisoformat(datestamp), identifier),
        cursor=cursor,
        total=total,
        expires=dt.datetime.fromisoformat(expires),
    )
    if position.verb != verb or position.expires <= now:
        raise _bad()
    return position


_SIGNATURE = 16


def _sign(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, body, hashlib.sha256)[:_SIGNATURE]


def _bad() -> OaiError:
    return OaiError("badResumptionToken", "the resumptionToken is not one of this list, or has run out")


def _text(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
