"""What can go wrong with who is asking."""

from __future__ import annotations

from node.errors import FairnodeError


class IdentityError(FairnodeError):
    """Who is asking cannot be told, or may not do what they ask for.

    Attributes:
        status: the HTTP status that says so.
        retry_after: seconds after which another try may succeed; `None` where none will.
        challenge: `error` of WWW-Authenticate (RFC 6750, section 3.1); empty sends no challenge.
    """

    code = "identity.error"
    advice = "Sign in again."
    status = 400
    retry_after: int | None = None
    challenge = ""


class TokenRefused(IdentityError):
    """An access token is expired, not for this node, not from an issuer it knows, or not what it should be."""

    code = "identity.token-refused"
    advice = "Get a new access token for this node from its issuer, or send the request without one."
    status = 401
    challenge = "invalid_token"


class CredentialsUnusable(IdentityError):
    """The Authorization header is not `Bearer` and one token, or is there twice."""

    code = "identity.credentials-unusable"
    advice = "Send `Authorization: Bearer TOKEN`, or no such header; a proxy that asks for a password must take it off."
    status = 400
    challenge = "invalid_request"


class SignInFailed(IdentityError):
    """An issuer's answer to a sign-in is not one to a question of this browser, or does not hold."""

    code = "identity.sign-in-failed"
    advice = "Begin again at /login."


class IssuerUnavailable(IdentityError):
    """An issuer does not answer, or not as its protocol wants it, so that nobody can say who is asking."""

    code = "identity.issuer-unavailable"
    advice = "Try again later; `fairnode check` shows the operator what the issuer answers."
    status = 503
    retry_after = 30
    exit_status = 3


class RoleMissing(IdentityError):
    """Somebody is known, and what they ask for takes a role that they do not have at this node."""

    code = "identity.role-missing"
    advice = "Ask the operator of the node for the role, or have somebody do it who has it."
    status = 403
