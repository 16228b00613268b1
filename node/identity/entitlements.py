"""Which entitlements of an issuer count: those of namespaces and authorities it may vouch for (AARC-G069)."""

from __future__ import annotations

from collections.abc import Iterable

from node.model.entitlement import Entitlement, parse_entitlement


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
