"""Whether an access token may be believed: a signed one (RFC 9068), or what its issuer says of it (RFC 7662).

Authlib checks the registered claims. What it lets through is checked here: a token without `typ` at+jwt, so an ID
token; a lifetime of years; an opaque token for another audience; a token that brings its own key; one too large.
Algorithms are the three asymmetric ones that OpenID providers use (RFC 8725, sections 3.1 and 3.2).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from authlib.oauth2.claims import JWTClaims
from authlib.oauth2.rfc9068.claims import JWTAccessTokenClaims
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry, deserialize_compact

from node.errors import SyntaxRefused
from node.identity_errors import TokenRefused
from node.syntax import JsonValue, parse_json

ALGORITHMS = ("RS256", "ES256", "EdDSA")
LONGEST = 8192
"""Bytes of a token: what one header field of a request may have."""
LEEWAY = 60
"""Seconds that the clocks of issuer and node may differ."""
_LONGEST_PART = 64 * 1024
_TYPES = ("at+jwt", "application/at+jwt")
# A token that brings its own key, or says where to get it, or wants to be understood in a way of its own.
_OWN_KEYS = ("jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc")
# What speaks of a person in an answer to introspection: RFC 7662, section 2.2, and OpenID Connect.
_OF_PEOPLE = ("username", "name", "preferred_username", "email", "auth_time", "acr", "amr", "sid")
_FARTHEST = 10**11  # seconds since 1970: the year 5138; beyond it, arithmetic is an attack
_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)

Claims = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """What access tokens of an issuer must say.

    Attributes:
        issuer: `iss`, exactly.
        audience: one of `aud`, exactly.
        max_lifetime: seconds from `iat` to `exp`, at most.
        programs_without_subject: what introspection says without `sub` is said of the client itself, whom it names.
    """

    issuer: str
    audience: str
    max_lifetime: int
    programs_without_subject: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """What a signed token says of itself before anything of it is proven.

    Attributes:
        key_id: `kid`; empty where none is named.
        issuer: `iss`.
        algorithm: `alg`, one of `ALGORITHMS`.
    """

    key_id: str
    issuer: str
    algorithm: str


def is_signed(token: str) -> bool:
    """Return whether a token is of the form of a JWT, signed or encrypted; any other is opaque."""
    return token.count(".") in (2, 4) and token.startswith("ey")


def look_at(token: str, *, types: tuple[str, ...] = _TYPES, longest: int = LONGEST) -> Unverified:
    """Return what is needed to find the key of a signed token.

    Args:
        types: what `typ` may be, in lower case; "" is a token without it.
        longest: bytes it may have.

    Raises:
        TokenRefused: it is no JWT, of a type or an algorithm that is not taken, or brings its own key.
    """
    if len(token) > longest:
        raise TokenRefused(f"the token has more than {longest} bytes")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenRefused("the token is not a signed JWT")
    header, claims = _object(parts[0]), _object(parts[1])
    algorithm, type_ = header.get("alg"), header.get("typ", "")
    if algorithm not in ALGORITHMS:
        raise TokenRefused(f"the token's alg is not one of {', '.join(ALGORITHMS)}")
    if not isinstance(type_, str) or type_.lower() not in types:
        raise TokenRefused(f"the token's typ is not {types[0]}")
    if own := [name for name in _OWN_KEYS if name in header]:
        raise TokenRefused(f"the token's header holds {own[0]}, which is not taken from tokens")
    key_id, issuer = header.get("kid", ""), claims.get("iss")
    if not isinstance(key_id, str) or not isinstance(issuer, str):
        raise TokenRefused("the token's kid or iss is not a string")
    return Unverified(key_id=key_id, issuer=issuer, algorithm=str(algorithm))


def verified(token: str, key: Key) -> Claims:
    """Return the claims of a token that a key has signed; `look_at` comes first.

    Raises:
        TokenRefused: the signature is not that of the key.
    """
    try:
        signed = deserialize_compact(token, key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefused("the token's signature is not valid") from error
    return _json_object(signed.payload or b"")


def check_signed(token: str, key: Key, rules: TokenRules, now: int) -> Claims:
    """Return the claims of a signed access token (RFC 9068, section 4).

    Args:
        now: seconds since 1970.

    Raises:
        TokenRefused: it does not hold, is not for this node, or not for now.
    """
    claims = verified(token, key)
    _check(JWTAccessTokenClaims(dict(claims), {"typ": _TYPES[0]}, _options(rules)), now)
    if not _client(claims):
        raise TokenRefused("the token does not name its client")
    _check_lifetime(claims, rules)
    return claims


def check_introspected(answer: Claims, rules: TokenRules, now: int) -> Claims:
    """Return what an issuer says of an opaque token, if it says it of a token for this node that holds now.

    RFC 7662, section 2.2, makes all but `active` optional: an issuer may answer for tokens that are for somebody else.
    Where it leaves `sub` out, nothing tells whether a person gave the token to its client or the client acts for
    itself: that counts as the client's own where the operator knows it of this issuer, and then where no person is
    named.

    Raises:
        TokenRefused: it is not active, or does not say so of a token of this issuer, for this node, for a while; or
            nobody is named that it stands for.
    """
    if answer.get("active") is not True:
        raise TokenRefused("the token is not active")
    if answer.get("token_type", "Bearer") not in ("Bearer", "bearer"):
        raise TokenRefused("the token is not a bearer token")
    claims, client = dict(answer), _client(answer)
    if "sub" not in claims and rules.programs_without_subject:
        if not client or any(name in claims for name in _OF_PEOPLE):
            raise TokenRefused("the token has no sub, and is not said to be its client's own")
        claims["sub"] = client  # as it would be in a JWT (RFC 9068, section 5)
    _check(JWTClaims(claims, {}, _options(rules)), now)
    _check_lifetime(claims, rules)
    return claims


def _options(rules: TokenRules) -> dict[str, object]:
    return {
        "iss": {"essential": True, "value": rules.issuer},
        "aud": {"essential": True, "value": rules.audience},
        "sub": {"essential": True},
        "exp": {"essential": True},
        "iat": {"essential": True},
    }


def _client(claims: Claims) -> str:
    """Return the client that a token was given to; empty where none is named.

    Raises:
        TokenRefused: two are, or what is named is no name.
    """
    named = [claims[name] for name in ("client_id", "azp") if claims.get(name) is not None]
    texts = [each for each in named if isinstance(each, str) and each]
    if len(texts) != len(named) or len(set(texts)) > 1:
        raise TokenRefused("the token names two clients, or one that is no name")
    return texts[0] if texts else ""


def _check(claims: JWTClaims, now: int) -> None:
    if "cnf" in claims:
        # Whoever shows it has to prove that they hold a key (RFC 7800); as a bearer token it may be a stolen one.
        raise TokenRefused("the token is bound to a key, and this node cannot have that proved")
    if not isinstance(claims.get("sub", ""), str):
        raise TokenRefused("the token's sub is not usable")
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _FARTHEST:
            raise TokenRefused(f"the token's {name} is not a time")
    try:
        claims.validate(now=now, leeway=LEEWAY)
    except ExpiredTokenError as error:
        raise TokenRefused("the token has expired") from error
    except MissingClaimError as error:
        raise TokenRefused(f"the token lacks {error.claim}") from error
    except InvalidClaimError as error:
        raise TokenRefused(_WRONG.get(error.claim, f"the token's {error.claim} is not usable")) from error
    except JoseError as error:
        raise TokenRefused("the token's claims are not usable") from error


_WRONG = {
    "iss": "the token is of another issuer",
    "aud": "the token is for another audience than this node",
    "nbf": "the token is not valid yet",
    "iat": "the token was issued in the future",
    "typ": f"the token's typ is not {_TYPES[0]}",
}


def _check_lifetime(claims: Claims, rules: TokenRules) -> None:
    lifetime = float(str(claims["exp"])) - float(str(claims["iat"]))
    if lifetime > rules.max_lifetime:
        raise TokenRefused(f"the token is valid for longer than {rules.max_lifetime} seconds")


def _object(segment: str) -> dict[str, JsonValue]:
    try:
        return _json_object(base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise TokenRefused("the token is not a signed JWT") from error


def _json_object(data: bytes) -> dict[str, JsonValue]:
    try:
        value = parse_json(data, max_bytes=_LONGEST_PART, max_depth=16)
    except SyntaxRefused as error:
        raise TokenRefused("the token does not hold JSON that can be read in one way only") from error
    if not isinstance(value, dict):
        raise TokenRefused("the token does not hold a JSON object")
    return value
