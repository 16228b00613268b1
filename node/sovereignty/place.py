"""Where an object may be stored: the first storage zone that its label admits, and never a default one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from node.errors import NoAdmissibleZone
from node.model.label import Access, Label, Zone
from node.sovereignty.labels import conflicts
from node.sovereignty.zones import admits


def place(label: Label, zones: Sequence[Zone], *, today: dt.date) -> Zone:
    """Return the first of the zones that may hold an object with this label.

    Raises:
        NoAdmissibleZone: none may; the message says for each zone why.
    """
    refusals = []
    for zone in zones:
        reasons = obstacles(label, zone, today=today)
        if not reasons:
            return zone
        refusals.append(f"{zone.name}: {', '.join(reasons)}")
    raise NoAdmissibleZone(f"no storage zone may hold the object: {'; '.join(refusals) or 'there is none'}")


def obstacles(label: Label, zone: Zone, *, today: dt.date) -> tuple[str, ...]:
    """Return every reason why a zone may not hold an object with this label; none where it may."""
    return tuple(_obstacles(label, zone, today))


def _obstacles(label: Label, zone: Zone, today: dt.date) -> Iterator[str]:
    yield from conflicts(label)
    if zone.locked:
        # What has to be erased, or moved because its label tightens, could not be.
        yield "its objects are locked against deletion"
    if not admits(label.zones, zone.country, today):
        yield f"country {zone.country} does not lie in {'/'.join(sorted(label.zones)) or 'any zone'}"
    if zone.assurance < label.assurance:
        yield f"assurance {zone.assurance} is below {label.assurance}"
    if zone.tier < label.access:
        yield f"tier {zone.tier.name.lower()} is below {label.access.name.lower()}"
    if label.access >= Access.RESTRICTED:
        if not zone.encrypted:
            yield f"{label.access.name.lower()} objects need encryption at rest"
        if not zone.versioned:
            yield f"{label.access.name.lower()} objects need versioning"
