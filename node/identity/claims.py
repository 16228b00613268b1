"""From what an issuer claims of somebody to a subject with roles.

Entitlements come in `entitlements` (RFC 9068, section 2.2.3.1, and AARC-G069), in older deployments in
`eduperson_entitlement`; assurance in `eduperson_assurance` (REFEDS Assurance Framework).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from node.identity.access_tokens import Claims, TokenRules
from node.identity.entitlements import admitted
from node.identity.subject import Grant, Role, RoleRule, Subject, grants_of
from node.identity_settings import IssuerSettings
from node.model.entitlement import Entitlement, parse_entitlement
from node.syntax import JsonValue

_MOST = 500
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An OpenID provider, and what it is believed.

    Attributes:
        settings: as the operator wrote them.
        tokens: what its access tokens must say.
        rules: what its entitlements are worth.
    """

    settings: IssuerSettings
    tokens: TokenRules
    rules: tuple[RoleRule, ...]

    @property
    def title(self) -> str:
        """What people know it by."""
        return self.settings.title or self.settings.name


def issuer_of(settings: IssuerSettings, base_url: str) -> Issuer:
    """Return an issuer by its settings and the node's address."""
    return Issuer(
        settings=settings,
        tokens=TokenRules(
            issuer=settings.issuer,
            audience=settings.audience or base_url,
            max_lifetime=settings.max_lifetime,
            programs_without_subject=settings.programs_without_subject,
        ),
        rules=tuple(
            RoleRule(asked=asked, grant=Grant(role=Role(rule.role), source=rule.source))
            for rule in settings.roles
            if (asked := parse_entitlement(rule.entitlement)) is not None
        ),
    )


def subject_of(claims: Claims, issuer: Issuer, *, at_browser: bool = False) -> Subject:
    """Return who claims speak of, with the roles that follow from the issuer's settings as they are now.

    Args:
        at_browser: who signed in with a browser, and so is a person whatever they are called.
    """
    settings = issuer.settings
    entitlements: tuple[Entitlement, ...] = admitted(
        (*_strings(claims.get("entitlements")), *_strings(claims.get("eduperson_entitlement"))),
        settings.namespaces,
        settings.authorities,
    )
    key = _text(claims.get("sub"))
    issued = claims.get("iat")
    client = _text(claims.get("client_id")) or _text(claims.get("azp"))
    return Subject(
        issuer=settings.issuer,
        key=key,
        name=(_text(claims.get("name")) or _text(claims.get("preferred_username")))[:_LONGEST_NAME],
        client=client,
        # RFC 9068, section 5: where no person takes part, sub names the client.
        is_program=bool(client) and client == key and not at_browser,
        entitlements=entitlements,
        assurance=tuple(_strings(claims.get("eduperson_assurance"))),
        country=_country(claims, settings),
        grants=grants_of(entitlements, issuer.rules),
        issued=int(issued) if isinstance(issued, int | float) and math.isfinite(issued) else 0,
    )


_ALWAYS_KEPT = (
    "sub",
    "name",
    "preferred_username",
    "client_id",
    "azp",
    "entitlements",
    "eduperson_entitlement",
    "eduperson_assurance",
)


def claims_kept(settings: IssuerSettings) -> tuple[str, ...]:
    """Return what a session keeps of somebody; all else is worked out anew from it, so that settings hold at once."""
    return (*_ALWAYS_KEPT, settings.organisation_claim)


def _country(claims: Claims, settings: IssuerSettings) -> str:
    """Return the country of the one organisation that the issuer names, by the operator's list; never a claimed one."""
    named = set(_strings(claims.get(settings.organisation_claim)))
    return settings.organisations.get(named.pop().lower(), "") if len(named) == 1 else ""


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


def _strings(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (each for each in value[:_MOST] if isinstance(each, str))
