"""A record as a graph to be judged: what is said of each node, by property, each statement once.

Both engines read a record from here, so they judge the same terms. Terms are those of RDF 1.1 Concepts
(https://www.w3.org/TR/rdf11-concepts/#section-Graph-Literal) in one spelling: a language tag in lower case, no datatype
for `xsd:string`. An IRI that holds what no IRI may hold is judged percent-encoded and shown as it came.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import cast

from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import PREFIXES, RDF_TYPE


class BlankNode(str):
    """A blank node by its label. What is kept holds none (see `node.model.rdf`); files and graphs of shapes do."""

    __slots__ = ()


Term = Iri | BlankNode | Literal
Values = dict[Term, None]
About = dict[str, Values]
"""What is said of a node: values by property. The values are the keys, in the order of the record."""

NOTHING: Values = {}
NOTHING_SAID: About = {}
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
        self.originals: dict[str, str] = {}
        self._inverse: dict[str, dict[Term, Values]] = {}
        self._classes: dict[Term, Values] | None = None
        given = triples if isinstance(triples, tuple) else tuple(triples)
        self.about, self._names = _indexed(given)
        # Hardly ever does an IRI hold what it may not, so all of them are looked at together.
        if _is_unsafe("".join(self._names)):
            self.about, self._names = _indexed([self._written(*triple) for triple in given])
        self._subclasses = SUBCLASS_OF in self._names

    def written(self, iri: Iri) -> Iri:
        """Return an IRI as it is judged."""
        if not _UNSAFE.search(iri):
            return iri
        found = Iri(_UNSAFE.sub(_percent, iri))
        self.originals[found] = str(iri)
        return found

    def _written(self, subject: Iri, predicate: Iri, value: Node) -> Triple:
        written = self.written
        return written(subject), written(predicate), written(value) if isinstance(value, Iri) else value

    def shown(self, term: Term) -> str:
        """Return the text of a term as it came."""
        text = term if isinstance(term, str) else term.value
        return str(self.originals.get(text, text) if self.originals else text)

    def values(self, node: Term, predicate: str) -> Values:
        """Return the values of a property."""
        return self.about.get(node, NOTHING_SAID).get(predicate, NOTHING)

    def subjects(self, predicate: str, value: Term) -> Values:
        """Return the nodes that have a value for a property."""
        index = self._inverse.get(predicate)
        if index is None:
            index = {}
            for subject, said in self.about.items():
                for one in said.get(predicate, NOTHING):
                    index.setdefault(one, {})[subject] = None
            # Kept when it is whole: the time of whoever asks can end at any point, and others ask after them.
            self._inverse[predicate] = index
        return index.get(value, NOTHING)

    def classes(self) -> Mapping[Term, Values]:
        """Return the SHACL instances of each class that has any (SHACL, section 1.1), by the subclasses it states."""
        found = self._classes
        if found is None:
            found = {}
            for subject, said in self.about.items():
                for stated in said.get(RDF_TYPE, NOTHING):
                    for above in self._above(stated) if self._subclasses else (stated,):
                        known = found.get(above)
                        if known is None:
                            found[above] = {subject: None}
                        else:
                            known[subject] = None
            self._classes = found
        return found

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

    def over(self, background: Mapping[str, About]) -> RecordGraph:
        """Return the record with what is known of the nodes that it names; this one stays as it is.

        Args:
            background: by node; see `Background.about`.
        """
        known = [name for name in self._names if name in background]
        if not known:
            return self
        found = RecordGraph.__new__(RecordGraph)
        found.originals = self.originals
        found.about = dict(self.about)
        found._names = self._names
        found._inverse = {}
        found._classes = None
        found._subclasses = self._subclasses
        for name in known:
            added = background[name]
            said = self.about.get(name)
            # What is known is shared by all records, and never written to.
            found.about[name] = added if said is None else _merged(said, added)
            found._subclasses = found._subclasses or SUBCLASS_OF in added
        return found

    def _above(self, kind: Term) -> Values:
        found: Values = {kind: None}
        waiting = [kind]
        while waiting:
            for above in self.values(waiting.pop(), SUBCLASS_OF):
                if above not in found:
                    found[above] = None
                    waiting.append(above)
        return found


class SharedRecord:
    """The statements of a record that several engines judge: made a graph once, by the first that asks.

    Within that engine's time limit, so that none is needed here.

    Args:
        blank: names that a reader gave to blank nodes: they are judged as what they were.
    """

    def __init__(self, triples: Iterable[Triple], *, blank: Collection[Iri] = ()) -> None:
        self._triples = tuple(triples)
        self._blank = blank
        self._graph: RecordGraph | None = None

    def graph(self) -> RecordGraph:
        """Return the graph."""
        if self._graph is None:
            self._graph = RecordGraph(_with_blank_nodes(self._triples, self._blank) if self._blank else self._triples)
        return self._graph


def _with_blank_nodes(triples: Iterable[Triple], blank: Collection[Iri]) -> tuple[Triple, ...]:
    def term(node: Node) -> Node:
        # To the graph a blank node is a term like another; only values ask what kind it is.
        return cast(Node, BlankNode(node)) if isinstance(node, Iri) and node in blank else node

    return tuple((cast(Iri, term(subject)), predicate, term(value)) for subject, predicate, value in triples)


def graph_of(record: Iterable[Triple] | SharedRecord) -> RecordGraph:
    """Return a record as a graph."""
    return record.graph() if isinstance(record, SharedRecord) else RecordGraph(record)


def _indexed(triples: Iterable[Triple]) -> tuple[dict[Term, About], set[Iri]]:
    """Return what is said of each node, and all IRIs that are named."""
    about: dict[Term, About] = {}
    names: set[Iri] = set()
    last: Iri | None = None
    said: About = {}
    for subject, predicate, value in triples:
        if subject is not last:
            last = subject
            known = about.get(subject)
            if known is None:
                known = about[subject] = {}
                names.add(subject)
            said = known
        if isinstance(value, str):
            names.add(value)
        elif not _is_canonical(value.language, value.datatype):
            value = canonical(value)
        values = said.get(predicate)
        if values is None:
            said[predicate] = {value: None}
            names.add(predicate)
        else:
            values[value] = None
    return about, names


def _merged(said: About, added: About) -> About:
    both = dict(said)
    for predicate, values in added.items():
        both[predicate] = {**both.get(predicate, NOTHING), **values}
    return both


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
_UNSAFE_BYTES = bytes(range(0x21)) + b'<>"{}|\\^`'
_UNSAFE = re.compile(f"[{re.escape(_UNSAFE_BYTES.decode())}]")
_TAG = re.compile("^[a-zA-Z]+(?:-[a-zA-Z0-9]+)*$")
_COLLAPSED = (Iri(PREFIXES["xsd"] + "normalizedString"), Iri(PREFIXES["xsd"] + "token"))


def _percent(character: re.Match[str]) -> str:
    return f"%{ord(character[0]):02X}"


def _is_unsafe(text: str) -> bool:
    data = text.encode("utf-8", "surrogatepass")
    return len(data.translate(None, _UNSAFE_BYTES)) < len(data)


@lru_cache(maxsize=4096)
def _is_canonical(language: str | None, datatype: Iri | None) -> bool:
    """Tell whether every literal with them is in its one spelling already."""
    if language is not None:
        return datatype is None and bool(language) and _tag(language) == language
    return datatype is None or (_datatype(datatype) == datatype and datatype not in _COLLAPSED)


@lru_cache(maxsize=4096)
def _tag(language: str) -> str | None:
    return language.lower() if _TAG.match(language) else None


@lru_cache(maxsize=4096)
def _datatype(iri: Iri | None) -> Iri | None:
    return Iri(_UNSAFE.sub(_percent, iri)) if iri and iri != XSD_STRING else None
