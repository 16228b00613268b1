"""The keys an issuer signs with: a JWK Set (RFC 7517), of which only public keys for the algorithms taken are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from node.syntax import JsonValue, parse_json

_MAX_BYTES = 256 * 1024
_MOST = 100
_RSA_BITS = 2048
_PUBLIC = ("kty", "n", "e", "crv", "x", "y")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """One key: its `kid` (empty where it has none), the algorithm it is for, and itself."""

    key_id: str
    algorithm: str
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeys:
    """The usable keys of an issuer."""

    keys: tuple[SigningKey, ...]

    def find(self, key_id: str, algorithm: str) -> Key | None:
        """Return the key that a token names; without a name, the only one there is for the algorithm."""
        found = [each for each in self.keys if each.algorithm == algorithm and (not key_id or each.key_id == key_id)]
        return found[0].key if len(found) == 1 else None


def read_keys(data: bytes) -> SigningKeys:
    """Return the keys of a JWK Set that can be used; others in it are for other uses (section 5), and left alone.

    Raises:
        SyntaxRefused: it is not JSON, or too large.
    """
    value = parse_json(data, max_bytes=_MAX_BYTES, max_depth=16)
    entries = value.get("keys") if isinstance(value, dict) else None
    found = (_usable(each) for each in entries[:_MOST] if isinstance(each, dict)) if isinstance(entries, list) else ()
    return SigningKeys(keys=tuple(each for each in found if each is not None))


def _usable(entry: Mapping[str, JsonValue]) -> SigningKey | None:
    key_id, algorithm = entry.get("kid", ""), entry.get("alg")
    if not isinstance(key_id, str) or entry.get("use", "sig") != "sig":
        return None
    try:
        for_, key = _import(entry)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return SigningKey(key_id=key_id, algorithm=for_, key=key) if algorithm in (None, for_) else None


def _import(entry: Mapping[str, JsonValue]) -> tuple[str, Key]:
    # Only what makes the public key: an issuer that publishes its private one by mistake does not change what this is.
    public: dict[str, str | list[str]] = {name: str(entry[name]) for name in _PUBLIC if name in entry}
    match public:
        case {"kty": "RSA"}:
            rsa = RSAKey.import_key(public)
            if rsa.public_key.key_size < _RSA_BITS:
                raise ValueError("short")
            return "RS256", rsa
        case {"kty": "EC", "crv": "P-256"}:
            return "ES256", ECKey.import_key(public)
        case {"kty": "OKP", "crv": "Ed25519"}:
            return "EdDSA", OKPKey.import_key(public)
    raise ValueError("of another kind")
