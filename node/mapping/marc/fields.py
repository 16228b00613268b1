"""The fields of a MARC 21 record, of `marcxml` (MARC 21 slim) and of the older `oai_marc`, under names that tell them.

Specifications: MARC 21 XML Schema (https://www.loc.gov/standards/marcxml/), oai_marc
(http://www.openarchives.org/OAI/1.1/oai_marc.xsd). Every field has the same element name in both; in accounts and
findings they are called `datafield.245` and `subfield.a`, so that a path says which is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element as Element

from node.mapping.elements import Reading, all_text, local_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One variable data field.

    Attributes:
        tag: three characters, such as `245`.
        first, second: its indicators, a blank where there is none.
        subfields: code and element, in order.
    """

    element: Element
    tag: str
    first: str
    second: str
    subfields: tuple[tuple[str, Element], ...]

    def of(self, codes: str) -> list[Element]:
        """Return the subfields with one of the codes, in the order of the record."""
        return [element for code, element in self.subfields if code in codes]

    def peek(self, codes: str) -> str:
        """Return the text of the first subfield with one of the codes, without taking it."""
        return next((text for element in self.of(codes) if (text := all_text(element).strip())), "")

    def take(self, reading: Reading, codes: str) -> str:
        """Take the first subfield that has one of the codes and a text; empty where there is none."""
        return next((text for element in self.of(codes) if (text := reading.line(element))), "")

    def joined(self, reading: Reading, codes: str, separator: str = " ") -> str:
        """Take all subfields with one of the codes as one text."""
        return separator.join(text for element in self.of(codes) if (text := reading.line(element)))


def record_of(root: Element) -> Element | None:
    """Return the record in a document: its root, or the first record of a collection."""
    return next((one for one in root.iter("*") if _is_record(one)), None)


def name_fields(record: Element) -> tuple[dict[str, list[Element]], list[Field]]:
    """Name the fields of a record by their tags, and return control fields by tag and the data fields in order."""
    control: dict[str, list[Element]] = {}
    data: list[Field] = []
    for element in record.iterchildren("*"):
        kind = _NAMES.get(local_name(element))
        tag = _taken(element, "tag", "id").zfill(3)
        if kind == "leader":
            control.setdefault("leader", []).append(element)
        elif kind is not None and _TAG.fullmatch(tag):
            _rename(element, kind, tag)
            if kind == "controlfield":
                control.setdefault(tag, []).append(element)
            else:
                first, second = (_taken(element, *names) or " " for names in (("ind1", "i1"), ("ind2", "i2")))
                data.append(
                    Field(element=element, tag=tag, first=first, second=second, subfields=tuple(_subfields(element)))
                )
    return control, data


def is_oai_marc(record: Element) -> bool:
    """Tell whether a record is `oai_marc`, which has no leader but attributes."""
    return local_name(record) == "oai_marc"


def control_text(element: Element) -> str:
    """Return the text of a control field; the quotation marks that `oai_marc` puts around it do not belong to it."""
    text = all_text(element)
    quoted = _QUOTED.fullmatch(text)
    return quoted["text"] if quoted else text


def plain(text: str) -> str:
    """Return a text without the ISBD punctuation that ends it; the full stop of an initial or abbreviation stays."""
    shorter = text.strip()
    for _ in range(_MOST_MARKS):
        before = shorter
        shorter = _ISBD.sub("", shorter).strip()
        last = shorter.rpartition(" ")[2]
        if shorter.endswith(".") and len(last) > _SHORT and "." not in last[:-1]:
            shorter = shorter[:-1]
        if shorter == before:
            break
    return shorter


def _is_record(element: Element) -> bool:
    return local_name(element) in _RECORDS and any(local_name(child) in _NAMES for child in element)


def _subfields(element: Element) -> Iterator[tuple[str, Element]]:
    for child in element.iterchildren("*"):
        code = _taken(child, "code", "label")
        if local_name(child) == "subfield" and _CODE.fullmatch(code):
            _rename(child, "subfield", code)
            yield code, child


def _taken(element: Element, *names: str) -> str:
    """The first of the attributes that is there, taken off the element."""
    return next((value.strip() for name in names if (value := element.attrib.pop(name, ""))), "")


def _rename(element: Element, kind: str, name: str) -> None:
    namespace, brace, _ = str(element.tag).rpartition("}")
    element.tag = f"{namespace}{brace}{kind}.{name}"


_RECORDS = frozenset({"record", "oai_marc"})
_NAMES = {
    "leader": "leader",
    "controlfield": "controlfield",
    "fixfield": "controlfield",
    "datafield": "datafield",
    "varfield": "datafield",
}
_TAG = re.compile(r"[0-9A-Za-z]{3}")
_QUOTED = re.compile(r'\s*"(?P<text>.*)"\s*', re.DOTALL)
_CODE = re.compile(r"[0-9A-Za-z]")
_ISBD = re.compile(r"(?:(?<!\s)\s+[/:;=]|[,;:/=])$")
_MOST_MARKS = 20
_SHORT = 4
