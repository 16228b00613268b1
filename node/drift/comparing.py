"""One object held against its row: which of the nine classes it falls into, and whether that is an incident. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from node.errors import LabelError
from node.model.drift import Drift
from node.model.label import Label, Zone
from node.sovereignty.labels import tightens
from node.sovereignty.mac import MacKeys, verify
from node.sovereignty.place import obstacles
from node.sovereignty.tags import LABEL_TAGS, MAC_TAG
from node.storage.drift_rows import ObjectRow
from node.storage.objects.protocols import Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A class, whether it is an incident, what was found, and the label that the object carries where it verifies."""

    drift: Drift
    incident: bool = False
    detail: str = ""
    found: Label | None = None


_OK = Verdict(drift=Drift.OK)


def compare(expected: ObjectRow, observed: Observed, zone: Zone, bucket: str, keys: MacKeys, today: dt.date) -> Verdict:
    """Hold an object that is in the zone where its row says it is against that row.

    The first that does not hold decides: bytes, tags, MAC, label, place.
    """
    if (observed.digest, observed.size) != (expected.digest, expected.size):
        return Verdict(drift=Drift.CONTENT, incident=True, detail="its bytes are not those that were put there")
    absent = [name for name in (*LABEL_TAGS, MAC_TAG) if name not in observed.tags]
    if absent:
        return Verdict(drift=Drift.MISSING, incident=True, detail=f"it has no tag {', '.join(absent)}")
    try:
        found = verify(observed.tags, bucket, expected.key, keys)
    except LabelError as error:
        return Verdict(drift=Drift.MAC, incident=True, detail=error.message)
    if expected.verified is False or expected.label is None:
        return Verdict(
            drift=Drift.STALE, incident=True, detail="the database's row is not as the node wrote it", found=found
        )
    if found != expected.label:
        looser = not tightens(found, expected.label)
        detail = (
            "it carries another label than the database says, and a looser one" if looser else "its label is stricter"
        )
        return Verdict(drift=Drift.STALE, incident=looser, detail=detail, found=found)
    reasons = obstacles(expected.label, zone, today=today)
    if reasons:
        detail = f"the zone may not hold it: {', '.join(reasons)}"
        return Verdict(drift=Drift.WRONG_ZONE, incident=True, detail=detail, found=found)
    stamped = _stamped(observed.metadata, zone)
    if stamped:
        return Verdict(drift=Drift.WRONG_ZONE, detail=stamped, found=found)
    return Verdict(drift=Drift.OK, found=found)


def compare_elsewhere(expected: ObjectRow, zone: Zone, today: dt.date) -> Verdict:
    """Judge a copy that lies in another zone than its row says."""
    why = obstacles(expected.label, zone, today=today) if expected.label is not None else ("its label is unknown",)
    told = f", and this zone may not hold it: {', '.join(why)}" if why else ""
    return Verdict(
        drift=Drift.WRONG_ZONE, incident=bool(why), detail=f"the database says it is in zone {expected.zone}{told}"
    )


def _stamped(metadata: Mapping[str, str], zone: Zone) -> str:
    """Return how the evidence on an object contradicts the zone that it lies in."""
    for name, value in (("zone", zone.name), ("country", zone.country)):
        stamp = metadata.get(f"fairnode-{name}")
        if stamp != value:
            return f"its evidence says {name} {stamp or 'nothing'}, and it lies in {value}"
    return ""
