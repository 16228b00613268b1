"""How a record came here: the provenance that its source gives.

OAI-PMH guidelines: https://www.openarchives.org/OAI/2.0/guidelines-provenance.htm
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml.etree import _Element as Element

from node.errors import FairnodeError
from node.namespaces import OAI_PROVENANCE
from node.syntax import parse_xml


def origin_of(about: Sequence[bytes]) -> Element | None:
    """Return the source's own provenance, to be nested in ours (OAI-PMH guidelines for provenance)."""
    for container in about:
        if OAI_PROVENANCE.encode() not in container:
            continue
        try:
            root = parse_xml(container)
        except FairnodeError:
            continue
        found = root.find(f".//{{{OAI_PROVENANCE}}}originDescription")
        if found is not None:
            return found
    return None


def passed_through(origin: Element) -> set[str]:
    """Return the base URLs of all that a record was harvested from on its way, whatever they came after."""
    return {(url.text or "").strip() for url in origin.iter(f"{{{OAI_PROVENANCE}}}baseURL")}
