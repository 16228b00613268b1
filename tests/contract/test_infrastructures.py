"""Infrastructures, services and instruments beside the datasets: their pages, OAI-PMH, the catalogue, SPARQL."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from node.bootstrap import initialise, open_node
from node.demo.repository import SampleRepository
from node.demo.sample import sample_records
from node.exposition.sparql_examples import examples
from node.model.label import Audience
from node.model.report import Severity
from node.model.source import Agreement, Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings
from node.syntax import parse_rdf
from node.validation import load_profile, validate
from node.web import catalogue, create_app

BASE = "http://node.example"
LUXION, LOUHI = "https://ror.org/01xx10n50", "https://louhi.example/"
DCAT = "http://www.w3.org/ns/dcat#"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    settings = Settings(
        base_url=BASE,
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",)),
        compute=ComputeSettings(executor="inline"),
    ).model_copy(update={"home": tmp_path_factory.mktemp("home")})
    initialise(settings, now())
    node = open_node(settings)
    wanted = ("infrastructure:luxion", "infrastructure:louhi")
    some = [each for each in sample_records() if not each.deleted and each.sets[1] in wanted][::3]
    with SampleRepository(records=some) as sample:
        for name, spec, infrastructure in (("luxion", wanted[0], None), ("louhi", wanted[1], LOUHI)):
            agreement = Agreement(infrastructure=infrastructure)
            node.sources.add(
                Source(
                    name=name, url=sample.url, metadata_prefix="oai_datacite", set_specs=(spec,), agreement=agreement
                ),
                now(),
            )
            harvest_source(node, name, now=now)
        node.sources.add(Source(name="offers", url=sample.catalogue_url, kind="dcat", metadata_prefix="dcat"), now())
        harvest_source(node, "offers", now=now)
    yield node
    node.close()


@pytest.fixture(scope="module")
def client(node: Node) -> FlaskClient:
    return create_app(node).test_client()


def local_ids(client: FlaskClient, kind: str) -> dict[str, str]:
    page = client.get(f"/catalog?kind={kind}", headers={"Accept": "text/html"}).text
    return {title: local for local, title in re.findall(r'<li><a href="/dataset/(\w+)">([^<]+)</a>', page)}


def rows(client: FlaskClient, query: str) -> list[str]:
    prefixes = "".join(
        f"PREFIX {prefix}: <{iri}>\n"
        for prefix, iri in {
            "dcat": DCAT,
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "fni": "https://w3id.org/fairnode/infrastructure#",
            "prov": "http://www.w3.org/ns/prov#",
        }.items()
    )
    answer = client.get(f"/sparql?{urlencode({'query': prefixes + query})}", headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    return answer.text.split()[1:]


def test_the_page_of_an_infrastructure_tells_how_to_use_it_and_what_comes_from_it(client: FlaskClient) -> None:
    facility = local_ids(client, "Facility")["Light and Neutron Sources of the Øresund and Bodensee Regions"]
    datasets = local_ids(client, "Dataset")

    page = client.get(f"/dataset/{facility}").text

    for words in ("remote access", "peer reviewed", "Germany", "NUTS DE13", "ESFRI Landmark", "advanced materials"):
        assert re.search(rf"<dd>.*{words}.*</dd>", page), words
    assert '"@type": "ResearchOrganization"' in page and '"addressRegion": "DE13"' in page
    assert '"addressCountry": "DE"' in page
    assert "Remote beam time at beamline 7" in page and "Horizontal neutron reflectometer" in page
    told = set(re.findall(r'<li><a href="/dataset/(\w+)">', page))
    mine = rows(client, f"SELECT ?d {{ ?d dct:publisher <{LUXION}> . ?c dcat:dataset ?d }}")
    assert 0 < len(mine) == len(told & set(datasets.values()))


@pytest.mark.parametrize("kind", ["Dataset", "Equipment", "Service"])
def test_a_page_leads_to_the_infrastructure_behind_it(client: FlaskClient, kind: str) -> None:
    facilities = set(local_ids(client, "Facility").values())

    for local in [*local_ids(client, kind).values()][:3]:
        found = re.search(r'<dt>Infrastructure</dt><dd><a href="/dataset/(\w+)">', client.get(f"/dataset/{local}").text)
        assert found is not None and found[1] in facilities


def test_an_instrument_is_a_product_for_search_engines_and_signposting(client: FlaskClient) -> None:
    answer = client.get(f"/dataset/{local_ids(client, 'Equipment')['Horizontal neutron reflectometer']}")

    assert '"@type": "IndividualProduct"' in answer.text
    assert '<https://schema.org/IndividualProduct>; rel="type"' in answer.headers["Link"]


def test_every_page_says_in_its_links_and_to_search_engines_what_kind_of_thing_it_is_about(client: FlaskClient) -> None:
    classes = {
        "Dataset": {"Dataset", "ImageObject", "SoftwareSourceCode"},  # by the type that their source gives them
        "Facility": {"ResearchOrganization"},
        "Service": {"Service"},
    }
    for kind, expected in classes.items():
        found = set()
        for local in local_ids(client, kind).values():
            answer = client.get(f"/dataset/{local}")
            (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text, re.DOTALL)
            found.add(json.loads(text)["@type"])
            assert f'<https://schema.org/{json.loads(text)["@type"]}>; rel="type"' in answer.headers["Link"]
            names = re.findall(rf"/dataset/{local}#([a-z]+)", text)
            assert set(names) <= {"distribution"}, "what else is nested has no name in JSON"
        assert found == expected


def test_the_catalogue_of_a_kind_lists_its_members_and_no_others(client: FlaskClient) -> None:
    answer = client.get("/catalog?kind=Facility", headers={"Accept": "application/n-triples"})

    members = re.findall(rf"/catalog> <{DCAT}(resource|dataset|service)> <([^>]*)>", answer.text)
    assert {link for link, _ in members} == {"resource"} and len(members) == 12
    assert {LUXION, LOUHI} <= {member for _, member in members}
    assert '<http://www.w3.org/ns/hydra/core#totalItems> "12"' in answer.text
    assert client.get("/catalog?kind=Nothing").status_code == 404
    assert "Infrastructures</a> (12)" in client.get("/").text


def test_oai_pmh_lists_each_kind_and_all_that_belongs_to_an_infrastructure(client: FlaskClient) -> None:
    def answer(set_spec: str, prefix: str) -> str:
        asked = {"verb": "ListRecords", "metadataPrefix": prefix, "set": set_spec}
        return client.get(f"/oai?{urlencode(asked)}").text

    facilities, instruments = answer("kind:facility", "oai_dc"), answer("kind:equipment", "oai_datacite")
    assert facilities.count("<dc:type>research infrastructure</dc:type>") == 12
    assert instruments.count('resourceTypeGeneral="Instrument"') == instruments.count("<record>") > 0
    assert instruments.count("<record>") >= 5
    for iri, offers in ((LUXION, 2), (LOUHI, 1)):
        spec = f"infrastructure:{re.sub('[^a-z0-9]+', '-', iri.removeprefix('https://')).strip('-')}"
        listed = answer(spec, "oai_dc")
        # The infrastructure itself, what it offers, and where an agreement says so the records of the source.
        more = listed.count("<setSpec>source:louhi</setSpec>")
        assert listed.count("<record>") == 1 + offers + more
        assert bool(more) is (iri == LOUHI)


def test_datasets_are_found_by_the_access_that_their_infrastructure_offers(client: FlaskClient) -> None:
    question = (
        'SELECT ?d {{ ?o dcat:keyword "{}"@en ; fni:accessType fni:access-remote ; dct:isPartOf ?i . '
        "?d dct:publisher|prov:wasAttributedTo ?i . ?c dcat:dataset ?d }}"
    )

    # By the publisher's ROR, and by the agreement with the source.
    for word, source in (("synchrotron radiation", "luxion"), ("quantum computing", "louhi")):
        theirs = (
            f"SELECT ?d {{ ?r prov:wasAttributedTo <{BASE}/source/{source}> ; foaf:primaryTopic ?d . "
            "?c dcat:dataset ?d }"
        )
        assert sorted(rows(client, question.format(word))) == sorted(rows(client, theirs)) != []


def test_example_queries_find_what_infrastructures_offer_themselves_by_status_and_region(client: FlaskClient) -> None:
    query = {each.iri.rpartition("#")[2]: each.query for each in examples(BASE).each}

    theirs = rows(client, query["043"].replace("synchrotron radiation", "high-performance computing"))
    of_landmarks = rows(client, query["047"])

    assert {row.split(",")[0] for row in theirs if row.startswith("http")} == {LOUHI}
    assert {row.split(",")[0] for row in of_landmarks if row.startswith("http")} == {LUXION}


@pytest.mark.parametrize("asked", ["", "?kind=Facility"])
def test_the_pages_of_a_catalogue_of_many_kinds_lead_through_all_of_it_and_back(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(catalogue, "_PAGE", 10)
    start = f"{BASE}/catalog{asked}"

    def page(address: str) -> tuple[set[str], dict[str, str]]:
        text = client.get(address.removeprefix(BASE), headers={"Accept": "application/n-triples"}).text
        assert f"/hydra/core#view> <{address}#page>" in text
        said = re.findall(r'/hydra/core#(first|previous|next|last|totalItems)> [<"]([^>"]*)[>"]', text)
        return set(re.findall(rf"/catalog> <{DCAT}(?:dataset|service|resource)> <([^>]*)>", text)), dict(said)

    walked, members, address = [""], set[str](), start
    while address:
        found, way = page(address)
        assert (way["first"], way.get("previous", "")) == (start, walked[-1])
        walked.append(address)
        members |= found
        address = way.get("next", "")
    whole = rows(client, "SELECT (COUNT(DISTINCT ?d) AS ?n) { ?c dcat:dataset|dcat:service|dcat:resource ?d }")
    assert [str(len(members)), way["totalItems"]] == [*(["12"] if asked else whole)] * 2 and len(walked) > 2
    back, address = set[str](), way["last"]
    while address:
        found, way = page(address)
        back |= found
        address = way.get("previous", "")
    assert back == members


def test_the_graphs_stay_disjoint_though_an_infrastructure_is_an_agent_of_others(node: Node) -> None:
    assert node.projection.verify().sound


def test_the_catalogue_itself_keeps_to_dcat_ap(client: FlaskClient) -> None:
    answer = client.get("/catalog?kind=Facility", headers={"Accept": "text/turtle"})
    report = validate(parse_rdf(answer.data, "text/turtle", base_iri="urn:x"), load_profile("dcat-ap"))

    failed = {one.code for one in report.results if one.severity is Severity.VIOLATION}
    # DCAT-AP has no class for an infrastructure, and knows no original in another format than its own.
    assert failed == {"AP-CatalogRecord-primaryTopic", "AP-CatalogRecord-source"}


def test_the_sample_says_all_that_the_service_profile_demands(node: Node, client: FlaskClient) -> None:
    profile = load_profile("service")

    for kind in ("Facility", "Service"):
        for title, local in local_ids(client, kind).items():
            report = validate(node.projection.describe(local, Audience.PUBLIC), profile)
            failed = {one.code for one in report.results if one.severity is Severity.VIOLATION}
            assert report.max_score > 30, title
            assert failed == set(), title


def test_an_agreement_that_names_another_infrastructure_moves_what_the_data_say(
    node: Node, client: FlaskClient
) -> None:
    before = node.sources.get("louhi").source.agreement
    try:
        node.sources.set_agreement("louhi", dataclasses.replace(before, infrastructure=LUXION), "test", now)
        node.projection.run()

        assert rows(client, f"SELECT ?d {{ ?d prov:wasAttributedTo <{LOUHI}> }}") == []
        assert rows(client, f"SELECT ?d {{ ?d prov:wasAttributedTo <{LUXION}> }}") != []
    finally:
        node.sources.set_agreement("louhi", before, "test", now)
        node.projection.run()
