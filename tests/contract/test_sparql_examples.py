"""The example queries, run over HTTP against a node that has harvested; read as tools for such files read them."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib import RDF, RDFS, SH

from node.bootstrap import initialise, open_node
from node.demo.repository import SampleRepository
from node.demo.sample import sample_records
from node.exposition.sparql_examples import Example, examples
from node.model.source import Agreement, Source
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings
from node.web import create_app

BASE = "http://node.example"
EXAMPLES = examples(BASE).each
SCHEMA = rdflib.Namespace("https://schema.org/")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    settings = Settings(
        base_url=BASE,
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",)),
        compute=ComputeSettings(executor="inline"),
    ).model_copy(update={"home": tmp_path_factory.mktemp("home")})
    now = dt.datetime.now(dt.UTC)
    initialise(settings, now)
    node = open_node(settings)
    with SampleRepository(records=[each for number, each in enumerate(sample_records()) if number % 7 < 2]) as sample:
        for name, prefix, sets in (("datasets", "oai_datacite", "data"), ("services", "oai_dc", "services")):
            agreement = Agreement(operator="Sample", country="FIN", contact="data@example.org")
            node.sources.add(
                Source(name=name, url=sample.url, metadata_prefix=prefix, set_specs=(sets,), agreement=agreement), now
            )
            harvest_source(node, name, now=lambda: dt.datetime.now(dt.UTC))
        offers = Source(name="infrastructures", url=sample.catalogue_url, kind="dcat", metadata_prefix="dcat")
        node.sources.add(offers, now)
        harvest_source(node, offers.name, now=lambda: dt.datetime.now(dt.UTC))
    yield create_app(node).test_client()
    node.close()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.iri.rpartition("#")[2])
def test_row_39_every_example_is_answered_quickly_and_with_something(client: FlaskClient, example: Example) -> None:
    started = time.monotonic()

    response = client.get(f"/sparql?{urlencode({'query': example.query})}", headers={"Accept": "application/json"})

    assert response.status_code == 200, response.text
    assert time.monotonic() - started < 2
    document = json.loads(response.data)
    if "boolean" in document:
        assert document["boolean"] is True
    else:
        assert document["results"]["bindings"] if "results" in document else document


def test_row_39_the_examples_are_served_as_shacl_executables(client: FlaskClient) -> None:
    response = client.get("/.well-known/sparql-examples", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=response.data, format="turtle")

    found = set(graph.subjects(RDF.type, SH.SPARQLExecutable))
    assert len(found) == len(EXAMPLES) >= 30
    for example in found:
        form, text = next(
            (form, text) for form in ("select", "ask", "construct") for text in graph.objects(example, SH[form])
        )
        assert (example, RDF.type, SH[f"SPARQL{form.capitalize()}Executable"]) in graph
        assert graph.value(example, RDFS.comment).language == "en"
        assert list(graph.objects(example, SCHEMA.keywords))
        assert graph.value(example, SCHEMA.target) == rdflib.URIRef(f"{BASE}/sparql")
        rdflib.plugins.sparql.prepareQuery(str(text))
        assert any(graph.objects(graph.value(example, SH.prefixes), SH.declare))


def test_the_page_shows_every_example(client: FlaskClient) -> None:
    page = client.get("/sparql", headers={"Accept": "text/html"}).text

    assert page.count("<pre>") == len(EXAMPLES)
