"""Access tokens for this node itself, to show to a peer: client credentials (RFC 6749, section 4.4).

The peer is named as the resource (RFC 8707), so that the token is worth nothing at any other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from node.issuers.client import ask_for_token
from node.issuers.provider import Provider

_EARLY = 60.0
_USUAL = 300.0


class OwnTokens:
    """Tokens of this node from one provider, each kept until shortly before it ends.

    Args:
        clock: seconds that only ever move forward.
    """

    def __init__(self, provider: Provider, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._provider = provider
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, str]] = {}

    def token_for(self, resource: str, scope: str = "", *, afresh: bool = False) -> str:
        """Return an access token for a peer.

        Args:
            resource: the peer's audience, usually its base URL.
            scope: scopes of the resource, separated by spaces.
            afresh: whether one that is kept is not to be shown again: the peer refused it.

        Raises:
            SignInFailed: the provider refuses this node.
            IssuerUnavailable: it does not answer as it should.
        """
        with self._lock:
            ends, token = self._kept.get(f"{resource} {scope}", (0.0, ""))
            now = self._clock()
            if token and now < ends and not afresh:
                return token
            answer = ask_for_token(self._provider, grant_type="client_credentials", resource=resource, scope=scope)
            lasts = answer.get("expires_in")
            seconds = float(lasts) if isinstance(lasts, int | float) and not isinstance(lasts, bool) else _USUAL
            token = str(answer["access_token"])
            self._kept[f"{resource} {scope}"] = (now + max(seconds - _EARLY, 0.0), token)
            return token
