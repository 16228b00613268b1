"""MARC 21 bibliographic records in XML, read.

Specifications: MARC 21 XML Schema (https://www.loc.gov/standards/marcxml/), MARC 21 Format for Bibliographic Data
(https://www.loc.gov/marc/bibliographic/).
"""

from __future__ import annotations

from node.errors import MappingError
from node.mapping.draft import Draft
from node.mapping.elements import Reading, namespace
from node.mapping.marc.coding import other_record
from node.mapping.marc.fields import record_of
from node.mapping.marc.reading import leader_of, read_record
from node.mapping.protocols import XML, MappingContext
from node.model.mapped import Mapped
from node.syntax import parse_xml

MARC = "http://www.loc.gov/MARC21/slim"
OAI_MARC = "http://www.openarchives.org/OAI/1.1/oai_marc"


class MarcXml:
    """The crosswalk of `marcxml`."""

    prefixes: tuple[str, ...] = ("marcxml", "marc21", "marc", "oai_marc", "marc_xml", "marc21xml")
    namespaces: tuple[str, ...] = (MARC, OAI_MARC)
    media_types: tuple[str, ...] = XML

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map a `record`, or the first of a `collection`; see `Crosswalk.read`.

        Raises:
            MappingError: it is no MARC record, or one that describes no resource, such as an authority.
        """
        document = parse_xml(payload)
        record = record_of(document)
        if record is None:
            raise MappingError(f"{document.tag!r} holds no MARC record")
        other = other_record(leader_of(record))
        if other is not None:
            raise MappingError(f"the record describes {other}, not a dataset or a service (leader/06)")
        reading = Reading(document, record)
        if namespace(record) not in self.namespaces:
            message = f"the record is in {namespace(record) or 'no namespace'}, not in {MARC}"
            reading.note("mapping.namespace", message, record, namespace(record) or None)
        draft = Draft(reading, context)
        read_record(draft, record)
        return draft.mapped()


CROSSWALK = MarcXml()
