"""What a provider publishes about itself (https://openid.net/specs/openid-connect-discovery-1_0.html)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from node.identity_errors import IssuerUnavailable
from node.identity_settings import is_safe_url
from node.syntax import JsonValue, parse_json

_MAX_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A provider's addresses; an empty one is not offered.

    Attributes:
        names_itself: the provider puts `iss` into its answers to sign-ins (RFC 9207).
    """

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str
    introspection: str
    end_session: str
    names_itself: bool


def metadata_url(issuer: str) -> str:
    """Return where a provider publishes it (section 4)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def read_metadata(data: bytes, issuer: str) -> Metadata:
    """Return what a discovery document says.

    Raises:
        IssuerUnavailable: it is another issuer's, or lacks what every provider has.
        SyntaxRefused: it is not JSON.
    """
    document = parse_json(data, max_bytes=_MAX_BYTES, max_depth=16)
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        # Section 4.3: it must be identical, or one issuer could speak for another.
        raise IssuerUnavailable(f"{metadata_url(issuer)} is not the discovery document of {issuer}")

    def address(name: str, *, needed: bool = False) -> str:
        found: JsonValue = document.get(name, "")
        url = found if isinstance(found, str) else ""
        if url and is_safe_url(url) and (urlsplit(url).scheme == "https" or urlsplit(issuer).scheme == "http"):
            return url
        if url or needed:
            raise IssuerUnavailable(f"the discovery document of {issuer} names no usable {name}")
        return ""

    return Metadata(
        issuer=issuer,
        authorization=address("authorization_endpoint", needed=True),
        token=address("token_endpoint", needed=True),
        keys=address("jwks_uri", needed=True),
        userinfo=address("userinfo_endpoint"),
        introspection=address("introspection_endpoint"),
        end_session=address("end_session_endpoint"),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )
