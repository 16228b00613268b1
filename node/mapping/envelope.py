"""Parts of an XML payload taken whole: what it says of itself, and long descriptions that are told by their number.

A metadata document also describes itself (its standard, character set, date stamp). That belongs to the catalogue
record (DCAT 3, section 6.5), which the node writes itself, and not to the resource.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml.etree import _Element as Element

from node.mapping.elements import Reading
from node.model.mapped import Unmapped


def take_whole(reading: Reading, *elements: Element) -> None:
    """Mark elements as read, with all they hold, attributes included."""
    for element in elements:
        reading.take(element)
        for inner in element.iter("*"):
            for name in list(inner.attrib):
                reading.attribute(inner, str(name))


def summary(reading: Reading, elements: Iterable[Element], what: str) -> tuple[Unmapped, ...]:
    """Take elements of one kind as one unmapped part, which says how many values they hold; none for no values.

    A description of a thousand variables is kept with the payload: line by line it would drown what else is unmapped.
    """
    held = list(elements)
    values = sum(_values(inner) for element in held for inner in element.iter("*"))
    take_whole(reading, *held)
    if not values:
        return ()
    return (Unmapped(path=reading.path(held[0]), value=f"{what}: {values} values", source_line=held[0].sourceline),)


def _values(element: Element) -> int:
    return bool((element.text or "").strip()) + len(element.keys())
