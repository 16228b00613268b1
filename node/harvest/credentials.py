"""A bearer token on its way to the one origin it is for (RFC 6750, https://www.rfc-editor.org/rfc/rfc6750).

Nothing here prints a token, keeps it on disk or puts it into a message.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from node.errors import SettingsError
from node.model.web_origin import origin_of

# RFC 6750, section 2.1: what else a token holds would be another header, or no header at all.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_LONGEST = 16_384


class Credential:
    """What shows a token to one origin.

    Args:
        url: of the origin; nobody else is shown it, whoever redirects there.
        read: returns the token as it is now; told `True` where the last one was refused.
    """

    def __init__(self, url: str, read: Callable[[bool], str]) -> None:
        self._origin = origin_of(url)
        self._read = read
        self._token = ""

    def is_for(self, url: str) -> bool:
        """Return whether a URL has the origin that the token is for."""
        return self._origin is not None and origin_of(url) == self._origin

    def header(self) -> str:
        """Return the value of `Authorization`.

        Raises:
            FairnodeError: there is no token to be had.
        """
        # An issuer's token ends: whoever gives it out knows when, and keeps it until then.
        self._token = _checked(self._read(False))
        return f"Bearer {self._token}"

    def renew(self) -> bool:
        """Get a token in place of one that was refused; return whether it is another.

        Raises:
            FairnodeError: there is none to be had.
        """
        before, self._token = self._token, _checked(self._read(True))
        return self._token != before


def _checked(token: str) -> str:
    token = token.strip()
    if len(token) > _LONGEST or not _TOKEN.fullmatch(token):
        raise SettingsError(
            "credentials: what is to be shown to a source is no bearer token",
            advice="A token is one line of letters, digits and -._~+/=, without the word Bearer.",
        )
    return token
