"""One OpenID provider: its published addresses and keys, fetched when needed, kept for a while, never asked in a storm.

Keys rotate: a token that names a key nobody knows is the usual way to learn of a new one, and also what an attacker
would send to have the node ask its issuer again and again. So it is asked at most once a minute.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from joserfc.jwk import Key

from node.errors import FairnodeError, FetchError, SyntaxRefused
from node.harvest.fetch import HttpFetch
from node.identity.claims import Issuer
from node.identity.keys import SigningKeys, read_keys
from node.identity_errors import IssuerUnavailable
from node.issuers.discovery import Metadata, metadata_url, read_metadata
from node.telemetry import logger

OpenFetch = Callable[[], HttpFetch]

FRESH = 3600.0
"""Seconds after which published addresses and keys are looked at again."""
PAUSE = 60.0
"""Seconds between two looks, whatever tokens name."""
STALE = 24 * FRESH
"""Seconds for which keys are used while their issuer does not answer."""
_log = logger("issuers")


class Provider:
    """A provider, shared by the threads of a server.

    Args:
        secret: of the node as its client; empty for a public client.
        open_fetch: makes a door to the network, for one thread and one purpose.
        clock: seconds that only ever move forward.
    """

    def __init__(
        self, issuer: Issuer, secret: str, open_fetch: OpenFetch, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.issuer = issuer
        self.secret = secret
        self.open_fetch = open_fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[Metadata, SigningKeys] | None = None
        self._fetched = self._tried = float("-inf")
        self._trouble: FairnodeError | None = None

    def metadata(self) -> Metadata:
        """Return the provider's addresses.

        Raises:
            IssuerUnavailable: it does not publish them now, and did not lately.
        """
        return self._current()[0]

    def key(self, key_id: str, algorithm: str) -> Key | None:
        """Return the key a token names, or `None` where the provider has no such key.

        Raises:
            IssuerUnavailable: it does not publish its keys now, and did not lately.
        """
        found = self._current()[1].find(key_id, algorithm)
        if found is None:
            found = self._current(again=True)[1].find(key_id, algorithm)
        return found

    def _current(self, *, again: bool = False) -> tuple[Metadata, SigningKeys]:
        with self._lock:
            now = self._clock()
            wanted = again or self._known is None or now - self._fetched >= FRESH
            if wanted and now - self._tried >= PAUSE:
                self._tried = now
                self._look(now)
            if self._known is None or now - self._fetched >= STALE:
                reason = self._trouble.message if self._trouble else "it was asked a moment ago"
                raise IssuerUnavailable(f"{self.issuer.settings.issuer} does not say how to ask it: {reason}")
            return self._known

    def _look(self, now: float) -> None:
        issuer = self.issuer.settings.issuer
        try:
            fetch = self.open_fetch()
            found = read_metadata(fetch.get(metadata_url(issuer)).body, issuer)
            keys = read_keys(fetch.get(found.keys).body)
            if not keys.keys:
                raise IssuerUnavailable(f"{issuer} publishes no key that can be used")
        except (FetchError, SyntaxRefused, IssuerUnavailable) as error:
            self._trouble = error
            # A first look that fails may be tried sooner: nobody can come in until one succeeds.
            if self._known is None:
                self._tried = now - PAUSE + 5
            _log.warning("issuer does not answer as it should", issuer=issuer, code=error.code, detail=error.message)
        else:
            self._known, self._fetched, self._trouble = (found, keys), now, None
