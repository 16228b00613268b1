"""Golden pairs: a payload of each format and the statements it must become, shared agents included."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from node.mapping import crosswalks as mapping
from node.mapping.dcat_ap import shared_nodes, to_triples
from node.mapping.protocols import MappingContext
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import PREFIXES
from node.syntax import parse_rdf, write_rdf

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PREFIXES_OF_FORMATS = [crosswalk.prefixes[0] for crosswalk in mapping.CROSSWALKS]
MEDIA_TYPES = {
    ".xml": "application/xml",
    ".rdf": "application/rdf+xml",
    ".jsonld": "application/ld+json",
    ".json": "application/json",
    ".input.ttl": "text/turtle",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    prefix: str
    payload: Path
    expected: Path
    media_type: str

    @property
    def context(self) -> MappingContext:
        name = self.expected.stem
        iri = Iri(f"https://node.example/dataset/{self.prefix}-{name}")
        return MappingContext(iri=iri, identifier=f"oai:repository.example:{name}", media_type=self.media_type)


def goldens() -> list[Golden]:
    found = []
    for prefix in PREFIXES_OF_FORMATS:
        for ending, media_type in MEDIA_TYPES.items():
            for payload in sorted((FIXTURES / prefix).glob(f"*{ending}")):
                expected = payload.with_name(payload.name.removesuffix(ending) + ".ttl")
                found.append(Golden(prefix=prefix, payload=payload, expected=expected, media_type=media_type))
    return found


def produced(case: Golden) -> list[Triple]:
    """All statements a payload becomes, and what is said about it: findings and unmapped parts as triples."""
    mapped = mapping.read(case.prefix, case.payload.read_bytes(), case.context)
    triples = [*to_triples(mapped.resource, base=case.context.iri), *mapped.extra]
    for _, about in shared_nodes(mapped.resource):
        triples += about
    account = Iri(f"{case.context.iri}#account")
    triples += [
        (account, Iri("https://node.example/vocabulary#unmapped"), Literal(f"{one.path} = {one.value}"))
        for one in mapped.unmapped
    ]
    triples += [
        (account, Iri("https://node.example/vocabulary#finding"), Literal(f"{one.code}: {one.message}"))
        for one in mapped.findings
    ]
    return triples


def written(triples: list[Triple]) -> str:
    """Turtle, sorted by subject, predicate and object, so that a change shows as a small difference."""
    ordered = sorted(set(triples), key=lambda triple: (triple[0], triple[1], str(triple[2])))
    return write_rdf(tuple(ordered), "text/turtle", prefixes=PREFIXES).decode("utf-8")


@pytest.mark.parametrize("case", goldens(), ids=lambda case: f"{case.prefix}/{case.expected.stem}")
def test_a_payload_becomes_the_statements_of_its_golden_file(case: Golden) -> None:
    expected = parse_rdf(case.expected.read_bytes(), "text/turtle", base_iri=case.context.iri)

    found = produced(case)

    assert sorted(map(_line, set(found))) == sorted(map(_line, set(expected)))


@pytest.mark.parametrize("prefix", PREFIXES_OF_FORMATS)
def test_every_format_has_at_least_four_golden_pairs(prefix: str) -> None:
    assert sum(case.prefix == prefix for case in goldens()) >= 4


def _line(triple: Triple) -> str:
    subject, predicate, value = triple
    if isinstance(value, Literal):
        datatype = "" if value.datatype == PREFIXES["xsd"] + "string" else value.datatype or ""
        return f'<{subject}> <{predicate}> "{value.value}"@{value.language or ""}^^{datatype}'
    return f"<{subject}> <{predicate}> <{value}>"
