"""METS documents, read: the description of the object itself in MODS, MARC 21 or Dublin Core, and its files.

Specification: Metadata Encoding and Transmission Standard 1.12 (https://www.loc.gov/standards/mets/).
"""

from __future__ import annotations

from dataclasses import replace

from lxml.etree import _Element as Element

from node.errors import MappingError
from node.mapping import mods
from node.mapping.dcterms.reading import is_term, read_terms
from node.mapping.draft import Draft
from node.mapping.elements import Reading, at, local_name
from node.mapping.envelope import summary, take_whole
from node.mapping.loc.description import MODS, read_mods
from node.mapping.loc.objects import read_files, read_links, read_rights
from node.mapping.marc.coding import other_record
from node.mapping.marc.fields import record_of
from node.mapping.marc.reading import leader_of, read_record
from node.mapping.protocols import XML, MappingContext
from node.model.mapped import Mapped, Unmapped
from node.model.rdf import Literal
from node.syntax import parse_xml
from node.terms import identifiers

METS = "http://www.loc.gov/METS/"


class Mets:
    """The crosswalk of `mets`."""

    prefixes: tuple[str, ...] = ("mets", "oai_mets", "mets_mods", "dspace_mets")
    namespaces: tuple[str, ...] = (METS, "http://www.loc.gov/METS/v2")
    media_types: tuple[str, ...] = XML

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map the object that a `mets` element is about; see `Crosswalk.read`.

        Raises:
            MappingError: it is no METS document, or describes its object in none of the formats that are read.
        """
        document = parse_xml(payload)
        if document.tag in (f"{{{MODS}}}mods", f"{{{MODS}}}modsCollection"):
            return mods.CROSSWALK.read(payload, context)
        root = next((one for one in document.iter("*") if local_name(one) == "mets"), None)
        if root is None:
            raise MappingError(f"{document.tag!r} holds no METS document")
        reading = Reading(document, root)
        draft = Draft(reading, context)
        section, division = _main(root)
        if section is None or not _read_description(draft, section):
            known = "MODS, MARC 21 or Dublin Core"
            raise MappingError(f"the document describes its object in no format that is read ({known})")
        _read_names(draft, root, division)
        told = _rest(draft, root, section, division)
        mapped = draft.mapped()
        return replace(mapped, unmapped=(*mapped.unmapped, *told))


CROSSWALK = Mets()


def _main(root: Element) -> tuple[Element | None, Element | None]:
    """The description of the whole, and the outermost division that refers to one; without a division, the first."""
    sections = [one for one in at(root, "dmdSec") if any(True for _ in one.iter("{*}xmlData"))]
    by_id = {one.get("ID", ""): one for one in sections}
    maps = at(root, "structMap")
    maps.sort(key=lambda one: (one.get("TYPE") or "").upper() != "LOGICAL")
    for structure in maps:
        for division in structure.iter("{*}div"):
            named = [by_id[name] for name in (division.get("DMDID") or "").split() if name in by_id]
            if named:
                return min(named, key=_rank), division
    return min(sections, key=_rank, default=None), None


def _rank(section: Element) -> int:
    """MODS says most, then MARC 21, then Dublin Core."""
    kind = next((one.get("MDTYPE", "").upper() for one in section.iter("{*}mdWrap")), "")
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def _read_description(draft: Draft, section: Element) -> bool:
    for one in (section, *section.iter("{*}mdWrap")):
        _take_attributes(draft.reading, one)
    for data in section.iter("{*}xmlData"):
        for inner in data.iter("*"):
            if local_name(inner) == "mods":
                read_mods(draft, inner)
                return True
        record = record_of(data)
        if record is not None and other_record(leader_of(record)) is None:
            read_record(draft, record)
            return True
        terms = next((one for one in data.iter("*") if any(is_term(child) for child in one)), None)
        if terms is not None:
            read_terms(draft, terms)
            return True
    return False


def _read_names(draft: Draft, root: Element, division: Element | None) -> None:
    """The identifier of the whole; and where the description gives no title, a label of it is one."""
    name = draft.reading.attribute(root, "OBJID")
    if identifiers.resolve(None, name):
        draft.identifier(root, name)
    else:
        draft.notations.add(name or None)
    for element in (division, root):
        label = " ".join((element.get("LABEL") or "").split()) if element is not None else ""
        if label and not len(draft.titles):
            draft.titles.add(Literal(label))


def _rest(draft: Draft, root: Element, section: Element, division: Element | None) -> tuple[Unmapped, ...]:
    """What is not the description; descriptions of parts, and the structure, are told by their number of values."""
    reading, told = draft.reading, list[Unmapped]()
    take_whole(reading, *at(root, "metsHdr"))
    _take_attributes(reading, root)
    names = set((division.get("ADMID") or "").split()) if division is not None else set()
    of_parts = []
    for administrative in at(root, "amdSec"):
        for one in administrative.iterchildren("*"):
            if names and not names & {administrative.get("ID"), one.get("ID")}:
                of_parts.append(one)
            else:
                _read_administrative(draft, one)
        _take_attributes(reading, administrative)
    for files in at(root, "fileSec"):
        told += read_files(draft, files)
    told += summary(reading, of_parts, "rights, links and provenance of parts")
    told += summary(reading, [one for one in at(root, "dmdSec") if one is not section], "further descriptions")
    told += summary(reading, [*at(root, "structMap"), *at(root, "structLink"), *at(root, "behaviorSec")], "structure")
    return tuple(told)


def _read_administrative(draft: Draft, element: Element) -> None:
    for inner in element.iter("*"):
        if local_name(inner) in _READERS:
            _READERS[local_name(inner)](draft, inner)
        elif local_name(inner) in _WRAPPERS:
            _take_attributes(draft.reading, inner)


def _take_attributes(reading: Reading, element: Element) -> None:
    """Mark all attributes of an element as read: those of METS point from part to part."""
    for name in list(element.attrib):
        reading.attribute(element, str(name))


_KINDS = ("MODS", "MARC", "DC")
_READERS = {"rights": read_rights, "links": read_links}
_WRAPPERS = frozenset({"rightsMD", "digiprovMD", "techMD", "sourceMD", "mdWrap", "mdRef"})
