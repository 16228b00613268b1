"""DDI Codebook, read: a study, its files, and the number of its variables.

Specifications: DDI Codebook 2.5 (https://ddialliance.org/Specification/DDI-Codebook/2.5/), 2.6, and the older 1.x and
2.0 to 2.1, whose elements have the same names.
"""

from __future__ import annotations

from dataclasses import replace

from lxml.etree import _Element as Element

from node.errors import MappingError
from node.mapping import ddi3
from node.mapping.ddi.citation import read_citations
from node.mapping.ddi.files import read_file, read_material
from node.mapping.ddi.study import read_access, read_information, read_method, read_related
from node.mapping.draft import Draft
from node.mapping.elements import Reading, at, local_name, namespace
from node.mapping.envelope import summary, take_whole
from node.mapping.protocols import XML, MappingContext
from node.model.mapped import Mapped
from node.syntax import parse_xml
from node.terms import identifiers

CODEBOOK = "ddi:codebook:"
ICPSR = "http://www.icpsr.umich.edu/DDI"


class DdiCodebook:
    """The crosswalk of `oai_ddi25`."""

    prefixes: tuple[str, ...] = (
        "oai_ddi25", "ddi25", "oai_ddi", "ddi", "ddi_c", "oai_ddi26", "ddi26", "oai_ddi21", "oai_ddi20", "oai_ddi122",
    )  # fmt: skip
    namespaces: tuple[str, ...] = (f"{CODEBOOK}*", f"{ICPSR}*")
    media_types: tuple[str, ...] = XML

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map the study that a `codeBook` describes; see `Crosswalk.read`.

        Raises:
            MappingError: it is no codebook, or one without a study description.
        """
        document = parse_xml(payload)
        if namespace(document).startswith(ddi3.INSTANCE):
            # Repositories call both formats `oai_ddi`.
            return ddi3.CROSSWALK.read(payload, context)
        root = next((one for one in document.iter("*") if local_name(one) == "codeBook"), None)
        studies = at(root, "stdyDscr")
        if root is None or not studies:
            raise MappingError(f"{document.tag!r} holds no study description of a DDI codebook")
        reading = Reading(document, root)
        if not namespace(root).startswith((CODEBOOK, ICPSR)):
            message = f"the codebook is in {namespace(root) or 'no namespace'}, not in {CODEBOOK}2_5"
            reading.note("mapping.namespace", message, root, namespace(root) or None)
        if len(studies) > 1:
            message = f"the codebook holds {len(studies)} study descriptions, the first was read"
            reading.note("mapping.several-resources", message, studies[1])
        _take_bookkeeping(reading, root)
        draft = Draft(reading, context)
        _read_study(draft, studies[0])
        for element in at(root, "fileDscr"):
            read_file(draft, element)
        for element in at(root, "otherMat"):
            read_material(draft, element)
        _read_document(draft, root)
        told = summary(reading, at(root, "dataDscr"), "description of variables")
        mapped = draft.mapped()
        return replace(mapped, unmapped=(*mapped.unmapped, *told))


CROSSWALK = DdiCodebook()


def _read_study(draft: Draft, study: Element) -> None:
    read_citations(draft, at(study, "citation"))
    for element in at(study, "stdyInfo"):
        read_information(draft, element)
    for element in at(study, "method"):
        read_method(draft, element)
    read_access(draft, at(study, "dataAccs"))
    for element in at(study, "othrStdyMat"):
        read_related(draft, element)


def _read_document(draft: Draft, root: Element) -> None:
    """The codebook about itself; where it is held is a page about the study."""
    known = set(draft.links)
    for element in at(root, "docDscr/citation/holdings"):
        address = identifiers.iri(element.get("URI", ""))
        if address and address not in known:
            draft.pages.add(address)
    take_whole(draft.reading, *at(root, "docDscr"))


def _take_bookkeeping(reading: Reading, root: Element) -> None:
    """Mark what names parts of the document, and not anything in the world."""
    for name in list(root.attrib):
        reading.attribute(root, str(name))
    for element in root.iter("*"):
        for name in _BOOKKEEPING:
            if name in element.attrib:
                reading.attribute(element, name)


_BOOKKEEPING = (
    "ID", "source", "elementVersion", "elementVersionDate", "ddiLifecycleUrn", "ddiCodebookUrn", "xml-lang",
)  # fmt: skip
