"""Who may see what: one pure, total function that every outlet asks, and that denies whatever it does not know.

The rules in words: `docs/reference/sovereignty-labels.md`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from enum import IntEnum

from node.errors import LabelError
from node.model.label import CRITICAL, Access, Audience, Decision, Label, PersonalData
from node.model.peer import Guest, Peer, Viewer
from node.model.reader import Admission, Reader
from node.sovereignty import zones
from node.sovereignty.assurance import reaches
from node.sovereignty.labels import DENY_ALL, conflicts
from node.sovereignty.tags import from_json

ACTIONS = frozenset({"read", "list", "query", "download"})


def decide(audience: Audience, action: str, label: Label, *, today: dt.date, frozen: bool = False) -> Decision:
    """Permit or deny an action on something with this label; denied unless every rule permits.

    Tightening any dimension of the label never turns a denial into a permission. Nothing is raised: what cannot be
    decided is denied.

    Args:
        frozen: release is frozen, as when the source's agreement has expired.
    """
    try:
        reasons = tuple(_denials(audience, action, label, today, frozen))
    except Exception as error:
        # Fail closed: a label or an audience that breaks a rule is not one that passes it.
        return Decision(permitted=False, reasons=(f"the decision could not be made ({type(error).__name__})",))
    return Decision(permitted=not reasons, reasons=reasons)


def decide_for_peer(
    peer: Peer, action: str, label: Label, *, today: dt.date, named: bool, frozen: bool = False
) -> Decision:
    """Permit or deny a peer an action on something with this label.

    What everybody may have it may have as well. Beyond that the agreement with the source has to name it, and it has
    to be admitted to what the label says in every dimension: a peer keeps what it gets, so country and assurance count.

    Args:
        named: the agreement with the source names the peer.
        frozen: see `decide`.
    """
    everybody = decide(Audience.PUBLIC, action, label, today=today, frozen=frozen)
    if everybody:
        return everybody
    try:
        reasons = tuple(_peer_denials(peer, action, label, today, named, frozen))
    except Exception as error:
        return Decision(permitted=False, reasons=(f"the decision could not be made ({type(error).__name__})",))
    return Decision(permitted=not reasons, reasons=reasons)


def decide_for_reader(
    reader: Reader, action: str, label: Label, *, today: dt.date, admission: Admission | None
) -> Decision:
    """Permit or deny a reader an action on something with this label.

    What everybody who is known may have they may have as well. Beyond that the agreement with the source has to admit
    them: by an entitlement that it names, or by a token of this node for that source. What is confidential asks besides
    for the assurance that the agreement asks for, and for an organisation in a country that lies in the label's zones.

    Args:
        admission: what the agreement with the source asks; `None` admits nobody, and so does one that has expired.
    """
    everybody = decide(Audience.REGISTERED, action, label, today=today)
    if everybody:
        return everybody
    try:
        reasons = tuple(_reader_denials(reader, action, label, today, admission))
    except Exception as error:
        return Decision(permitted=False, reasons=(f"the decision could not be made ({type(error).__name__})",))
    return Decision(permitted=not reasons, reasons=reasons)


def decide_for(viewer: Viewer, action: str, label: Label, *, today: dt.date, admission: Admission | None) -> Decision:
    """Permit or deny any viewer an action on something with this label, as it is already kept.

    Args:
        admission: what the agreement with the source says of guests, and whether it has expired; `None` admits none.
    """
    if isinstance(viewer, Reader):
        return decide_for_reader(viewer, action, label, today=today, admission=admission)
    if not isinstance(viewer, Peer):
        return decide(viewer, action, label, today=today)
    # What is out stays out: an agreement that has expired takes from no peer what everybody has.
    everybody = decide(Audience.PUBLIC, action, label, today=today)
    if everybody:
        return everybody
    named = admission is not None and lets_in(admission, viewer)
    frozen = admission is not None and admission.frozen
    return decide_for_peer(viewer, action, label, today=today, named=named, frozen=frozen)


def lets_in(admission: Admission, guest: Guest) -> bool:
    """Return whether an agreement lets a guest in at all, whatever labels say then."""
    if isinstance(guest, Peer):
        return guest.name in admission.peers
    by_token = admission.source in guest.sources
    return by_token or any(held.satisfies(asked) for held in guest.entitlements for asked in admission.entitlements)


def admits(viewer: Viewer, action: str, stored: object, today: dt.date, admission: Admission | None = None) -> bool:
    """Decide again, today, on a stored label: it may have run out since; one that cannot be read admits nobody.

    Args:
        admission: see `decide_for`.
    """
    if not isinstance(stored, dict):
        return False
    try:
        return bool(decide_for(viewer, action, from_json(stored), today=today, admission=admission))
    except LabelError:
        return False


def is_over(label: Label, today: dt.date) -> bool:
    """Tell whether the day has come by which something with this label has to be erased: then nobody may have it."""
    return label.retention.erase_by is not None and label.retention.erase_by <= today


def audience_of(label: Label, today: dt.date, *, frozen: bool = False) -> Audience | None:
    """Return the least trusted audience that may read something with this label; `None` where nobody may."""
    for audience in Audience:
        if decide(audience, "read", label, today=today, frozen=frozen):
            return audience
    return None


# The least audience that a critical technology asks for; what is not assessed may be the worst.
_CRITICAL_FLOOR = {
    technology: Audience.RESTRICTED if technology in ("dual-use", "unassessed") else Audience.REGISTERED
    for technology in CRITICAL
}


def _denials(audience: Audience, action: str, label: Label, today: dt.date, frozen: bool) -> Iterator[str]:
    if action not in ACTIONS:
        yield f"unknown action {action!r}"
    if not _is_a(Audience, audience):
        yield f"unknown audience {audience!r}"
        return
    if frozen and audience < Audience.STEWARD:
        yield "release is frozen: the agreement with the source has expired"
    yield from _class_denials(audience, label)
    yield from _policy_denials(label)
    yield from _time_denials(label, today)


def _peer_denials(peer: Peer, action: str, label: Label, today: dt.date, named: bool, frozen: bool) -> Iterator[str]:
    if action not in ACTIONS:
        yield f"unknown action {action!r}"
    if named is not True:
        yield f"the agreement with the source does not name the peer {peer.name}"
    if peer.until is not None and peer.until <= today:
        yield f"the agreement with the peer {peer.name} ended on {peer.until}"
    if frozen is not False:
        yield "release is frozen: the agreement with the source has expired"
    # Confidential things stay with this node's own stewards, whatever a registry says.
    if not _is_a(Access, label.access) or label.access > min(peer.access, Access.RESTRICTED):
        yield f"access is {_word(label.access)}, and the peer is admitted to {_word(peer.access)}"
    if not _is_a(PersonalData, label.personal) or label.personal > peer.personal:
        yield f"personal data: {_word(label.personal)}, and the peer is admitted to {_word(peer.personal)}"
    for technology in sorted(label.critical - (peer.critical & CRITICAL)):
        yield f"critical technology: {technology}, and the peer is not cleared for it"
    if not zones.admits(label.zones, peer.country, today):
        yield f"the peer's country {peer.country} does not lie in {'/'.join(sorted(label.zones))}"
    if not isinstance(label.assurance, int) or peer.assurance < label.assurance:
        yield f"the peer's assurance {peer.assurance} is below {label.assurance}"
    yield from _policy_denials(label)
    yield from _time_denials(label, today)


def _reader_denials(
    reader: Reader, action: str, label: Label, today: dt.date, admission: Admission | None
) -> Iterator[str]:
    if action not in ACTIONS:
        yield f"unknown action {action!r}"
    if admission is None or not lets_in(admission, reader):
        yield "they hold no entitlement that the agreement with the source names"
    elif admission.frozen is not False:
        yield "release is frozen: the agreement with the source has expired"
    if _is_a(Access, label.access) and label.access is Access.CONFIDENTIAL:
        asked = admission.assurance if admission is not None else ""
        if not reaches(reader.assurance, asked):
            yield "access is confidential, and " + (
                f"they are not identified as well as {asked}" if asked else "the agreement asks for no assurance"
            )
        if not reader.country:
            yield "access is confidential, and the country of their organisation is not known"
        elif not zones.admits(label.zones, reader.country, today):
            yield f"the country of their organisation, {reader.country}, is not in {'/'.join(sorted(label.zones))}"
        label = dataclasses.replace(label, access=Access.RESTRICTED)
    yield from _class_denials(Audience.RESTRICTED, label)
    yield from _policy_denials(label)
    yield from _time_denials(label, today)


def _word(member: object) -> str:
    return member.name.lower() if isinstance(member, Access | PersonalData) else repr(member)


def _time_denials(label: Label, today: dt.date) -> Iterator[str]:
    yield from conflicts(label)
    if is_over(label, today):
        yield f"to be erased by {label.retention.erase_by}"


def _class_denials(audience: Audience, label: Label) -> Iterator[str]:
    if not _is_a(Access, label.access):
        yield f"unknown access class {label.access!r}"
    elif audience < label.access:
        yield f"access is {label.access.name.lower()}"
    if not _is_a(PersonalData, label.personal):
        yield f"unknown class of personal data {label.personal!r}"
    elif audience < label.personal:
        yield f"personal data: {label.personal.name.lower()}"
    for technology in sorted(label.critical):
        floor = _CRITICAL_FLOOR.get(technology)
        if floor is None:
            yield f"unknown critical technology {technology!r}"
        elif audience < floor:
            yield f"critical technology: {technology}"


def _policy_denials(label: Label) -> Iterator[str]:
    for policy in sorted(label.policies):
        # A policy that nothing evaluates cannot permit, and all of them must.
        yield f"policy {policy}" if policy == DENY_ALL else f"policy {policy} is unknown to this node"


def _is_a(kind: type[IntEnum], value: object) -> bool:
    # A bare number compares with an IntEnum; one that is too low would pass every comparison.
    return isinstance(value, kind)
