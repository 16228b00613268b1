"""Federation from the client's side: Comunica asks two nodes at once, and answers as one store of both would."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from node.bootstrap import initialise, open_node
from node.demo.repository import SampleRepository
from node.demo.sample import sample_records
from node.model.source import Agreement, Source
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings
from tests.servers.comunica import comunica
from tests.servers.fairnode import Home

PREFIXES = """PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
# Statements that both nodes hold, such as those about a person, are two to who unites answers, and one to a store that
# holds both: where they count, a query says DISTINCT.
QUERIES = {
    "every dataset, counted": "SELECT (COUNT(DISTINCT ?d) AS ?n) { ?d a dcat:Dataset }",
    "titles in a language": 'SELECT ?d ?t { ?d a dcat:Dataset ; dct:title ?t FILTER(LANGMATCHES(LANG(?t), "en")) }',
    "whoever made datasets of both": "SELECT DISTINCT ?who ?name ?d { ?d dct:creator ?who . ?who foaf:name ?name }",
    "together by a person of both": "SELECT DISTINCT ?a ?b { ?a dct:creator ?w . ?b dct:creator ?w "
    "FILTER(STR(?a) < STR(?b)) }",
    "the datasets of each publisher": "SELECT ?p (COUNT(DISTINCT ?d) AS ?n) { ?d dct:publisher ?p } GROUP BY ?p",
    "a word in titles, or none": 'SELECT ?d ?k { ?d dct:title ?t FILTER(CONTAINS(LCASE(STR(?t)), "a")) '
    "OPTIONAL { ?d dct:accrualPeriodicity ?k } }",
    "the newest of all": "SELECT DISTINCT ?d ?i { ?d a dcat:Dataset ; dct:issued ?i } "
    "ORDER BY DESC(STR(?i)) ?d LIMIT 7",
    "datasets or their files": "SELECT DISTINCT ?x { { ?x a dcat:Dataset } UNION { ?d dcat:distribution ?x } "
    "FILTER(ISIRI(?x)) }",
    "those without a licence": "SELECT DISTINCT ?d { ?d a dcat:Dataset FILTER NOT EXISTS { ?d dct:license ?l } "
    "FILTER NOT EXISTS { ?d dcat:distribution/dct:license ?l } }",
    "of catalogues on a path": "SELECT DISTINCT ?c ?d { ?c dcat:dataset ?d . ?c dct:title|foaf:name ?t }",
    "whether anything is a service": "ASK { ?s a dcat:DataService }",
    "a graph made anew": "CONSTRUCT { ?d dct:subject ?k } { ?d a dcat:Dataset ; dcat:keyword ?k }",
}


@dataclass(frozen=True)
class Nodes:
    endpoints: tuple[str, ...]
    union: ox.Store


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    union, endpoints = ox.Store(), []
    with ExitStack() as running:
        for number in range(2):
            path = tmp_path_factory.mktemp(f"node{number}")
            home = Home(path, {"FAIRNODE_BASE_URL": f"https://node{number}.example"})
            _fill(path, number)
            state = path / "graphs" / "snapshots" / (path / "graphs" / "current").read_text()
            statements = {
                ox.Triple(quad.subject, quad.predicate, quad.object) for quad in ox.Store.read_only(str(state))
            }
            union.extend(ox.Quad(each.subject, each.predicate, each.object) for each in statements)
            endpoints.append(f"{running.enter_context(home.serving())}/sparql")
        yield Nodes(tuple(endpoints), union)


def _fill(home: Path, number: int) -> None:
    """Have a node harvest a part of the sample that is its own."""
    settings = Settings(
        base_url=f"https://node{number}.example",
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",)),
        compute=ComputeSettings(executor="inline"),
    ).model_copy(update={"home": home})
    now = dt.datetime.now(dt.UTC)
    initialise(settings, now)
    node = open_node(settings)
    with SampleRepository(
        records=[one for place, one in enumerate(sample_records()) if place % 24 == number]
    ) as sample:
        agreement = Agreement(operator="Sample", country="FIN", contact="data@example.org")
        for prefix, sets in (("oai_datacite", "data"), ("oai_dc", "services")):
            source = Source(name=sets, url=sample.url, metadata_prefix=prefix, set_specs=(sets,), agreement=agreement)
            node.sources.add(source, now)
            harvest_source(node, sets, now=lambda: dt.datetime.now(dt.UTC))
    node.close()


def test_twelve_queries_over_two_nodes_are_answered_as_by_one_store_of_both(nodes: Nodes) -> None:
    answers = comunica(nodes.endpoints, [PREFIXES + query for query in QUERIES.values()])

    for (name, query), answer in zip(QUERIES.items(), answers, strict=True):
        expected = _expected(nodes.union.query(PREFIXES + query))
        assert expected, f"{name}: the sample has nothing to find"
        assert "failed" not in answer, f"{name}: {answer}"
        assert _found(answer["found"]) == expected, name


def _expected(result: Any) -> object:
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    if isinstance(result, ox.QueryTriples):
        return Counter(json.dumps([_term(part) for part in triple], sort_keys=True) for triple in result)
    names = [variable.value for variable in result.variables]
    rows = ({name: _term(row[name]) for name in names if row[name] is not None} for row in result)
    return Counter(json.dumps(row, sort_keys=True) for row in rows)


def _found(found: Any) -> object:
    if isinstance(found, bool):
        return found
    return Counter(json.dumps(row, sort_keys=True) for row in found)


def _term(term: Any) -> dict[str, str]:
    if isinstance(term, ox.Literal):
        language = term.language or ""
        return {"type": "Literal", "value": term.value, "language": language, "datatype": term.datatype.value}
    return {"type": type(term).__name__, "value": term.value}
