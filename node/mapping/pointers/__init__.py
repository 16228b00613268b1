"""Where in a raw record is what a finding is about: the element and its line, or the element that is missing.

A finding is about a property of the mapped record. The elements a crosswalk reads that property from are known by
`vocab/elements.toml`; of those in the record, the one that holds the finding's value is meant, else the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from node.errors import FairnodeError
from node.mapping import crosswalk_for
from node.mapping.pointers.elements import PartIndex, aliases, parts_at, paths_of
from node.mapping.pointers.parts import Part, of_json, of_xml
from node.mapping.pointers.rdf_xml import RDF, RdfXml
from node.mapping.pointers.turtle import Turtle
from node.mapping.protocols import JSON, XML
from node.namespaces import PREFIXES
from node.syntax import parse_json, parse_xml

__all__ = ["Chain", "Pointer", "RawRecord"]

Chain = tuple[str, ...]
"""Properties (IRIs) to be followed one after the other, such as dcat:distribution and dct:format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A place in a raw record.

    Attributes:
        path: of an element from the root, a JSON Pointer, or a property of Turtle; where it is missing, the path that
            the format has for it, or the property where it has none.
        line: counted from 1; `None` where it is missing.
        missing: there is no such element.
    """

    path: str
    line: int | None = None
    missing: bool = False


class RawRecord:
    """One raw record, to be asked where things are."""

    def __init__(
        self,
        root: Part,
        find: Callable[[str | None, Chain], list[Part]],
        subjects: Callable[[str | None], list[Part]],
        named: Callable[[Chain], str],
    ) -> None:
        """Use `RawRecord.read`.

        Args:
            find: the parts that a resource's properties are read from.
            subjects: the parts that name a resource.
            named: what the parts are called that `find` would find.
        """
        self._root, self._find, self._subjects, self._named = root, find, subjects, named

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
                root = lines_of or of_xml(parse_xml(payload))
                if root.iri == RDF + "RDF" or name == "application/rdf+xml":
                    document = RdfXml(root)
                    return cls(root, document.at, document.subjects, _curies)
                return cls._of_format(root, _format(payload, prefix, name))
            if name in JSON:
                return cls._of_format(of_json(parse_json(payload), payload), _format(payload, prefix, name))
            text = Turtle(payload.decode("utf-8-sig", "replace"))
            return cls(Part("", "", 1), text.at, text.subjects, _curies)
        except FairnodeError:
            return None

    @classmethod
    def _of_format(cls, root: Part, prefix: str) -> RawRecord:
        index, table = PartIndex(root), paths_of(prefix)

        def paths(chain: Chain) -> str | None:
            names = [_curie(iri) for iri in chain]
            last = aliases().get(names[-1], names[-1])
            keys = ("/".join(names), names[-1], last, *reversed(names[:-1]))
            return next((key for key in keys if key in table), None)

        def find(focus: str | None, chain: Chain) -> list[Part]:
            key = paths(chain)
            return parts_at(index, table[key]) if key is not None else index.named(_local(chain[-1]))

        def named(chain: Chain) -> str:
            key = paths(chain)
            return table[key][0].text.removeprefix("/") if key is not None and table[key] else _curies(chain)

        return cls(root, find, lambda focus: find(focus, (_IDENTIFIER,)), named)

    def point(self, chains: Sequence[Chain], needed: Sequence[Chain], focus: str | None, value: str | None) -> Pointer:
        """Return where a finding comes from.

        Args:
            chains: of properties it is about, each from the focus node on; none where it is about the node itself.
            needed: what the values at the end of the chains were asked to have.
            focus: the node it is about.
            value: the value it is about.
        """
        if value is None or not needed:
            asked = tuple(chains) or tuple(needed)
        else:
            asked = tuple(needed)
            for chain in asked:
                # A value that lacks something: what is nowhere in the record is what it lacks.
                if not self._find(focus, chain):
                    return Pointer(path=self._named(chain), missing=True)
        if not asked:
            place = next(iter(self._subjects(focus)), self._root)
            return Pointer(path=place.path or _WHOLE, line=place.line)
        places = [part for chain in asked for part in self._find(focus, chain)]
        chosen = _giver(places, value) if value else None
        chosen = chosen or next((part for part in places if any(part.texts())), None) or next(iter(places), None)
        if chosen is None and value:
            chosen = _giver([self._root], value, whole=True)
        if chosen is None:
            return Pointer(path=self._named(asked[0]), missing=True)
        return Pointer(path=chosen.path, line=chosen.line)


def _giver(parts: Iterable[Part], value: str, *, whole: bool = False) -> Part | None:
    """The part whose text is the value; else, unless `whole`, one whose text is within it or holds it."""
    wanted = _plain(value)
    held: Part | None = None
    for inner in (inner for part in parts for inner in part.walk() if inner.text):
        text = _plain(inner.text)
        if text == wanted:
            return inner
        is_telling = not whole and min(len(text), len(wanted)) >= _TELLING
        if held is None and is_telling and (text in wanted or wanted in text):
            held = inner
    return held


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).removeprefix("https://").removeprefix("http://")


def _format(payload: bytes, prefix: str, media_type: str) -> str:
    """The name of the crosswalk's table: the root tells more than the prefix, which is each repository's choice."""
    try:
        return crosswalk_for("", payload, media_type).prefixes[0]
    except FairnodeError:
        pass
    try:
        return crosswalk_for(prefix, b"", media_type).prefixes[0]
    except FairnodeError:
        return prefix


def _curies(chain: Chain) -> str:
    return "/".join(map(_curie, chain))


def _curie(iri: str) -> str:
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _local(iri: str) -> str:
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]


_IDENTIFIER = PREFIXES["dct"] + "identifier"
_WHOLE = "the document"
_TELLING = 4
"""Characters from which on a text within another one says where it came from."""
