"""DDI Lifecycle, read: the study unit of an instance, and the number of its variables and questions.

Specifications: DDI Lifecycle 3.1, 3.2 and 3.3 (https://ddialliance.org/Specification/DDI-Lifecycle/3.3/).
"""

from __future__ import annotations

from dataclasses import replace

from lxml.etree import _Element as Element

from node.errors import MappingError
from node.mapping.ddi.study_unit import read_study_unit
from node.mapping.draft import Draft
from node.mapping.elements import Reading, at, local_name
from node.mapping.envelope import summary, take_whole
from node.mapping.protocols import XML, MappingContext
from node.model.mapped import Mapped
from node.syntax import parse_xml

INSTANCE = "ddi:instance:"


class DdiLifecycle:
    """The crosswalk of `oai_ddi33`."""

    prefixes: tuple[str, ...] = (
        "oai_ddi33", "ddi33", "oai_ddi32", "ddi32", "oai_ddi31", "ddi31", "ddi3", "ddi_l", "oai_ddi3",
    )  # fmt: skip
    namespaces: tuple[str, ...] = (f"{INSTANCE}*", "ddi:studyunit:*")
    media_types: tuple[str, ...] = XML

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map the study unit of an instance or a fragment instance, the first of several; see `Crosswalk.read`.

        Raises:
            MappingError: it holds no study unit.
        """
        document = parse_xml(payload)
        studies = [one for one in document.iter("*") if local_name(one) == "StudyUnit"]
        if not studies:
            raise MappingError(f"{document.tag!r} holds no study unit of DDI Lifecycle")
        study = studies[0]
        reading = Reading(document)
        if len(studies) > 1:
            message = f"the instance holds {len(studies)} study units, the first was read"
            reading.note("mapping.several-resources", message, studies[1])
        draft = Draft(reading, context)
        read_study_unit(draft, study, document)
        _take_bookkeeping(reading, document, study)
        described = [one for one in document.iter(*_LONG) if not any(True for _ in one.iterancestors(*_LONG))]
        fragments = [one for one in at(document, "Fragment") if not any(True for _ in one.iter(*_REFERRED))]
        told = summary(reading, described, "description of variables, questions and codes")
        told += summary(reading, fragments, "further fragments")
        mapped = draft.mapped()
        return replace(mapped, unmapped=(*mapped.unmapped, *told))


CROSSWALK = DdiLifecycle()


def _take_bookkeeping(reading: Reading, document: Element, study: Element) -> None:
    """Mark what names and versions parts of the document, and what the instance says of itself."""
    for attribute in list(document.attrib):
        reading.attribute(document, str(attribute))
    for element in document.iter("*"):
        name = local_name(element)
        # What a reference leads to is not found in every document: then its ID is all that is told.
        if name in _NUMBERS and _is_reference(element.getparent()):
            continue
        if name in _BOOKKEEPING or name in _NUMBERS:
            take_whole(reading, element)
        for attribute in _ATTRIBUTES:
            if attribute in element.attrib:
                reading.attribute(element, attribute)
    if study is not document:
        take_whole(reading, *at(document, "Citation"))


def _is_reference(element: Element | None) -> bool:
    return element is not None and local_name(element).endswith("Reference")


_LONG = (
    "{*}LogicalProduct", "{*}PhysicalDataProduct", "{*}QuestionScheme", "{*}ControlConstructScheme",
    "{*}InstrumentScheme", "{*}VariableScheme", "{*}CategoryScheme", "{*}CodeListScheme",
)  # fmt: skip
_REFERRED = ("{*}StudyUnit", "{*}Organization", "{*}Individual", "{*}GeographicLocation")
_NUMBERS = frozenset({"ID", "URN"})
_BOOKKEEPING = frozenset({"Agency", "Version", "TypeOfObject", "VersionResponsibility", "VersionRationale"})
_ATTRIBUTES = (
    "id", "agency", "version", "versionDate", "urn", "isMaintainable", "isIdentifiable", "isVersionable",
    "scopeOfUniqueness", "isUniversallyUnique", "translated", "translatable", "translationSourceLanguage",
    "typeOfIdentifier", "typeOfUserID",
)  # fmt: skip
