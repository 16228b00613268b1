"""A record as a graph to be judged: what is said of each node, by property, each statement once.

Both engines read a record from here, so they judge the same terms. Terms are those of RDF 1.1 Concepts
(https://www.w3.org/TR/rdf11-concepts/#section-Graph-Literal) in one spelling: a language tag in lower case, no datatype
for `xsd:string`. An IRI that holds what no IRI may hold is judged percent-encoded and shown as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from node.model.rdf import Iri, Literal, Triple
from node.namespaces import PREFIXES, RDF_TYPE


class BlankNode(str):
    """A blank node by its label. Records hold none (see `node.model.rdf`); graphs of shapes do."""

    __slots__ = ()


Term = Iri | BlankNode | Literal
Values = dict[Term, None]
About = dict[str, Values]
"""What is said of a node: values by property. The values are the keys, in the order of the record."""

NOTHING: Values = {}
SUBCLASS_OF = Iri(PREFIXES["rdfs"] + "subClassOf")
XSD_STRING = Iri(PREFIXES["xsd"] + "string")


class RecordGraph:
    """The statements of one record.

    Attributes:
        about: by node, what is said of it.
        originals: IRIs as they came, by what they are judged as; only those that differ.
    """

    __slots__ = ("_classes", "_inverse", "_names", "_subclasses", "about", "originals")

    def __init__(self, triples: Iterable[Triple]) -> None:
        about: dict[Term, About] = {}
        names: dict[str, Iri] = {}
        self.about = about
        self.originals: dict[str, str] = {}
        self._names = names
        self._inverse: dict[str, dict[Term, Values]] = {}
        self._classes: dict[Term, Values] | None = None
        self._subclasses = False
        written = self.written
        last: Iri | None = None
        said: About = {}
        for subject, predicate, value in triples:
            if subject is not last:
                last, node = subject, names.get(subject) or written(subject)
                known = about.get(node)
                if known is None:
                    known = about[node] = {}
                said = known
            named = names.get(predicate) or written(predicate)
            if isinstance(value, str):
                term: Term = names.get(value) or written(value)
            elif value.language is None and value.datatype is None:
                term = value
            else:
                term = canonical(value)
            values = said.get(named)
            if values is None:
                said[named] = {term: None}
            else:
                values[term] = None
        self._subclasses = SUBCLASS_OF in names

    def written(self, iri: Iri) -> Iri:
        """Return an IRI as it is judged."""
        found = self._names.get(iri)
        if found is None:
            found = iri
            if _UNSAFE.search(iri):
                found = Iri(_UNSAFE.sub(_percent, iri))
                self.originals[found] = str(iri)
            self._names[iri] = found
        return found

    def shown(self, term: Term) -> str:
        """Return the text of a term as it came."""
        text = term if isinstance(term, str) else term.value
        return str(self.originals.get(text, text))

    def values(self, node: Term, predicate: str) -> Values:
        """Return the values of a property."""
        said = self.about.get(node)
        return said.get(predicate, NOTHING) if said else NOTHING

    def subjects(self, predicate: str, value: Term) -> Values:
        """Return the nodes that have a value for a property."""
        index = self._inverse.get(predicate)
        if index is None:
            index = self._inverse[predicate] = {}
            for subject, said in self.about.items():
                for one in said.get(predicate, NOTHING):
                    index.setdefault(one, {})[subject] = None
        return index.get(value, NOTHING)

    def instances(self, kind: Term) -> Values:
        """Return the SHACL instances of a class (SHACL, section 1.1), by the subclasses that the record states."""
        if self._classes is None:
            self._classes = {}
            for subject, said in self.about.items():
                for stated in said.get(RDF_TYPE, NOTHING):
                    for above in self._above(stated) if self._subclasses else (stated,):
                        self._classes.setdefault(above, {})[subject] = None
        return self._classes.get(kind, NOTHING)

    def is_instance(self, node: Term, kind: Term) -> bool:
        """Tell whether a node is a SHACL instance of a class."""
        said = self.about.get(node)
        if not said or RDF_TYPE not in said:
            return False
        stated = said[RDF_TYPE]
        return kind in stated or (self._subclasses and any(kind in self._above(each) for each in stated))

    def triples(self) -> Iterator[tuple[Term, str, Term]]:
        """Yield every statement."""
        for subject, said in self.about.items():
            for predicate, values in said.items():
                for value in values:
                    yield subject, predicate, value

    def with_background(self, background: Mapping[str, About]) -> None:
        """Add what is known of the nodes that the record names, whose focus nodes are known by now.

        Args:
            background: by node; see `Background.about`.
        """
        known = {name for name in self._names.values() if name in background}
        for name in known:
            said = self.about.get(name)
            if said is None:
                # Shared by all records, and never written to: what is known is added once.
                self.about[name] = background[name]
            else:
                for predicate, values in background[name].items():
                    said[predicate] = {**said.get(predicate, NOTHING), **values}
            self._subclasses = self._subclasses or SUBCLASS_OF in background[name]
        if known:
            self._inverse.clear()

    def _above(self, kind: Term) -> Values:
        found: Values = {kind: None}
        waiting = [kind]
        while waiting:
            for above in self.values(waiting.pop(), SUBCLASS_OF):
                if above not in found:
                    found[above] = None
                    waiting.append(above)
        return found


def canonical(literal: Literal) -> Literal:
    """Return a literal in its one spelling. A language tag that is none is left out."""
    if literal.language:
        tag = _tag(literal.language)
        return literal if tag == literal.language and literal.datatype is None else Literal(literal.value, tag)
    datatype = _datatype(literal.datatype)
    value = literal.value
    if datatype in _COLLAPSED:
        # Whitespace does not count in these (XML Schema, part 2, section 4.3.6), so neither does it in a comparison.
        value = re.sub("[\t\n\r]", " ", value)
        if datatype == _COLLAPSED[1]:
            value = re.sub(" +", " ", value.strip())
    if value == literal.value and datatype == literal.datatype and literal.language is None:
        return literal
    return Literal(value, None, datatype)


# What an IRI may not hold (RFC 3987, section 2.2); rdflib refuses to write such a term into a message.
_UNSAFE = re.compile(r'[\x00-\x20<>"{}|\\^`]')
_TAG = re.compile("^[a-zA-Z]+(?:-[a-zA-Z0-9]+)*$")
_COLLAPSED = (Iri(PREFIXES["xsd"] + "normalizedString"), Iri(PREFIXES["xsd"] + "token"))


def _percent(character: re.Match[str]) -> str:
    return f"%{ord(character[0]):02X}"


@lru_cache(maxsize=4096)
def _tag(language: str) -> str | None:
    return language.lower() if _TAG.match(language) else None


@lru_cache(maxsize=4096)
def _datatype(iri: Iri | None) -> Iri | None:
    return Iri(_UNSAFE.sub(_percent, iri)) if iri and iri != XSD_STRING else None
