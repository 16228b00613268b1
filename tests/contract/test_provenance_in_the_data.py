"""What the graphs say of themselves, asked in SPARQL: where from, by which run, labelled how, how good, how fresh."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from node.bootstrap import initialise, open_node
from node.exposition.sparql_examples import examples
from node.mapping.catalog import RecordFacts, record_triples
from node.model.label import Access
from node.model.oai import Window
from node.model.rdf import Iri
from node.model.run import RunStatus
from node.model.source import Agreement, Bounds, Source
from node.node import Node
from node.pipeline import harvest_source
from node.projector import project
from node.settings import ComputeSettings, FetchSettings, Settings
from node.storage.graphs import GraphQuery
from node.storage.tables import findings, records
from tests.servers.oai_pages import OaiPages, oai_dc_record

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
BASE = "http://node.example"
LICENSED = "<dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights>"
TERMS = "https://w3id.org/fairnode/catalog#"
SOVEREIGNTY = "https://w3id.org/fairnode/sovereignty#"
CC0, CC_BY = (f"http://publications.europa.eu/resource/authority/licence/{name}" for name in ("CC0", "CC_BY_4_0"))
PREFIXES = f"""
PREFIX cat: <{TERMS}> PREFIX sov: <{SOVEREIGNTY}> PREFIX dct: <http://purl.org/dc/terms/>
PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX odrl: <http://www.w3.org/ns/odrl/2/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
"""


@pytest.fixture(scope="module")
def repository() -> Iterator[OaiPages]:
    harvested = [oai_dc_record("oai:example.org:good", extra=LICENSED), oai_dc_record("oai:example.org:bare")]
    with OaiPages(harvested) as served:
        yield served


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, repository: OaiPages) -> Iterator[Node]:
    """A node with two sources, `seen` now and `old` ten days ago."""
    settings = Settings(
        base_url=BASE,
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0),
        compute=ComputeSettings(executor="inline"),
    ).model_copy(update={"home": tmp_path_factory.mktemp("home")})
    initialise(settings, NOW)
    made = open_node(settings)
    agreement = Agreement(country="FIN", metadata_license="CC0-1.0", data_access=Access.REGISTERED)
    for name in ("seen", "old"):
        made.sources.add(Source(name=name, url=repository.url, agreement=agreement, bounds=Bounds(min_records=1)), NOW)
    run(made, "old", days_ago=10)
    run(made, "seen")
    yield made
    made.close()


def run(node: Node, source: str, days_ago: float = 0) -> RunStatus:
    at = NOW - dt.timedelta(days=days_ago)
    return harvest_source(node, source, now=lambda: at, window=Window()).status


def ask(node: Node, query: str) -> list[dict[str, str]]:
    answer = node.graphs.query(GraphQuery(text=PREFIXES + query, media_type="application/sparql-results+json"))
    try:
        found = json.loads(b"".join(answer.chunks()))["results"]["bindings"]
    finally:
        answer.close()
    return [{name: value["value"] for name, value in row.items()} for row in found]


def example(number: str) -> str:
    return next(each.query for each in examples(BASE).each if each.iri.endswith(f"#{number}"))


def row(node: Node, identifier: str, source: int = 1) -> sa.Row:  # type: ignore[type-arg]
    with node.database.read() as connection:
        mine = (records.c.identifier == f"oai:example.org:{identifier}") & (records.c.source_id == source)
        return connection.execute(sa.select(records).where(mine)).one()


def test_a_record_tells_its_run_licence_digest_and_profile(node: Node) -> None:
    kept = row(node, "good")

    (said,) = ask(
        node,
        f"""SELECT * {{ <{BASE}/record/{kept.local_id}> prov:wasGeneratedBy ?run ; dct:license ?license ;
        cat:contentDigest ?digest ; cat:profileDigest ?profile }}""",
    )

    assert said["run"] == f"{BASE}/sources/seen/runs/2#run" and said["license"] == CC0
    assert said["digest"] == hashlib.sha256(node.inventory.get("rdf", kept.rdf_digest)).hexdigest()
    assert said["profile"] == kept.profile_digest


def test_a_version_that_is_held_back_is_not_the_one_that_speaks(node: Node, repository: OaiPages) -> None:
    before = node.projection.describe(row(node, "bare").local_id)
    good = repository.records[1]
    repository.records[1] = oai_dc_record("oai:example.org:bare", "", extra=LICENSED)

    run(node, "seen")

    assert row(node, "bare").held_code
    said = node.projection.describe(row(node, "bare").local_id)
    about = {Iri("http://www.w3.org/ns/prov#wasGeneratedBy"), Iri(f"{TERMS}fails"), Iri(f"{TERMS}contentDigest")}
    assert {each for each in said if each[1] in about} == {each for each in before if each[1] in about}
    repository.records[1] = good
    run(node, "seen")


def test_labels_can_be_asked_for_and_the_policy_found(node: Node) -> None:
    local = row(node, "good").local_id

    said = ask(
        node,
        f"""SELECT ?of ?access {{ <{BASE}/record/{local}> odrl:hasPolicy <{BASE}/policy/{local}> .
        ?label sov:of ?of ; sov:access ?access . FILTER(STRSTARTS(STR(?label), "{BASE}/policy/{local}#")) }}""",
    )

    assert {(each["of"], each["access"]) for each in said} == {
        (f"{BASE}/record/{local}", f"{SOVEREIGNTY}access-public"),
        (row(node, "good").subject, f"{SOVEREIGNTY}access-registered"),
    }


def test_only_records_that_pass_a_shape_are_found(node: Node) -> None:
    found = {each["dataset"] for each in ask(node, example("039"))}

    assert found == {row(node, "good", source).subject for source in (1, 2)}
    failed = ask(node, f"SELECT ?s {{ <{BASE}/record/{row(node, 'bare').local_id}> cat:fails ?s }}")
    with node.database.read() as connection:
        codes = connection.execute(sa.select(findings.c.code).where(findings.c.record_id == row(node, "bare").id))
        codes = {code for code in codes.scalars() if code[0].isupper()}
    assert {each["s"] for each in failed} == {f"https://w3id.org/fairnode/shapes#{code}" for code in codes}
    assert "R1.1-01" in codes


def test_of_an_undecided_check_it_is_not_said_that_it_passed(node: Node) -> None:
    facts = RecordFacts(
        **dict.fromkeys(("title", "identifier", "source_url", "metadata_prefix", "source_name", "harvested"), "x"),
        **dict.fromkeys(("license", "record_access", "data_access", "run"), None),
        record=Iri(f"{BASE}/record/x"),
        topic=Iri("https://example.org/x"),
        issued=NOW,
        modified=NOW,
        digest="00",
        score=1.0,
        max_score=2.0,
        profile_digest="11",
        codes=("mapping.unmapped", "F1-01", "https://example.org/shapes#Mine"),
    )
    stated = {(str(p), str(getattr(o, "value", o))) for _, p, o in record_triples(BASE, facts)}
    undecided = dataclasses.replace(facts, codes=("validation.engine-failed", "F1-01"))

    assert (f"{TERMS}profileDigest", "11") in stated
    assert {value for name, value in stated if name == f"{TERMS}fails"} == {
        "https://w3id.org/fairnode/shapes#F1-01",
        "https://example.org/shapes#Mine",
    }
    names = [str(p) for _, p, _ in record_triples(BASE, undecided)]
    assert f"{TERMS}profileDigest" not in names and f"{TERMS}fails" in names


def test_only_sources_seen_this_week_are_found(node: Node, repository: OaiPages) -> None:
    def fresh() -> set[str]:
        return {each["source"].rpartition("/")[2] for each in ask(node, example("041"))}

    assert fresh() == {"seen"}
    good = repository.records[:]
    repository.records.clear()
    status = run(node, "old", days_ago=1)
    repository.records[:] = good
    assert status is RunStatus.SUSPECT and fresh() == {"seen"}, "a run that is suspect did not see the source well"
    assert run(node, "old") is RunStatus.OK

    assert fresh() == {"seen", "old"}
    assert len(ask(node, "SELECT ?run { ?run prov:used ?source }")) == 2


def test_another_licence_in_the_agreement_reaches_every_graph_of_the_source(node: Node) -> None:
    other = dataclasses.replace(node.sources.get("old").source.agreement, metadata_license="CC-BY-4.0")
    node.sources.set_agreement("old", other, "cli:ann", lambda: NOW)

    project(node, publish=True)

    licences = ask(node, "SELECT DISTINCT ?source ?of { ?r prov:wasAttributedTo ?source ; dct:license ?of }")
    assert {(each["source"].rpartition("/")[2], each["of"]) for each in licences} == {("seen", CC0), ("old", CC_BY)}


def test_the_graphs_are_disjoint_and_are_what_sql_says(node: Node) -> None:
    assert node.projection.rebuild() is not None

    assert node.projection.verify().sound
    named = ask(node, "SELECT DISTINCT ?g { GRAPH ?g { ?run prov:used ?source } }")
    assert {each["g"] for each in named} == {f"{BASE}/source/seen", f"{BASE}/source/old"}
    node.sources.add(Source(name="new", url="https://example.org/oai"), NOW)
    assert node.projection.verify().sound, "a source that was never harvested has no graph"
    node.sources.remove("new")
    project(node, publish=True)
    assert node.projection.verify().sound
