"""A raw record as a tree of parts: the elements and attributes of XML, the members of JSON, each with its line.

The lines of JSON are found by its tokens (RFC 8259, section 2, https://www.rfc-editor.org/rfc/rfc8259): the parser
gives none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml.etree import _Element as Element

from node.mapping.elements import local_name, namespace
from node.syntax import JsonValue


@dataclass(slots=True, eq=False)
class Part:
    """An element, an attribute (`@name`) or a member.

    Attributes:
        name: local name; in MARC with the tag, such as `datafield.245`; empty for the items of an array.
        path: from the root on, as it is shown.
        line: counted from 1; `None` where it is not known.
        text: its own text, white space made single.
        iri: namespace and local name, which in RDF/XML is the property.
    """

    name: str
    path: str
    line: int | None
    text: str = ""
    iri: str = ""
    above: Part | None = None
    below: list[Part] = field(default_factory=list)

    def walk(self) -> Iterator[Part]:
        """Yield the part and all it holds, in document order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting += reversed(part.below)

    def texts(self) -> Iterator[str]:
        """Yield what the part and all it holds say, in document order."""
        return (part.text for part in self.walk() if part.text)

    def holders(self) -> Iterator[Part]:
        """Yield what the part lies in, from the inside out, items of arrays left out."""
        part = self.above
        while part is not None:
            if part.name:
                yield part
            part = part.above

    def lineage(self) -> Iterator[Part]:
        """Yield the part and what it lies in, from the inside out."""
        part: Part | None = self
        while part is not None:
            yield part
            part = part.above

    def value(self, name: str) -> str:
        """Return the text of a part directly below; empty where there is none."""
        return next((part.text for part in self.below if part.name == name), "")


def of_xml(root: Element) -> Part:
    """Return the parts of an element; lines are those of the document it is part of."""
    top = _element(root, None)
    waiting = [(root, top)]
    while waiting:
        element, part = waiting.pop()
        for child in element.iterchildren("*"):
            below = _element(child, part)
            part.below.append(below)
            waiting.append((child, below))
    return top


def of_json(document: JsonValue, data: bytes) -> Part:
    """Return the parts of a document, given with its bytes."""
    lines = _lines(data.decode("utf-8-sig", "replace"))
    top = Part("", "/", 1)
    waiting: list[tuple[JsonValue, str, Part]] = [(document, "", top)]
    while waiting:
        value, pointer, part = waiting.pop()
        if isinstance(value, dict):
            named = [(_escaped(name), name.rpartition(":")[2] if "/" not in name else name, inner)
                     for name, inner in value.items()]  # fmt: skip
        elif isinstance(value, list):
            named = [(str(index), "", inner) for index, inner in enumerate(value)]
        else:
            part.text = " ".join(_shown(value).split())
            continue
        for key, name, inner in named:
            place = f"{pointer}/{key}"
            below = Part(name, place, lines.get(place), above=part)
            part.below.append(below)
            waiting.append((inner, place, below))
    return top


def _element(element: Element, above: Part | None) -> Part:
    name = local_name(element)
    tag = element.get("tag") or element.get("id") or ""
    if name in _MARC_FIELDS and tag:
        name = f"{_MARC_FIELDS[name]}.{tag.strip().zfill(3)}"
    elif name == "subfield" and (code := element.get("code") or element.get("label")):
        name = f"subfield.{code}"
    line = element.sourceline
    words = (element.text or "").split()
    for child in element:
        words += (child.tail or "").split()
    path = f"{above.path}/{name}" if above else name
    part = Part(name, path, line, " ".join(words), namespace(element) + local_name(element), above)
    for attribute, value in element.items():
        space, _, local = str(attribute).rpartition("}")
        text = " ".join(value.split())
        part.below.append(Part(f"@{local}", f"{path}/@{local}", line, text, f"{space[1:]}{local}", part))
    return part


def _shown(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _lines(text: str) -> dict[str, int]:
    """The line each value of a well-formed document begins in, a member's being that of its name, by JSON Pointer."""
    found: dict[str, int] = {}
    line, last = 1, 0
    stack: list[list[str | int]] = []
    pointers = [""]
    for token in _TOKEN.finditer(text):
        line += text.count("\n", last, token.start())
        last = token.start()
        mark = token[0]
        if mark == ",":
            if stack and isinstance(stack[-1][0], int):
                stack[-1][0] += 1
            elif stack:
                stack[-1][0] = ""
            continue
        if mark in "]}":
            stack.pop()
            pointers.pop()
            continue
        if mark == ":":
            continue
        if stack and stack[-1][0] == "":
            # The name of a member: an escape in it does not matter for the line, unless it is one of the pointer's own.
            stack[-1][0] = _escaped(_plain(mark[1:-1]))
            found.setdefault(f"{pointers[-1]}/{stack[-1][0]}", line)
            continue
        place = f"{pointers[-1]}/{stack[-1][0]}" if stack else ""
        found.setdefault(place, line)
        if mark in "[{":
            stack.append([0] if mark == "[" else [""])
            pointers.append(place)
    return found


def _plain(name: str) -> str:
    return (
        re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), name).replace('\\"', '"').replace("\\/", "/")
    )


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_MARC_FIELDS = {
    "controlfield": "controlfield",
    "fixfield": "controlfield",
    "datafield": "datafield",
    "varfield": "datafield",
}
