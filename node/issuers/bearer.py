"""From a bearer token to who is asking: a JWT is checked here, of an opaque token its issuer is asked.

The issuer's word on an opaque token is kept for half a minute, so that a program in a loop does not become a loop at
the issuer; that is how long a token that was revoked there may still count here.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from node.identity.access_tokens import LONGEST, Claims, check_introspected, check_signed, is_signed, look_at
from node.identity.claims import subject_of
from node.identity.subject import Subject
from node.identity_errors import TokenRefused
from node.issuers import Issuers
from node.issuers.client import introspect
from node.issuers.provider import Provider

KEPT = 30.0
"""Seconds for which the word of an issuer counts."""
_MOST = 4096
# RFC 6750, section 2.1; what is shorter can be guessed, and no issuer gives it out.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,}=*")


class Bearers:
    """Tells who holds a token.

    Args:
        clock: seconds that only ever move forward.
    """

    def __init__(self, issuers: Issuers, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuers = issuers
        self._clock = clock
        self._lock = threading.Lock()
        # By digest, so that memory holds no token: until when this counts, who it is (`None`: nobody), why nobody.
        self._told: OrderedDict[bytes, tuple[float, Subject | None, str]] = OrderedDict()

    def subject(self, token: str, now: int, *, before_asking: Callable[[], None] = lambda: None) -> Subject:
        """Return who holds a token.

        Args:
            now: seconds since 1970.
            before_asking: called before an issuer is asked about an opaque token; what it raises ends the matter.

        Raises:
            TokenRefused: nobody, as far as this node knows.
            IssuerUnavailable: its issuer cannot be asked.
        """
        if len(token) > LONGEST:
            raise TokenRefused(f"the token has more than {LONGEST} bytes")
        if not _TOKEN.fullmatch(token):
            raise TokenRefused("the token has characters that no token has, or too few")
        return self._signed(token, now) if is_signed(token) else self._opaque(token, now, before_asking)

    def _signed(self, token: str, now: int) -> Subject:
        seen = look_at(token)
        provider = self._issuers.identified(seen.issuer)
        if provider is None:
            raise TokenRefused("the token is of an issuer that this node does not know")
        key = provider.key(seen.key_id, seen.algorithm)
        if key is None:
            raise TokenRefused("the token names a key that its issuer does not have")
        return _subject(provider, check_signed(token, key, provider.issuer.tokens, now))

    def _opaque(self, token: str, now: int, before_asking: Callable[[], None]) -> Subject:
        provider = self._issuers.for_opaque_tokens()
        if provider is None:
            raise TokenRefused("the token is not a signed JWT, and this node takes no others")
        digest = hashlib.sha256(token.encode()).digest()
        told = self._remembered(digest)
        if told is None:
            before_asking()
            answer, lasts = introspect(provider, token), KEPT
            try:
                claims = check_introspected(answer, provider.issuer.tokens, now)
                told = (_subject(provider, claims), "")
                lasts = min(KEPT, float(str(claims["exp"])) - now)
            except TokenRefused as error:
                told = (None, error.message)
            self._remember(digest, lasts, *told)
        subject_or_none, reason = told
        if subject_or_none is None:
            raise TokenRefused(reason)
        return subject_or_none

    def _remembered(self, digest: bytes) -> tuple[Subject | None, str] | None:
        with self._lock:
            found = self._told.get(digest)
            return found[1:] if found and self._clock() < found[0] else None

    def _remember(self, digest: bytes, seconds: float, subject: Subject | None, reason: str) -> None:
        with self._lock:
            self._told[digest] = (self._clock() + seconds, subject, reason)
            self._told.move_to_end(digest)
            if len(self._told) > _MOST:
                self._told.popitem(last=False)


def _subject(provider: Provider, claims: Claims) -> Subject:
    subject = subject_of(claims, provider.issuer)
    if not subject.key:
        raise TokenRefused("the token does not say who holds it")
    return subject
