"""What the node signs with, so that a peer can verify it: Ed25519 keys and detached signatures.

A signature is a compact JWS with its payload left out (RFC 7515, appendix F,
https://www.rfc-editor.org/rfc/rfc7515#appendix-F), by Ed25519 (RFC 8037, RFC 9864). Its header names the key, and the
public keys are a JWK Set (RFC 7517) at `/.well-known/jwks.json`. Old keys stay in it, for they verify what they signed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

_ALGORITHM = "Ed25519"
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SigningKeys:
    """The node's own keys: the first signs, all are published. Private keys are not compared: each set is its own.

    Attributes:
        keys: private keys, the current one first.
    """

    keys: tuple[OKPKey, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.keys or any(not key.is_private or key.curve_name != "Ed25519" for key in self.keys):
            raise ValueError("the node signs with private Ed25519 keys, and has at least one")

    @property
    def names(self) -> tuple[str, ...]:
        """The identifiers of the keys (`kid`), the current one first."""
        return tuple(str(key.kid) for key in self.keys)

    def sign(self, payload: bytes, kind: str) -> str:
        """Return the detached signature of some bytes.

        Args:
            kind: what is signed, such as `fairnode-trail-head`: it stands in the header (`typ`), so that what was
                signed as one thing is not taken for another.
        """
        key = self.keys[0]
        header = {"alg": _ALGORITHM, "kid": key.kid, "typ": kind}
        head, _, tail = jws.serialize_compact(header, payload, key, algorithms=[_ALGORITHM]).split(".")
        return f"{head}..{tail}"

    def public(self) -> dict[str, Any]:
        """Return the public keys as a JWK Set."""
        return {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": _ALGORITHM} for key in self.keys]}

    def dump(self) -> bytes:
        """Return the private keys as a JWK Set in JSON: for the key file, and for nobody else."""
        return json.dumps({"keys": [key.as_dict(private=True) for key in self.keys]}, indent=2, sort_keys=True).encode()


def new_keys(old: SigningKeys | None = None) -> SigningKeys:
    """Return keys whose first is new; those there were follow."""
    fresh = OKPKey.generate_key("Ed25519", auto_kid=True)
    return SigningKeys(keys=(fresh, *(old.keys if old else ())))


def read_keys(content: bytes) -> SigningKeys:
    """Read what `SigningKeys.dump` wrote.

    Raises:
        ValueError: it is something else.
    """
    try:
        keys = tuple(OKPKey.import_key(values) for values in json.loads(content)["keys"])
    except (ValueError, TypeError, KeyError, JoseError) as error:
        raise ValueError(f"no keys to sign with: {type(error).__name__}") from error
    return SigningKeys(keys=keys)


def verify(payload: bytes, signature: str, kind: str, keys: Mapping[str, Any]) -> bool:
    """Tell whether a detached signature is one of these bytes, as this kind of thing, by one of these keys.

    Args:
        signature: as `SigningKeys.sign` returns it.
        keys: the signer's JWK Set; from a foreign host, hence anything. Keys of other kinds, and malformed ones, are
            passed over: one of them does not keep the others from verifying.
    """
    head, dots, tail = signature.partition("..")
    if not dots or len(signature) > 2_000:
        return False
    body = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
    entries = keys.get("keys") if isinstance(keys, Mapping) else None
    return isinstance(entries, list) and any(
        _is_signed_by(values, f"{head}.{body}.{tail}", kind) for values in entries[:_MOST]
    )


def _is_signed_by(values: object, token: str, kind: str) -> bool:
    if not isinstance(values, dict) or values.get("kty") != "OKP" or values.get("crv") != "Ed25519":
        return False
    try:
        key = OKPKey.import_key(values)
        header = jws.deserialize_compact(token, key, algorithms=[_ALGORITHM]).headers()
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    named = header.get("typ") == kind and header.get("alg") == _ALGORITHM
    return named and isinstance(header.get("kid"), str) and header["kid"] == key.kid
