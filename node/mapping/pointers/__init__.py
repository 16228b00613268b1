"""Where in a raw record is what a finding is about: the element and its line, or the element that is missing.

A finding is about a property of the mapped record. The elements a crosswalk reads that property from are known by
`vocab/elements.toml`; of those in the record, the one that holds the finding's value is meant, else the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from node.errors import FairnodeError
from node.mapping.crosswalks import crosswalk_for
from node.mapping.pointers.elements import PartIndex, aliases, parts_at, paths_of
from node.mapping.pointers.parts import Part, of_json, of_xml
from node.mapping.pointers.rdf_xml import RDF, RdfXml
from node.mapping.pointers.turtle import Turtle
from node.mapping.protocols import JSON, XML
from node.namespaces import PREFIXES
from node.syntax import parse_json, parse_xml

__all__ = ["Chain", "Nested", "Pointer", "RawRecord"]

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

    def __init__(
        self,
        root: Part,
        find: Callable[[str | None, Chain], list[Part]],
        subjects: Callable[[str | None], list[Part]],
        named: Callable[[Chain], str],
        names: Callable[[str], bool] = lambda node: False,
    ) -> None:
        """Use `RawRecord.read`.

        Args:
            find: the parts that a resource's properties are read from.
            subjects: the parts that name a resource.
            named: what the parts are called that `find` would find.
            names: whether a resource is described by its name.
        """
        self._root, self._find, self._subjects, self._named, self._names = root, find, subjects, named, names

    def names(self, node: str | None) -> bool:
        """Tell whether the record describes a node by its name, as RDF does; elsewhere nodes are made in mapping."""
        return node is not None and self._names(node)

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
                    return cls(root, document.at, document.subjects, _curies, document.names)
                return cls._of_format(root, _format(payload, prefix, name))
            if name in JSON:
                return cls._of_format(of_json(parse_json(payload), payload), _format(payload, prefix, name))
            text = Turtle(payload.decode("utf-8-sig", "replace"))
            return cls(Part("", "", 1), text.at, text.subjects, _curies, text.names)
        except FairnodeError:
            return None

    @classmethod
    def _of_format(cls, root: Part, prefix: str) -> RawRecord:
        index, table = PartIndex(root), paths_of(prefix)

        def key_of(chain: Chain) -> str | None:
            names = [_curie(iri) for iri in chain]
            return next((key for key in _keys(names) if key in table), None)

        def find(focus: str | None, chain: Chain) -> list[Part]:
            key = key_of(chain)
            if key is not None:
                return parts_at(index, table[key])
            return index.named(_local(chain[-1])) if len(chain) == 1 else []

        def named(chain: Chain) -> str:
            key = key_of(chain)
            paths = [path for path in table[key] if not path.strange] if key is not None else []
            return paths[0].text.removeprefix("/") if paths else _curies(chain)

        return cls(root, find, lambda focus: find(focus, (_IDENTIFIER,)), named)

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
            place = next(iter(self._subjects(focus)), self._root)
            return _pointer(place, "" if place is self._root else _shown(place))
        asked = [way + chain for chain in chains] or [way]
        found = {chain: self._parts(focus, chain, within) for chain in asked}
        if lacks and not all(found.values()):
            return Pointer(path=self._named(next(chain for chain in asked if not found[chain])), missing=True)
        places = [part for parts in found.values() for part in parts]
        chosen = self._giver(focus, asked, places, value) if value else None
        if chosen is None and telling:
            chosen = _holder(places, telling) if value else _first(places, {_plain(text) for text in telling})
        chosen = chosen or next((part for part in places if any(part.texts())), None) or next(iter(places), None)
        if chosen is None:
            return Pointer(path=self._named(asked[0]), missing=True)
        return _pointer(chosen, _shown(chosen))

    def _giver(self, focus: str | None, asked: Sequence[Chain], places: Sequence[Part], value: str) -> Part | None:
        """The part that gave a value: what says just this, here or in others of the kind, before what holds it."""
        everywhere = [part for chain in asked for part in self._find(focus, chain)]
        return (
            _saying(places, value)
            or _saying(everywhere, value)
            or _telling_of(places, value)
            or (_saying([self._root], value) if not places else None)
        )

    def _parts(self, focus: str | None, chain: Chain, within: Nested | None) -> list[Part]:
        """The parts at the end of a chain; where things of a kind have their own each, those of the thing meant."""
        found = self._find(focus, chain)
        if within is None or not found:
            return found
        holders = self._find(focus, within.way)
        chosen = _holder(holders, within.telling)
        inside = {part: next((one for one in part.lineage() if one in holders), None) for part in found}
        if chosen is None or not all(inside.values()):
            # One thing only, or its parts are spread over the record.
            return found
        return [part for part, holder in inside.items() if holder is chosen]


def _pointer(part: Part, text: str) -> Pointer:
    return Pointer(path=part.path or _WHOLE, line=part.line, text=text)


def _keys(names: Sequence[str]) -> Iterator[str]:
    """The entries of a table that may tell where a chain of properties is read from, the most telling first."""
    yield "/".join(names)
    last = names[-1]
    if len(names) == 1 or last in _PARTS.get(names[-2], ()):
        yield last
        yield aliases().get(last, last)
    if last in _SAID:
        yield from reversed(names[:-1])


def _holder(parts: Sequence[Part], telling: frozenset[str]) -> Part | None:
    """The part that says most of some texts; `None` where none says any."""
    wanted = {_plain(text) for text in telling}

    def told(part: Part) -> int:
        return len(wanted.intersection(map(_plain, part.texts())))

    best = max(parts, key=told, default=None)
    return best if best is not None and told(best) else None


def _first(parts: Iterable[Part], texts: set[str]) -> Part | None:
    """The first part that says one of some texts."""
    return next((part for part in parts if not texts.isdisjoint(map(_plain, part.texts()))), None)


def _saying(parts: Iterable[Part], value: str) -> Part | None:
    """The part whose text is the value."""
    wanted = _plain(value)
    return next((inner for part in parts for inner in part.walk() if inner.text and _plain(inner.text) == wanted), None)


def _telling_of(parts: Iterable[Part], value: str) -> Part | None:
    """The part whose text is within the value or holds it."""
    wanted = _plain(value)
    for inner in (inner for part in parts for inner in part.walk()):
        text = _plain(inner.text)
        if min(len(text), len(wanted)) >= _TELLING and (text in wanted or wanted in text):
            return inner
    return None


def _shown(part: Part) -> str:
    words = " ".join(islice(part.texts(), _MOST))
    return words if len(words) <= _MOST else f"{words[: _MOST - 1]}…"


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


# What a nested thing has of its own, though the table names the property alone.
_PARTS = {
    "dcat:distribution": frozenset(
        {
            "dct:license", "dct:rights", "dct:accessRights", "dct:format", "dcat:mediaType", "dcat:byteSize",
            "dcat:accessURL", "dcat:downloadURL",
        }
    ),
    "dcat:accessService": frozenset({"dcat:endpointURL", "dcat:endpointDescription"}),
}  # fmt: skip
# What the element says that stands for a thing: its text is the name, the address, the notation.
_SAID = frozenset(
    {
        "foaf:name", "vcard:fn", "vcard:hasEmail", "vcard:hasURL", "skos:notation", "skos:prefLabel", "rdfs:label",
        "dcat:startDate", "dcat:endDate", "dcat:bbox", "locn:geometry",
    }
)  # fmt: skip
_IDENTIFIER = PREFIXES["dct"] + "identifier"
_WHOLE = "the document"
_MOST = 200
"""Characters of an element that are shown."""
_TELLING = 4
"""Characters from which on a text within another one says where it came from."""
