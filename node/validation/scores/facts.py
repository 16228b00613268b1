"""What a record says that scores need besides verdicts; kept as text, so that no score has to read the record again.

It is a function of the record and of the profile that counts as compliance, and of nothing else: what its links answer
comes later, and changes while the record does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from node.errors import StorageError
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import RDF_TYPE, expand
from node.syntax import JsonValue
from node.terms import identifiers
from node.validation.scores.mqa_metrics import values
from node.validation.scores.mqa_record import ASKING, OF_DATASET, OF_DISTRIBUTION, DatasetFacts, Way, index, look


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """What one record says of its resource.

    Attributes:
        pids: its persistent identifiers as addresses.
        pages: addresses where its metadata are: those, its landing pages, and itself.
        data: addresses where its data are.
        complies: with DCAT-AP; `None` where that is undecided.
        dataset: what MQA looks at; `None` for what is no dataset.
    """

    pids: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    complies: bool | None = None
    dataset: DatasetFacts | None = None

    @property
    def addresses(self) -> frozenset[str]:
        """Every address whose answer decides something."""
        own = self.dataset.addresses if self.dataset else ()
        return frozenset((*self.pids, *self.pages, *self.data, *own))


def facts_of(triples: Iterable[Triple], resource: Iri, complies: bool | None) -> RecordFacts:
    """Return what a record says of a resource; the order of triples does not matter."""
    held = tuple(triples)
    about = index(held)
    own = about.get(resource, {})
    dataset = look(held, resource) if _DATASET in values(own, RDF_TYPE) else None
    pids, pages = set(), {str(url) for url in values(own, _LANDING_PAGE) if _is_address(url)}
    for name in (resource, *values(own, _IDENTIFIER)):
        address = _persistent(name)
        if address:
            pids.add(address)
        elif name == resource and _is_address(name):
            pages.add(str(name))
    if dataset is not None:
        data = set(dataset.addresses)
    else:
        data = {str(url) for url in values(own, _ENDPOINT) if _is_address(url)}
    return RecordFacts(
        pids=tuple(sorted(pids)),
        pages=tuple(sorted(pids | pages)),
        data=tuple(sorted(data)),
        complies=complies,
        dataset=dataset,
    )


def facts_text(facts: RecordFacts) -> str:
    """Return facts as canonical JSON."""
    document: dict[str, JsonValue] = {
        "pids": list(facts.pids),
        "pages": list(facts.pages),
        "data": list(facts.data),
        "complies": facts.complies,
    }
    if facts.dataset is not None:
        document["states"] = _bits(facts.dataset.states)
        document["ways"] = [[_bits(way.states), *_lists(way.asks)] for way in facts.dataset.ways]
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_facts(text: str) -> RecordFacts:
    """Return facts that `facts_text` wrote.

    Raises:
        StorageError: it did not.
    """
    held: dict[str, JsonValue] = json.loads(text)
    match held:
        case {"pids": list(pids), "pages": list(pages), "data": list(data), "complies": bool() | None as known}:
            dataset = _dataset(held)
            return RecordFacts(
                pids=_texts(pids), pages=_texts(pages), data=_texts(data), complies=known, dataset=dataset
            )
    raise StorageError("what is stored of a record's scores cannot be read", advice="Audit its source again.")


_DATASET = expand("dcat:Dataset")
_LANDING_PAGE = expand("dcat:landingPage")
_IDENTIFIER = expand("dct:identifier")
_ENDPOINT = expand("dcat:endpointURL")
_STATES = sum(metric.statements for metric in OF_DATASET)
_WAY_STATES = sum(metric.statements for metric in OF_DISTRIBUTION)


def _is_address(node: Node) -> bool:
    return isinstance(node, Iri) and str(node).startswith(("http://", "https://"))


def _persistent(name: Node) -> str:
    """The address of a persistent identifier; empty where a name is none, or one that no web address belongs to."""
    text = name.value if isinstance(name, Literal) else str(name)
    address = identifiers.doi(text) or identifiers.handle(text) or identifiers.iri(text)
    if address is None or not identifiers.is_persistent(address) or not _is_address(address):
        return ""
    return str(address)


def _lists(of_texts: Iterable[tuple[str, ...]]) -> list[JsonValue]:
    return [list(texts) for texts in of_texts]


def _texts(values: Iterable[JsonValue]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


def _bits(states: Iterable[bool]) -> str:
    return "".join("1" if state else "0" for state in states)


def _dataset(more: dict[str, JsonValue]) -> DatasetFacts | None:
    states, ways = more.get("states"), more.get("ways")
    if not isinstance(states, str) or not isinstance(ways, list):
        return None
    return DatasetFacts(states=_flags(states, _STATES), ways=tuple(_way(way) for way in ways))


def _way(way: JsonValue) -> Way:
    match way:
        case [str(states), *asks] if len(asks) == len(ASKING):
            lists = tuple(_texts(urls) if isinstance(urls, list) else () for urls in asks)
            return Way(states=_flags(states, _WAY_STATES), asks=lists)
    raise StorageError("what is stored of a distribution cannot be read", advice="Audit its source again.")


def _flags(text: str, count: int) -> tuple[bool, ...]:
    if len(text) != count:
        raise StorageError("what is stored of a record's scores cannot be read", advice="Audit its source again.")
    return tuple(letter == "1" for letter in text)
