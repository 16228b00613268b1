"""Which entitlements of an issuer count: those of namespaces and authorities it may vouch for (AARC-G069)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from node.model.entitlement import Entitlement, parse_entitlement
from node.model.source import Agreement


def admitted(texts: Iterable[str], namespaces: Iterable[str], authorities: Iterable[str]) -> tuple[Entitlement, ...]:
    """Return the entitlements an issuer may vouch for, in the order given and each once.

    Args:
        texts: as the issuer's claims spell them; what is not of the form counts nothing.
        namespaces: those it may speak for, `urn:nid:namespace`; what is below one of them is another namespace.
        authorities: those it may name; none is any.
    """
    allowed = {plain_namespace(each) for each in namespaces}
    named = frozenset(authorities)
    found = (parse_entitlement(text) for text in texts)
    return tuple(
        dict.fromkeys(
            each for each in found if each and each.namespace in allowed and (not named or each.authority in named)
        )
    )


class Vouching(Protocol):
    """What an issuer may vouch for, as in its settings."""

    @property
    def namespaces(self) -> tuple[str, ...]: ...
    @property
    def authorities(self) -> tuple[str, ...]: ...


def unheard_of(issuers: Iterable[Vouching], agreements: Mapping[str, Agreement]) -> tuple[str, ...]:
    """Return a warning for each entitlement of agreements, by source, that no issuer could bring: it admits nobody."""
    known = tuple(issuers)
    return tuple(
        f"warning: the agreement with {source} admits holders of {text}, which no issuer of [[identity.issuers]] may "
        f"vouch for: none has {asked.namespace} in `namespaces`"
        + (f" and {asked.authority} in `authorities`" if asked.authority else "")
        for source, agreement in agreements.items()
        for text in agreement.entitlements
        if (asked := parse_entitlement(text)) is not None and not any(_may_vouch(each, asked) for each in known)
    )


def _may_vouch(issuer: Vouching, asked: Entitlement) -> bool:
    if asked.namespace not in map(plain_namespace, issuer.namespaces):
        return False
    return not (asked.authority and issuer.authorities) or asked.authority in issuer.authorities


def plain_namespace(text: str) -> str:
    """Return a namespace as entitlements are compared by."""
    scheme, _, rest = text.partition(":")
    nid, _, names = rest.partition(":")
    return f"{scheme.lower()}:{nid.lower()}:{names}"


def spelled(entitlement: Entitlement) -> str:
    """Return an entitlement as a text to read; characters that were percent-encoded are not."""
    role = f":role={entitlement.role}" if entitlement.role else ""
    authority = f"#{entitlement.authority}" if entitlement.authority else ""
    return f"{entitlement.namespace}:group:{':'.join(entitlement.groups)}{role}{authority}"
