"""MODS records, read.

Specification: Metadata Object Description Schema 3 (https://www.loc.gov/standards/mods/).
"""

from __future__ import annotations

from node.errors import MappingError
from node.mapping.draft import Draft
from node.mapping.elements import Reading, local_name, namespace
from node.mapping.loc.description import MODS, read_mods
from node.mapping.protocols import XML, MappingContext
from node.model.mapped import Mapped
from node.syntax import parse_xml


class Mods:
    """The crosswalk of `mods`."""

    prefixes: tuple[str, ...] = ("mods", "oai_mods", "mods3", "mods_v3")
    namespaces: tuple[str, ...] = (MODS,)
    media_types: tuple[str, ...] = XML

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map a `mods` element, or the first of a `modsCollection`; see `Crosswalk.read`.

        Raises:
            MappingError: it holds no MODS record.
        """
        document = parse_xml(payload)
        records = [one for one in document.iter("*") if local_name(one) == "mods"]
        if not records:
            raise MappingError(f"{document.tag!r} holds no MODS record")
        record = records[0]
        reading = Reading(document, record)
        if namespace(record) != MODS:
            message = f"the record is in {namespace(record) or 'no namespace'}, not in {MODS}"
            reading.note("mapping.namespace", message, record, namespace(record) or None)
        if len(records) > 1:
            message = f"the collection holds {len(records)} records, the first was read"
            reading.note("mapping.several-resources", message, document)
        draft = Draft(reading, context)
        read_mods(draft, record)
        return draft.mapped()


CROSSWALK = Mods()
