"""The two SHACL engines over the same generated records, one record at a time, in one process.

A record comes as canonical N-Triples, as the graph holds it, and is parsed by each engine's own reader, which counts.
The same shapes are loaded beforehand for all: `pyshacl.validate` with a parsed shapes graph is what a script would do,
`engine pyshacl` is the node's referee, which keeps the shapes and not only their graph.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pyshacl
from lxml import etree
from rdflib import Graph

from node.mapping.crosswalks import read
from node.mapping.dcat_ap import to_triples
from node.mapping.protocols import MappingContext
from node.model.rdf import Iri
from node.syntax import element_bytes, parse_xml, to_ntriples
from node.syntax.ntriples import from_ntriples
from node.validation.background import NO_BACKGROUND, Background, vocabularies
from node.validation.engine_compiled import CompiledEngine
from node.validation.engine_pyshacl import PyshaclEngine
from node.validation.engines import Answer, Engine
from node.validation.profiles import Profile, read_profile
from node.validation.record_graph import SharedRecord
from tests.benchmarks.repository import record

_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_IRI = Iri("https://example.org/dataset/x")
_COMPILED, _REFEREE, _PYSHACL = 2000, 100, 30
"""Records for each engine, by its pace."""


def main() -> None:
    """Print records per second of CPU time, and how many times that of pySHACL it is."""
    texts = [_text(number) for number in range(200)]
    size = sum(text.count("\n") for text in texts) / len(texts)
    print(f"\nvalidation, one core, records of {size:.0f} triples, parsing included, CPU time")
    profiles = [read_profile(name) for name in ("fair", "dcat-ap")]
    for profile in profiles:
        _compare([profile], texts)
    _compare(profiles, texts)
    _say("  parsing alone", _rate(texts * 5, from_ntriples), 0)


def _compare(profiles: Sequence[Profile], texts: Sequence[str]) -> None:
    compiled = [CompiledEngine(profile, background=_background(profile)) for profile in profiles]
    referees = [PyshaclEngine(profile, background=_background(profile)) for profile in profiles]
    for text in texts[:5]:
        assert _ask(compiled, text) == _ask(referees, text)
    shapes = Graph()
    for profile in profiles:
        for _, data in profile.files:
            shapes.parse(data=data, format="turtle")
    plain = _rate(
        texts[:_PYSHACL], lambda text: pyshacl.validate(Graph().parse(data=text, format="nt"), shacl_graph=shapes)
    )
    count = sum(len(profile.shapes) for profile in profiles)
    left = sum(len(engine.reasons) for engine in compiled)
    print(f"profile {' and '.join(profile.name for profile in profiles)}, {count} shapes; the referee has {left}")
    _say("  pyshacl.validate, shapes graph loaded", plain, plain)
    _say("  engine pyshacl", _rate(texts[:_REFEREE], lambda text: _ask(referees, text)), plain)
    _say("  engine compiled", _rate(texts * (_COMPILED // len(texts)), lambda text: _ask(compiled, text)), plain)


def _ask(engines: Sequence[Engine], text: str) -> list[Answer]:
    """Have one record, parsed once, judged by each engine."""
    record = SharedRecord(from_ntriples(text))
    return [engine.ask(record, None) for engine in engines]


def _background(profile: Profile) -> Background:
    return vocabularies() if profile.vocabularies else NO_BACKGROUND


def _text(number: int) -> str:
    page = f'<x xmlns="http://www.openarchives.org/OAI/2.0/">{record(number)}</x>'.encode()
    metadata = parse_xml(page).find(f".//{_OAI}metadata")
    assert isinstance(metadata, etree._Element)
    iri = Iri(f"{_IRI}{number}")
    mapped = read("oai_datacite", element_bytes(metadata[0]), MappingContext(iri=iri, identifier=str(number)))
    return to_ntriples(to_triples(mapped.resource, base=iri))


def _rate(texts: Sequence[str], job: Callable[[str], object]) -> float:
    """Of three rounds the best: what else the machine does only ever takes time away."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for text in texts:
            job(text)
        best = min(best, time.process_time() - start)
    return len(texts) / best


def _say(what: str, rate: float, plain: float) -> None:
    print(f"{what:<44} {rate:>8.0f} records/s" + (f"   {rate / plain:>6.1f} of pyshacl.validate" if plain else ""))


if __name__ == "__main__":
    main()
