"""An entitlement that names a group and a role: AARC-G069 (https://aarc-community.org/guidelines/aarc-g069/).

`urn:<NID>:<namespace>[:<subnamespace>...]:group:<group>[:<subgroup>...][:role=<role>][#<authority>]`. As a URN (RFC
8141, section 3) its scheme and NID are compared without regard to case; groups, roles and authorities are compared as
what they stand for once percent-encoding is undone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_LONGEST = 1024
_NID = re.compile(r"[a-z0-9][a-z0-9-]{0,30}[a-z0-9]")
# One component: unreserved, sub-delims, "@" and "/" of RFC 3986, or percent-encoded; ":" separates components.
_COMPONENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=@/-]|%[0-9A-Fa-f]{2})+")
_ROLE = "role="


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """Membership in a group, in a role or none.

    Attributes:
        namespace: `urn:nid:namespace...`, the scheme and the NID in lower case.
        groups: the group, then its subgroups from the outside in; at least one.
        role: empty where none is named.
        authority: who says so; empty where nobody is named.
    """

    namespace: str
    groups: tuple[str, ...]
    role: str = ""
    authority: str = ""

    def satisfies(self, asked: Entitlement) -> bool:
        """Return whether somebody who holds this one holds what is asked for.

        A member of a subgroup is a member of the groups around it. A role counts in the very group it was given in: the
        chair of a subgroup does not chair the whole. What is asked without an authority may come from any.
        """
        if self.namespace != asked.namespace or (asked.authority and self.authority != asked.authority):
            return False
        if asked.role:
            return self.groups == asked.groups and self.role == asked.role
        return self.groups[: len(asked.groups)] == asked.groups


def parse_entitlement(text: str) -> Entitlement | None:
    """Return what an entitlement says, or `None` where it is not of this form (a `:res:` capability is not)."""
    if len(text) > _LONGEST:
        return None
    urn, has_authority, fragment = text.partition("#")
    scheme, _, rest = urn.partition(":")
    nid, *parts = rest.split(":")
    if scheme.lower() != "urn" or not _NID.fullmatch(nid.lower()) or "group" not in parts[1:]:
        return None
    if not all(_COMPONENT.fullmatch(part) for part in parts) or (has_authority and not _is_authority(fragment)):
        return None
    at = parts.index("group", 1)
    if "%" in "".join(parts[:at]):
        return None  # an encoded ":" would read like a namespace below another one
    groups, role = parts[at + 1 :], ""
    if groups and groups[-1].startswith(_ROLE):
        role = groups.pop().removeprefix(_ROLE)
        if not role:
            return None
    if not groups or any(group.startswith(_ROLE) for group in groups):
        return None
    try:
        return Entitlement(
            namespace=":".join(("urn", nid.lower(), *parts[:at])),
            groups=tuple(_plain(group) for group in groups),
            role=_plain(role),
            authority=_plain(fragment),
        )
    except UnicodeDecodeError:
        return None


def asked_entitlement(text: str) -> Entitlement:
    """Return what somebody asks for who writes an entitlement into an agreement or a setting.

    Raises:
        ValueError: it is not of the form, or has a `*`: entitlements are compared as they are, so that nobody has it.
    """
    found = parse_entitlement(text)
    if found is None:
        raise ValueError(f"{text!r} is no entitlement: urn:NID:NAMESPACE:group:GROUP[:role=ROLE][#AUTHORITY]")
    if "*" in text:
        raise ValueError(
            f"{text!r} has a *, which stands for nothing but itself: name the group, whose subgroups and roles it "
            "holds for too; without #AUTHORITY it may come from any"
        )
    return found


def _is_authority(text: str) -> bool:
    return bool(text) and all(_COMPONENT.fullmatch(part) for part in text.split(":"))


def _plain(component: str) -> str:
    return unquote_to_bytes(component).decode()
