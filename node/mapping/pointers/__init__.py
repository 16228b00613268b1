"""Where in a raw record is what a finding is about: the element and its line, or the element that is missing.

A finding is about a property of the mapped record. The elements a crosswalk reads that property from are known by
`vocab/elements.toml`; of those in the record, the one that holds the finding's value is meant, else the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from node.errors import FairnodeError
from node.mapping.pointers.documents import Chain, Document
from node.mapping.pointers.formats import IDENTIFIER, FormatDocument, format_of
from node.mapping.pointers.json_ld import JSON_LD, JsonLd
from node.mapping.pointers.notation import WHOLE
from node.mapping.pointers.parts import Part, of_json, of_xml
from node.mapping.pointers.rdf_xml import RDF, RdfXml
from node.mapping.pointers.telling import first_of, holder, saying, telling_of
from node.mapping.pointers.turtle import Turtle
from node.mapping.protocols import JSON, XML
from node.namespaces import NAMELESS
from node.syntax import parse_json, parse_xml

__all__ = ["Chain", "Nested", "Pointer", "RawRecord"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A place in a raw record.

    Attributes:
        path: as `node.mapping.pointers.notation` writes it; where it is missing, the path that the format has for it,
            or the property where it has none.
        line: counted from 1; `None` where it is missing.
        missing: there is no such element.
        text: what is written there and below it, at most 200 characters; empty for a record as a whole.
    """

    path: str
    line: int | None = None
    missing: bool = False
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """How a node lies in a resource: the properties that lead to it, and texts that tell it from others of its kind."""

    way: Chain
    telling: frozenset[str] = frozenset()


class RawRecord:
    """One raw record, to be asked where things are."""

    def __init__(self, root: Part, document: Document) -> None:
        """Use `RawRecord.read`."""
        self._root, self._document = root, document

    def names(self, node: str | None) -> bool:
        """Tell whether the record describes a node by its name, as RDF does; elsewhere nodes are made in mapping."""
        return node is not None and self._document.names(node)

    @classmethod
    def read(cls, payload: bytes, prefix: str, media_type: str, lines_of: Part | None = None) -> RawRecord | None:
        """Return a record to be asked; `None` where the payload is of no syntax that is known.

        Args:
            payload: as it was mapped.
            prefix: the metadata prefix it was mapped by; empty for RDF that was taken as it is.
            media_type: of the payload.
            lines_of: the parts of the payload in a larger document, whose lines are then meant.
        """
        name = media_type.partition(";")[0].strip().lower()
        try:
            if name in XML or name == "application/rdf+xml":
                root = lines_of or of_xml(parse_xml(payload), payload)
                if root.iri == RDF + "RDF" or name == "application/rdf+xml":
                    return cls(root, RdfXml(root))
                return cls(root, FormatDocument(root, format_of(payload, prefix, name)))
            if name in JSON:
                root = of_json(parse_json(payload), payload)
                if not prefix and name == JSON_LD:
                    return cls(root, JsonLd(root))
                return cls(root, FormatDocument(root, format_of(payload, prefix, name)))
            return cls(Part("", "", 1), Turtle(payload.decode("utf-8-sig", "replace")))
        except FairnodeError:
            return None

    def point(
        self,
        chains: Sequence[Chain],
        focus: str | None,
        value: str | None,
        *,
        lacks: bool = False,
        within: Nested | None = None,
        telling: frozenset[str] = frozenset(),
    ) -> Pointer:
        """Return where a finding comes from.

        Args:
            chains: of properties it is about, each from the node it is about; none where it is about the node itself.
            focus: that node, or the resource that holds it.
            value: the value it is about.
            lacks: what is not in the record is what it is about, before anything that is.
            within: how the node lies in `focus`; `None` where it is `focus`.
            telling: texts of the value, where that is a node with values of its own; of a finding without a value, what
                the mapped record holds as words only, for what was understood is not what is wrong.
        """
        way = within.way if within else ()
        if not chains and within is None:
            place = next(iter(self._document.subjects(focus)), self._root)
            if place is self._root and focus == NAMELESS and isinstance(self._document, FormatDocument):
                return self._missing(focus, (IDENTIFIER,), None)
            return _pointer(place, "" if place is self._root else _shown(place))
        asked = [way + chain for chain in chains] or [way]
        found = {chain: self._parts(focus, chain, within) for chain in asked}
        if lacks and not all(found.values()):
            return self._missing(focus, next(chain for chain in asked if not found[chain]), within)
        places = [part for parts in found.values() for part in parts]
        chosen = self._giver(focus, asked, places, value) if value else None
        if chosen is None and telling:
            chosen = holder(places, telling) if value else first_of(places, telling)
        chosen = chosen or next((part for part in places if any(part.texts())), None) or next(iter(places), None)
        if chosen is None:
            return self._missing(focus, asked[0], within)
        return _pointer(chosen, _shown(chosen))

    def _missing(self, focus: str | None, chain: Chain, within: Nested | None) -> Pointer:
        mine = holder(self._document.at(focus, within.way), within.telling) if within and within.way else None
        return Pointer(path=self._document.missing(focus, chain, mine), missing=True)

    def _giver(self, focus: str | None, asked: Sequence[Chain], places: Sequence[Part], value: str) -> Part | None:
        """The part that gave a value: what says just this, here or in others of the kind, before what holds it."""
        everywhere = [part for chain in asked for part in self._document.at(focus, chain)]
        return (
            saying(places, value)
            or saying(everywhere, value)
            or telling_of(places, value)
            or (saying([self._root], value) if not places else None)
        )

    def _parts(self, focus: str | None, chain: Chain, within: Nested | None) -> list[Part]:
        """The parts at the end of a chain; where things of a kind have their own each, those of the thing meant."""
        found = self._document.at(focus, chain)
        if within is None or not found:
            return found
        holders = self._document.at(focus, within.way)
        chosen = holder(holders, within.telling)
        if chosen is None:
            return found
        # What a thing is told by may be of another kind than what holds its parts: a link here, its format there.
        alike = [one for one in holders if one.name == chosen.name]
        inside = {part: next((one for one in part.lineage() if one in alike), None) for part in found}
        if not all(inside.values()):
            # One thing only, or its parts are spread over the record.
            return found
        return [part for part, one in inside.items() if one is chosen]


def _pointer(part: Part, text: str) -> Pointer:
    return Pointer(path=part.path or WHOLE, line=part.line, text=text)


def _shown(part: Part) -> str:
    words = " ".join(islice(part.texts(), _MOST))
    return words if len(words) <= _MOST else f"{words[: _MOST - 1]}…"


_MOST = 200
"""Characters of an element that are shown."""
