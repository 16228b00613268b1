"""Resumption tokens: the whole state of a list, sealed; the server keeps none (OAI-PMH 2.0, section 3.5).

A token tells nobody but the node what is in it: the change log's numbers count changes that its holder may not know of.
It is bound to the verb, the query, and the viewer it was issued for with what they were admitted to, and it expires.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from node.model.listing import Selection
from node.model.peer import Viewer, viewer_key

_PURPOSE = b"fairnode.oai.resumption-token.3"
_NONCE = 12
# Numbers have one length whatever their value: the length of a token tells of none of them.
_NUMBERS = struct.Struct(">7q")
_OPEN = -(2**62)
"""Stands for a date that is not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """Where a list stands: `cursor` items given of `size`, at the selection's position."""

    verb: str
    selection: Selection
    cursor: int
    size: int


class Tokens:
    """Issues and reads resumption tokens, by AES-256-GCM (NIST SP 800-38D).

    Args:
        secret: the node's token key; tokens of another key are not read.
        hours: how long a token lives.
    """

    def __init__(self, secret: bytes, hours: int) -> None:
        # A key of its own: what else the secret is used for knows nothing of this one.
        self._cipher = AESGCM(hmac.digest(secret, _PURPOSE, hashlib.sha256))
        self._life = dt.timedelta(hours=hours)

    def issue(self, state: ListState, viewer: Viewer, now: dt.datetime, *, basis: str = "") -> tuple[str, dt.datetime]:
        """Return the token and the moment it expires.

        Args:
            basis: of the viewer's view besides records (`node.storage.peer_terms`): a size that somebody who is
                admitted to more was told is not told to the same person with less. Audiences have none.
        """
        expires = now.replace(microsecond=0) + self._life
        selection = state.selection
        numbers = _NUMBERS.pack(
            _seconds(selection.from_),
            _seconds(selection.until),
            selection.last_seq,
            selection.after_seq,
            state.cursor,
            state.size,
            int(expires.timestamp()),
        )
        texts = "\n".join((selection.prefix, *((selection.set_spec,) if selection.set_spec is not None else ())))
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, numbers + texts.encode(), _bound_to(state.verb, viewer, basis))
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode(), expires

    def read(self, token: str, verb: str, viewer: Viewer, now: dt.datetime, *, basis: str = "") -> ListState | None:
        """Return the state, or nothing where the token is altered, expired, of another key, verb, viewer or basis."""
        sealed = _unspelt(token)
        try:
            opened = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound_to(verb, viewer, basis))
        except (InvalidTag, ValueError):
            return None
        from_, until, last_seq, after_seq, cursor, size, expires = _NUMBERS.unpack_from(opened)
        if now.timestamp() > expires:
            return None
        prefix, *spec = opened[_NUMBERS.size :].decode().split("\n")
        selection = Selection(
            prefix=prefix,
            set_spec=spec[0] if spec else None,
            from_=_moment(from_),
            until=_moment(until),
            last_seq=last_seq,
            after_seq=after_seq,
        )
        return ListState(verb=verb, selection=selection, cursor=cursor, size=size)


def _bound_to(verb: str, viewer: Viewer, basis: str) -> bytes:
    return f"{verb}\n{viewer_key(viewer)}\n{basis}".encode()


def _unspelt(token: str) -> bytes:
    """Return the bytes of a token; none of one that is spelt in another way than it was issued."""
    try:
        sealed = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return b""
    return sealed if base64.urlsafe_b64encode(sealed).rstrip(b"=") == token.encode() else b""


def _seconds(moment: dt.datetime | None) -> int:
    return _OPEN if moment is None else int(moment.replace(tzinfo=dt.UTC).timestamp())


def _moment(seconds: int) -> dt.datetime | None:
    return None if seconds == _OPEN else dt.datetime.fromtimestamp(seconds, dt.UTC).replace(tzinfo=None)
