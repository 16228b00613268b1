"""How a record came here: the provenance that its source gives.

OAI-PMH guidelines: https://www.openarchives.org/OAI/2.0/guidelines-provenance.htm
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.etree import _Element as Element

from node.errors import FairnodeError
from node.namespaces import OAI_PROVENANCE, XSI
from node.syntax import element_bytes, parse_xml, uri_text

_NS = f"{{{OAI_PROVENANCE}}}"
_TOLD = tuple(f"{_NS}{name}" for name in ("baseURL", "identifier", "datestamp", "metadataNamespace"))
_STATION = f"{_NS}originDescription"
_UTC = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", re.ASCII)


def origin_of(about: Sequence[bytes]) -> Element | None:
    """Return the source's own provenance, to be nested in ours (OAI-PMH guidelines for provenance)."""
    for container in about:
        if OAI_PROVENANCE.encode() not in container:
            continue
        try:
            root = parse_xml(container)
        except FairnodeError:
            continue
        found = root.find(f".//{_STATION}")
        if found is not None:
            return found
    return None


def passed_through(origin: Element) -> set[str]:
    """Return the base URLs of all that a record was harvested from on its way, whatever they came after."""
    return {(url.text or "").strip() for url in origin.iter(f"{_NS}baseURL")}


def nested(origin: Element) -> str | None:
    """Return what of a source's provenance can stand in ours: the stations, latest first, up to one that breaks the
    schema (https://www.openarchives.org/OAI/2.0/provenance.xsd), whose answers would be broken by it.

    What cannot stand is cut off.
    """
    above: Element | None = None
    station: Element | None = origin
    while station is not None:
        if not _is_whole(station):
            if above is None:
                return None
            above.remove(station)
            break
        above, station = station, station.find(_STATION)
    return element_bytes(origin).decode("utf-8")


def _is_whole(station: Element) -> bool:
    inside = [each for each in station if isinstance(each.tag, str)]
    told, further = inside[: len(_TOLD)], inside[len(_TOLD) :]
    values = [(each.text or "").strip() for each in told]
    loose = [station.text, *(each.tail for each in station)]
    return (
        tuple(each.tag for each in told) == _TOLD
        and [each.tag for each in further] in ([], [_STATION])
        and not any(len(each) or each.attrib for each in told)
        and {name for name in station.attrib if not name.startswith(f"{{{XSI}}}")} == {"harvestDate", "altered"}
        and station.get("altered") in ("true", "false", "1", "0")
        and all(_UTC.fullmatch(date) for date in (station.get("harvestDate") or "", values[2]))
        and all(uri_text(values[place]) == values[place] for place in (0, 1, 3))
        and not any((text or "").strip() for text in loose)
    )
