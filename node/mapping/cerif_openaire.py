"""CERIF as OpenAIRE profiles it for research information systems, read.

Specification: OpenAIRE Guidelines for CRIS Managers 1.1 and 1.2
(https://openaire-guidelines-for-cris-managers.readthedocs.io/). Outputs of research are datasets in DCAT's sense, with
their own type; equipment is an instrument, a facility an infrastructure, and a service is one of data where it has an
endpoint.
"""

from __future__ import annotations

from node.errors import MappingError
from node.mapping.cerif.reading import read_entity
from node.mapping.draft import Draft
from node.mapping.elements import Reading, local_name, namespace
from node.mapping.protocols import XML, MappingContext
from node.model.dcat import ResourceKind
from node.model.mapped import Mapped
from node.syntax import parse_xml

PROFILE = "https://www.openaire.eu/cerif-profile/"


class CerifOpenAire:
    """The crosswalk of `oai_cerif_openaire`."""

    prefixes: tuple[str, ...] = (
        "oai_cerif_openaire", "cerif_openaire", "oai_cerif_openaire_1.1", "oai_cerif_openaire_1.2",
        "oai_cerif_openaire_v1_1", "oai_cerif_openaire_v1_2",
    )  # fmt: skip
    namespaces: tuple[str, ...] = (f"{PROFILE}*",)
    media_types: tuple[str, ...] = XML

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map an output of research, or what an infrastructure offers; see `Crosswalk.read`.

        Raises:
            MappingError: it is no entity of CERIF, or one that is no resource, such as a person.
        """
        document = parse_xml(payload)
        root = next((one for one in document.iter("*") if local_name(one) in _ENTITIES), None)
        if root is None:
            raise MappingError(f"{document.tag!r} holds no entity of the CERIF profile of OpenAIRE")
        name = local_name(root)
        if name in _OTHERS:
            raise MappingError(f"the record describes {_OTHERS[name]} ({name}), not a dataset or a service")
        reading = Reading(document, root)
        if not namespace(root).startswith(PROFILE):
            message = f"{name} is in {namespace(root) or 'no namespace'}, not in {PROFILE}…"
            reading.note("mapping.namespace", message, root, namespace(root) or None)
        draft = Draft(reading, context)
        read_entity(draft, root)
        if name in _OFFERED:
            draft.kind = _OFFERED[name]
            if draft.endpoint is not None and draft.kind is ResourceKind.SERVICE:
                draft.kind = ResourceKind.DATA_SERVICE
        return draft.mapped()


CROSSWALK = CerifOpenAire()

_OUTPUTS = frozenset({"Product", "Publication", "Patent"})
_OFFERED = {
    "Equipment": ResourceKind.INSTRUMENT,
    "Facility": ResourceKind.INFRASTRUCTURE,
    "Service": ResourceKind.SERVICE,
}
_OTHERS = {
    "Person": "a person",
    "OrgUnit": "an organisation unit",
    "Project": "a project",
    "Funding": "a funding",
    "Event": "an event",
}
_ENTITIES = _OUTPUTS | _OFFERED.keys() | _OTHERS.keys()
