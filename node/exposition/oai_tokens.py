"""Resumption tokens: the whole state of a list, signed; the server keeps none (OAI-PMH 2.0, section 3.5).

A token is bound to the verb, the query and the viewer it was issued for, and it expires.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from node.model.listing import Selection
from node.model.peer import Viewer, viewer_key

_SALT = "fairnode.oai.resumption-token"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """Where a list stands: `cursor` items given of `size`, at the selection's position."""

    verb: str
    selection: Selection
    cursor: int
    size: int


class Tokens:
    """Issues and reads resumption tokens.

    Args:
        secret: the node's token key; tokens of another key are not read.
        hours: how long a token lives.
    """

    def __init__(self, secret: bytes, hours: int) -> None:
        self._serializer = URLSafeSerializer(secret, salt=_SALT)
        self._life = dt.timedelta(hours=hours)

    def issue(self, state: ListState, viewer: Viewer, now: dt.datetime) -> tuple[str, dt.datetime]:
        """Return the token and the moment it expires."""
        expires = now.replace(microsecond=0) + self._life
        selection = state.selection
        values = [
            state.verb,
            viewer_key(viewer),
            selection.prefix,
            selection.set_spec,
            _seconds(selection.from_),
            _seconds(selection.until),
            selection.last_seq,
            selection.after_seq,
            state.cursor,
            state.size,
            int(expires.timestamp()),
        ]
        return str(self._serializer.dumps(values)), expires

    def read(self, token: str, verb: str, viewer: Viewer, now: dt.datetime) -> ListState | None:
        """Return the state, or nothing where the token is altered, expired, or of another verb or viewer."""
        try:
            values = self._serializer.loads(token)
        except BadData:
            return None
        of_verb, of_viewer, prefix, set_spec, from_, until, last_seq, after_seq, cursor, size, expires = values
        if of_verb != verb or of_viewer != viewer_key(viewer) or now.timestamp() > expires:
            return None
        selection = Selection(
            prefix=prefix,
            set_spec=set_spec,
            from_=_moment(from_),
            until=_moment(until),
            last_seq=last_seq,
            after_seq=after_seq,
        )
        return ListState(verb=verb, selection=selection, cursor=cursor, size=size)


def _seconds(moment: dt.datetime | None) -> int | None:
    return None if moment is None else int(moment.replace(tzinfo=dt.UTC).timestamp())


def _moment(seconds: int | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC).replace(tzinfo=None)
