"""CMDI records of any profile, read: header, resource proxies, and the components that profiles share.

Specifications: CMDI 1.2 (https://www.clarin.eu/cmdi1.2-specification) and 1.1, ISO 24622-1 and 24622-2. In 1.2 each
profile has a namespace of its own; elements are known by their local names in both.
"""

from __future__ import annotations

from dataclasses import replace

from node.errors import MappingError
from node.mapping.clarin.components import read_components
from node.mapping.clarin.proxies import read_resources
from node.mapping.draft import Draft
from node.mapping.elements import Reading, at, local_name, namespace
from node.mapping.envelope import take_whole
from node.mapping.protocols import XML, MappingContext
from node.model.mapped import Mapped, Unmapped
from node.syntax import parse_xml

CMD = "http://www.clarin.eu/cmd/"


class Cmdi:
    """The crosswalk of `cmdi`."""

    prefixes: tuple[str, ...] = ("cmdi", "oai_cmdi", "cmdi_1.2", "cmdi12", "cmd", "cmdi_1.1", "cmdi11")
    namespaces: tuple[str, ...] = (f"{CMD}*",)
    media_types: tuple[str, ...] = XML

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map a `CMD` element; see `Crosswalk.read`.

        Raises:
            MappingError: it is no CMDI record, or one without components.
        """
        document = parse_xml(payload)
        root = next((one for one in document.iter("*") if local_name(one) == "CMD"), None)
        sections = at(root, "Components")
        if root is None or not any(len(section) for section in sections):
            raise MappingError(f"{document.tag!r} holds no CMDI record with components")
        reading = Reading(document, root)
        if not namespace(root).startswith(CMD):
            message = f"the record is in {namespace(root) or 'no namespace'}, not in {CMD}1"
            reading.note("mapping.namespace", message, root, namespace(root) or None)
        for element in root.iter("*"):
            for name in list(element.attrib):
                # They tie a component to its specification, and to a proxy.
                if str(name).rpartition("}")[2] in ("ComponentId", "componentId", "ref", "CMDVersion"):
                    reading.attribute(element, str(name))
        draft = Draft(reading, context)
        for section in sections:
            read_components(draft, section)
        told = list[Unmapped]()
        for section in at(root, "Resources"):
            told += read_resources(draft, section)
        take_whole(reading, *at(root, "Header"))
        mapped = draft.mapped()
        return replace(mapped, unmapped=(*mapped.unmapped, *told))


CROSSWALK = Cmdi()
