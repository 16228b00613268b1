"""Where a property is written in a metadata format, XML or JSON: by the table of the format's elements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from node.errors import FairnodeError
from node.mapping.crosswalks import crosswalk_for
from node.mapping.pointers.documents import Chain
from node.mapping.pointers.elements import ElementPath, PartIndex, Step, aliases, fold, parts_at, paths_of
from node.mapping.pointers.notation import curie, holding, local_name, member, property_path, told_apart
from node.mapping.pointers.parts import MARC_FIELDS, Part
from node.namespaces import PREFIXES


class FormatDocument:
    """A record in a metadata format. It names no resources, so whatever is asked for is looked for in all of it."""

    def __init__(self, root: Part, prefix: str) -> None:
        """Index `root`; `prefix` names the format's table."""
        self._root, self._index, self._table = root, PartIndex(root), paths_of(prefix)

    def at(self, focus: str | None, chain: Chain) -> list[Part]:
        """Return the parts that a chain of properties is read from; without an entry, those of the property's name."""
        key = self._key(chain)
        if key is not None:
            return parts_at(self._index, self._table[key])
        return self._index.named(local_name(chain[-1])) if len(chain) == 1 else []

    def subjects(self, focus: str | None) -> list[Part]:
        """Return the parts that the identifier is read from."""
        return self.at(focus, (IDENTIFIER,))

    def missing(self, focus: str | None, chain: Chain, holder: Part | None) -> str:
        """Return the first path that the format has for a chain, from what there is of it; else the properties."""
        key = self._key(chain)
        paths = [path for path in self._table[key] if not path.strange] if key is not None else []
        return self._would_be(paths[0], holder) if paths else property_path(chain)

    def names(self, node: str) -> bool:
        """Return `False`: the nodes of a mapped record are made in mapping."""
        return False

    def _key(self, chain: Chain) -> str | None:
        return next((key for key in _keys([curie(iri) for iri in chain]) if key in self._table), None)

    def _would_be(self, path: ElementPath, holder: Part | None) -> str:
        steps = path.steps
        for number in range(len(steps) - 1, 0, -1):
            above = list(self._index.at(ElementPath(path.text, steps[:number], path.anchored)))
            inside = [part for part in above if holder is not None and holder in part.lineage()]
            if inside or above:
                return self._below((inside or above)[0], steps[number:])
        if not path.anchored and fold(steps[0].name) == fold(self._root.name) and len(steps) > 1:
            return self._below(self._root, steps[1:])
        return self._below(self._root, steps, anywhere=not path.anchored and not self._is_flat)

    @cached_property
    def _is_flat(self) -> bool:
        """The elements that the table begins with are directly below the root, as in most formats."""
        begun = {fold(path.steps[0].name) for paths in self._table.values() for path in paths}
        return any(fold(part.name) in begun for part in self._root.below)

    def _below(self, part: Part, steps: Sequence[Step], *, anywhere: bool = False) -> str:
        if self._root.is_xml:
            for step in steps:
                name = _xml_step(step)
                part_path = f"{part.path}{'//' if step.far or anywhere else '/'}{name}"
                part, anywhere = Part(name, part_path, None), False
            return part.path
        pointer = part.path
        if part.below and not part.below[0].name:
            # An array: the first item is the one to fill in.
            pointer = part.below[0].path
        for step in steps:
            pointer = member(pointer, step.name)
        return pointer


def format_of(payload: bytes, prefix: str, media_type: str) -> str:
    """Return the name of the crosswalk's table: the root tells more than the prefix, each repository's choice."""
    for name, data in (("", payload), (prefix, b"")):
        try:
            return crosswalk_for(name, data, media_type).prefixes[0]
        except FairnodeError:
            continue
    return prefix


def _xml_step(step: Step) -> str:
    local, dot, told = step.name.partition(".")
    name = step.name
    if dot and local in MARC_FIELDS:
        name = told_apart(local, "tag", told)
    elif dot and local == "subfield":
        name = told_apart(local, "code", told)
    return holding(name, step.condition) if step.condition else name


def _keys(names: Sequence[str]) -> Iterator[str]:
    """The entries of a table that may tell where a chain of properties is read from, the most telling first."""
    yield "/".join(names)
    last = names[-1]
    if len(names) == 1 or last in _PARTS.get(names[-2], ()):
        yield last
        yield aliases().get(last, last)
    if last in _SAID:
        yield from reversed(names[:-1])


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
IDENTIFIER = PREFIXES["dct"] + "identifier"
