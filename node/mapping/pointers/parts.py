"""A raw record as a tree of parts: the elements and attributes of XML, the members of JSON, each with its line.

The lines of JSON are found by its tokens (RFC 8259, section 2, https://www.rfc-editor.org/rfc/rfc8259): the parser
gives none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml.etree import _Element as Element

from node.mapping.elements import local_name, namespace
from node.mapping.pointers.notation import member, told_apart
from node.mapping.pointers.start_lines import lines_of
from node.syntax import JsonValue


@dataclass(slots=True, eq=False)
class Part:
    """An element, an attribute (`@name`) or a member.

    Attributes:
        name: local name; in MARC with the tag, such as `datafield.245`, in XOAI the name that the element has as an
            attribute; empty for the items of an array.
        path: from the root on, as it is shown.
        line: in which it begins, counted from 1; `None` where it is not known.
        text: its own text, white space made single.
        iri: namespace and local name, which in RDF/XML is the property; in JSON the name in full.
        is_xml: it is an element or an attribute.
    """

    name: str
    path: str
    line: int | None
    text: str = ""
    iri: str = ""
    is_xml: bool = False
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


def of_xml(root: Element, document: bytes = b"") -> Part:
    """Return the parts of an element; lines are those of the document it is part of.

    Args:
        document: its bytes; without them, lines are those in which start tags end.
    """
    lines = lines_of(root, document)
    top = _element(root, f"/{_step(root)}", lines[root], None)
    waiting = [(root, top)]
    while waiting:
        element, part = waiting.pop()
        children = [(child, _step(child)) for child in element.iterchildren("*")]
        alike = Counter(step for _, step in children)
        seen: Counter[str] = Counter()
        for child, step in children:
            seen[step] += 1
            place = f"{step}[{seen[step]}]" if alike[step] > 1 else step
            below = _element(child, f"{part.path}/{place}", lines[child], part)
            part.below.append(below)
            waiting.append((child, below))
    return top


def of_json(document: JsonValue, data: bytes) -> Part:
    """Return the parts of a document, given with its bytes."""
    lines = _lines(data.decode("utf-8-sig", "replace"))
    top = Part("", "", 1)
    waiting: list[tuple[JsonValue, str, Part]] = [(document, "", top)]
    while waiting:
        value, pointer, part = waiting.pop()
        if isinstance(value, dict):
            named = [(name, name.rpartition(":")[2] if "/" not in name else name, inner)
                     for name, inner in value.items()]  # fmt: skip
        elif isinstance(value, list):
            named = [(str(index), "", inner) for index, inner in enumerate(value)]
        else:
            part.text = " ".join(_shown(value).split())
            continue
        for key, name, inner in named:
            place = member(pointer, key)
            below = Part(name, place, lines.get(place), iri=key if name else "", above=part)
            part.below.append(below)
            waiting.append((inner, place, below))
    return top


def _told_apart(element: Element) -> tuple[str, str] | None:
    """The attribute that says what an element is about, with its value, where its name does not."""
    name = local_name(element)
    if name in MARC_FIELDS:
        asked: tuple[str, ...] = ("tag", "id")
    elif name == "subfield":
        asked = ("code", "label")
    elif namespace(element) == _XOAI:
        asked = ("name",)
    else:
        return None
    return next(((each, value) for each in asked if (value := element.get(each))), None)


def _step(element: Element) -> str:
    told = _told_apart(element)
    return told_apart(local_name(element), *told) if told else local_name(element)


def _element(element: Element, path: str, line: int, above: Part | None) -> Part:
    name = local_name(element)
    told = _told_apart(element)
    if told and name in MARC_FIELDS:
        name = f"{MARC_FIELDS[name]}.{told[1].strip().zfill(3)}"
    elif told:
        name = f"subfield.{told[1]}" if name == "subfield" else told[1]
    words = (element.text or "").split()
    for child in element:
        words += (child.tail or "").split()
    part = Part(name, path, line, " ".join(words), namespace(element) + local_name(element), True, above)
    for attribute, value in element.items():
        space, _, local = str(attribute).rpartition("}")
        text = " ".join(value.split())
        part.below.append(Part(f"@{local}", f"{path}/@{local}", line, text, f"{space[1:]}{local}", True, part))
    return part


def _shown(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


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
            stack[-1][0] = _plain(mark[1:-1]) or _EMPTY
            found.setdefault(member(pointers[-1], _name(stack[-1][0])), line)
            continue
        place = member(pointers[-1], _name(stack[-1][0])) if stack else ""
        found.setdefault(place, line)
        if mark in "[{":
            stack.append([0] if mark == "[" else [""])
            pointers.append(place)
    return found


def _plain(name: str) -> str:
    return (
        re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), name).replace('\\"', '"').replace("\\/", "/")
    )


def _name(key: str | int) -> str:
    return "" if key == _EMPTY else str(key)


_EMPTY = "\0"
"""In place of the name of a member that has none: the empty text says that its name is still to come."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_XOAI = "http://www.lyncode.com/xoai"
MARC_FIELDS = {
    "controlfield": "controlfield",
    "fixfield": "controlfield",
    "datafield": "datafield",
    "varfield": "datafield",
}
