"""Where a property of a node is written in Turtle or N-Triples, by their tokens, since the parser keeps no positions.

Specifications: RDF 1.1 Turtle (https://www.w3.org/TR/turtle/#sec-grammar), RDF 1.1 N-Triples. Only documents that the
parser has read come here; a token that is not understood is passed over, so that a place is right or not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from node.mapping.pointers.documents import Chain
from node.mapping.pointers.notation import property_path
from node.mapping.pointers.parts import Part
from node.mapping.pointers.rdf_xml import RESOURCES
from node.namespaces import RDF_TYPE


class Turtle:
    """The statements of a document, each predicate with its line and what is written after it."""

    def __init__(self, text: str) -> None:
        """Read the tokens of `text`."""
        self._prefixes: dict[str, str] = {}
        self._base = ""
        self._predicates = list(self._statements(text))
        self._own = next(
            (
                subject
                for iri, subject, part in self._predicates
                if iri == RDF_TYPE and any(below.text in RESOURCES for below in part.below)
            ),
            "",
        )

    def at(self, focus: str | None, chain: Chain) -> list[Part]:
        """Return the places at the end of a chain of properties (IRIs) that starts at a resource.

        Where the document writes the resource by another name, such as a relative one, its own dataset or service is
        meant.
        """
        named = focus if any(subject == focus for _, subject, _ in self._predicates) else self._own
        places: list[Part] = []
        subjects = [named]
        for number, property_iri in enumerate(chain):
            if number:
                subjects = [below.text for place in places for below in place.below]
            places = [part for iri, subject, part in self._predicates if iri == property_iri and subject in subjects]
            if not places:
                break
        return places

    def missing(self, focus: str | None, chain: Chain, holder: Part | None) -> str:
        """Return the properties themselves: Turtle has no paths."""
        return property_path(chain)

    def names(self, node: str) -> bool:
        """Tell whether there are statements about a resource."""
        return any(subject == node for _, subject, _ in self._predicates)

    def subjects(self, focus: str | None) -> list[Part]:
        """Return the place where the description of a resource begins."""
        places = [Part(subject, subject, part.line, subject) for _, subject, part in self._predicates]
        return [one for name in (focus, self._own) for one in places if one.name == name][:1]

    def _statements(self, text: str) -> Iterator[tuple[str, str, Part]]:
        subjects: list[str] = [""]
        expecting = ["subject"]
        current: Part | None = None
        directive: list[str] = []
        line, last = 1, 0
        for token in _TOKEN.finditer(text):
            line += text.count("\n", last, token.start())
            last = token.start()
            kind, word = str(token.lastgroup), token[0]
            if kind in ("comment", "tag"):
                continue
            if directive or (kind == "directive"):
                directive.append(word)
                if len(directive) == 3 and directive[0].lower().endswith("prefix"):
                    self._prefixes[directive[1].removesuffix(":")] = self._resolved(directive[2][1:-1])
                elif len(directive) == 2 and directive[0].lower().endswith("base"):
                    self._base = self._resolved(word[1:-1])
                if word == "." or (len(directive) == _LENGTHS.get(directive[0].lower())):
                    directive = []
                continue
            if kind == "mark":
                if word == "[":
                    name = f"[] at {token.start()}"
                    if expecting[-1] == "subject":
                        subjects[-1] = name
                    elif current is not None:
                        current.below.append(Part("", current.path, line, name, above=current))
                    subjects.append(name)
                    expecting.append("predicate")
                elif word == "]" and len(subjects) > 1:
                    subjects.pop()
                    expecting.pop()
                    if expecting[-1] == "subject":
                        expecting[-1] = "predicate"
                elif word == "." and len(subjects) == 1:
                    expecting[-1] = "subject"
                elif word == ";":
                    expecting[-1] = "predicate"
                continue
            value = self._value(kind, word)
            if expecting[-1] == "subject":
                subjects[-1], expecting[-1] = value, "predicate"
            elif expecting[-1] == "predicate":
                iri = RDF_TYPE if word == "a" else value
                current = Part(word, word, line, iri=iri)
                yield iri, subjects[-1], current
                expecting[-1] = "object"
            elif current is not None:
                current.below.append(Part("", current.path, line, value, above=current))

    def _resolved(self, iri: str) -> str:
        # Without a base the name stays as it is written; what is absolute is never touched.
        return urljoin(self._base, iri) if self._base and not _ABSOLUTE.match(iri) else iri

    def _value(self, kind: str, word: str) -> str:
        if kind == "iri":
            return self._resolved(word[1:-1])
        if kind == "text":
            quotes = 3 if word[:3] in ('"""', "'''") else 1
            return " ".join(_ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), word[quotes:-quotes]).split())
        prefix, colon, local = word.partition(":")
        return self._prefixes[prefix] + local.replace("\\", "") if colon and prefix in self._prefixes else word


_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<iri><[^<>"{}|^`\x00-\x20]*>)
    |(?P<text>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<directive>@prefix\b|@base\b|(?i:PREFIX|BASE)(?=\s))
    |(?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^)
    |(?P<mark>[\[\]();,]|\.(?=\s|$|\#|<|"|_))
    |(?P<word>[^\s<>"'\[\]();,\#]+?(?=\.?(?:[\s<>"'\[\]();,]|$)))
    """,
    re.VERBOSE | re.DOTALL,
)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LENGTHS = {"prefix": 3, "base": 2}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
