"""Signing in: OpenID Connect's authorization code flow with PKCE (RFC 7636, RFC 9700 section 2.1.1).

Three values tie the answer to the question: `state` to the browser that asked, `nonce` to the ID token, the code
verifier to the code. Each is 256 bits, used once, and known to nobody else.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from node.identity.access_tokens import LEEWAY, Claims, look_at, verified
from node.identity.claims import claims_kept
from node.identity_errors import SignInFailed, TokenRefused
from node.issuers.client import ask_about, ask_for_token, client_of
from node.issuers.provider import Provider
from node.syntax import JsonValue

_LONGEST_ID_TOKEN = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What ties an answer to the question it answers."""

    state: str
    nonce: str
    verifier: str


def question_url(provider: Provider, question: Question, redirect_uri: str) -> str:
    """Return where to send a browser.

    Raises:
        IssuerUnavailable: the provider does not say where.
    """
    url, _ = client_of(provider).create_authorization_url(
        provider.metadata().authorization,
        state=question.state,
        nonce=question.nonce,
        code_verifier=question.verifier,
        redirect_uri=redirect_uri,
        scope=" ".join(provider.issuer.settings.scopes),
    )
    return str(url)


def redeem(
    provider: Provider, question: Question, *, code: str, issuer: str | None, redirect_uri: str, now: int
) -> dict[str, JsonValue]:
    """Return the claims of who signed in, for a code that the provider sent back.

    Args:
        issuer: what the answer calls its issuer (RFC 9207); `None` where it does not say.
        now: seconds since 1970.

    Raises:
        SignInFailed: the answer is another issuer's, the code is not one for this question, or the ID token does not
            hold.
        IssuerUnavailable: the provider does not answer as it should.
    """
    metadata = provider.metadata()
    if issuer != metadata.issuer and (issuer is not None or metadata.names_itself):
        raise SignInFailed("the answer comes from another issuer than was asked")
    answer = ask_for_token(
        provider,
        grant_type="authorization_code",
        code=code,
        code_verifier=question.verifier,
        redirect_uri=redirect_uri,
    )
    access_token = str(answer["access_token"])
    claims = _id_token(provider, answer.get("id_token"), question.nonce, access_token, now)
    told = ask_about(provider, access_token)
    if told and not hmac.compare_digest(str(told.get("sub")).encode(), str(claims["sub"]).encode()):
        # OpenID Connect Core, section 5.3.2: an access token that was swapped would speak of somebody else.
        raise SignInFailed("the issuer speaks of two different people")
    kept = claims_kept(provider.issuer.settings)
    return {name: value for name, value in {**claims, **told}.items() if name in kept}


def _id_token(provider: Provider, token: JsonValue, nonce: str, access_token: str, now: int) -> Claims:
    settings = provider.issuer.settings
    if not isinstance(token, str):
        raise SignInFailed("the issuer gave no ID token")
    try:
        seen = look_at(token, types=("jwt", ""), longest=_LONGEST_ID_TOKEN)
        key = provider.key(seen.key_id, seen.algorithm)
        if seen.issuer != settings.issuer or key is None:
            raise SignInFailed("the ID token is not signed by its issuer")
        claims = verified(token, key)
    except TokenRefused as error:
        raise SignInFailed(f"the ID token does not hold: {error.message}") from error
    options = {"iss": {"essential": True, "value": settings.issuer}, "aud": {"value": settings.client_id}}
    bound = {"nonce": nonce, "client_id": settings.client_id, "access_token": access_token}
    try:
        CodeIDToken(dict(claims), {"alg": seen.algorithm}, options, bound).validate(now=now, leeway=LEEWAY)
    except (JoseError, TypeError, ValueError) as error:
        raise SignInFailed("the ID token does not hold, or is not the answer to this sign-in") from error
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise SignInFailed("the ID token does not say who signed in")
    return claims
