"""The node as a client of a provider: Authlib speaks the protocol, `HttpFetch` carries it.

Token endpoint: RFC 6749, section 3.2; introspection: RFC 7662.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client

from node.errors import FetchError, HttpStatus, SyntaxRefused
from node.harvest.fetch import HttpFetch
from node.identity.access_tokens import Claims
from node.identity_errors import IdentityError, IssuerUnavailable, SignInFailed
from node.issuers.provider import Provider
from node.syntax import JsonValue, parse_json

_MAX_BYTES = 512 * 1024


def client_of(provider: Provider) -> OAuth2Client:
    """Return Authlib's client of a provider, for one use."""
    settings = provider.issuer.settings
    auth = settings.client_auth if provider.secret else "none"
    return OAuth2Client(
        _Door(provider.open_fetch()),
        client_id=settings.client_id,
        client_secret=provider.secret or None,
        token_endpoint_auth_method=auth,
        code_challenge_method="S256",
    )


def ask_for_token(provider: Provider, **asked: str) -> Claims:
    """Return the answer of the token endpoint.

    Args:
        asked: parameters of the request, `grant_type` among them.

    Raises:
        SignInFailed: the provider refuses.
        IssuerUnavailable: it does not answer as it should.
    """
    try:
        answer: Claims = dict(client_of(provider).fetch_token(provider.metadata().token, **asked))
    except OAuth2Error as error:
        raise SignInFailed(f"the issuer refuses: {str(error.error)[:100]}") from error
    except (FetchError, ValueError) as error:
        raise _unavailable(provider, error) from error
    if not isinstance(answer.get("access_token"), str) or str(answer.get("token_type", "")).lower() != "bearer":
        raise IssuerUnavailable(f"{provider.issuer.settings.issuer} gave no bearer token")
    return answer


def introspect(provider: Provider, token: str) -> Claims:
    """Return what a provider says of an opaque token.

    Raises:
        IssuerUnavailable: it does not answer as it should.
    """
    address = provider.metadata().introspection
    if not address:
        raise IssuerUnavailable(f"{provider.issuer.settings.issuer} offers no introspection")
    try:
        answer = client_of(provider).introspect_token(address, token=token, token_type_hint="access_token")  # noqa: S106
        answer.raise_for_status()
        return dict(answer.json())
    except (FetchError, ValueError) as error:
        raise _unavailable(provider, error) from error


def ask_about(provider: Provider, access_token: str) -> Claims:
    """Return what a provider's UserInfo endpoint says of who an access token stands for; nothing where it has none.

    Raises:
        IssuerUnavailable: it does not answer as it should.
    """
    address = provider.metadata().userinfo
    if not address:
        return {}
    try:
        answer = provider.open_fetch().get(address, headers={"Authorization": f"Bearer {access_token}"})
        return _object(answer.body)
    except (FetchError, ValueError) as error:
        raise _unavailable(provider, error) from error


class _Door:
    """What Authlib takes for a session of requests: one way to send a form."""

    def __init__(self, fetch: HttpFetch) -> None:
        self._fetch = fetch

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any, **_: Any) -> _Answer:
        form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        uri, signed, body = auth.prepare("POST", url, {**(headers or {}), **form}, urlencode(data))
        try:
            answer = self._fetch.post(uri, body.encode(), headers=signed)
            return _Answer(answer.status, answer.body)
        except HttpStatus as error:
            if error.status >= 500:
                raise
            return _Answer(error.status, error.body)


class _Answer:
    """What Authlib asks of an answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code = status
        self._body = body

    def json(self) -> dict[str, JsonValue]:
        return _object(self._body)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise ValueError(f"status {self.status_code}")


def _object(body: bytes) -> dict[str, JsonValue]:
    try:
        value = parse_json(body, max_bytes=_MAX_BYTES, max_depth=16)
    except SyntaxRefused as error:
        raise ValueError(error.message) from error
    if not isinstance(value, dict):
        raise ValueError("the answer is not a JSON object")
    return value


def _unavailable(provider: Provider, error: Exception) -> IdentityError:
    detail = error.message if isinstance(error, FetchError) else str(error)
    return IssuerUnavailable(f"{provider.issuer.settings.issuer} does not answer as it should: {detail[:200]}")
