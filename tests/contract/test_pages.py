"""The pages and the linked data, over a node that has really harvested."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from lxml import html

from node.bootstrap import initialise, open_node
from node.model.rdf import Iri, Literal, Triple
from node.model.source import Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings
from node.storage.kept import local_id
from node.syntax import parse_rdf
from node.web import create_app
from node.web.statements import statements, title_of
from tests.servers.oai_pages import OaiPages, oai_dc_record

HOSTILE = "&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; peace"
MEDIA_TYPES = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "nt": "application/n-triples",
}


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    settings = Settings(
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01), compute=ComputeSettings(executor="inline")
    ).model_copy(update={"home": tmp_path_factory.mktemp("home")})
    initialise(settings, now())
    node = open_node(settings)
    records = [
        oai_dc_record("oai:example.org:1", "Sea surface temperature"),
        oai_dc_record("oai:example.org:2", HOSTILE),
        oai_dc_record("oai:example.org:3", "To be withdrawn"),
    ]
    with OaiPages(records) as repository:
        node.sources.add(Source(name="pages", url=repository.url), now())
        assert harvest_source(node, "pages", now=now).balanced
        repository.records[2] = oai_dc_record("oai:example.org:3", deleted=True)
        assert harvest_source(node, "pages", now=now).balanced
    yield node
    node.close()


@pytest.fixture(scope="module")
def client(node: Node) -> FlaskClient:
    return create_app(node).test_client()


def path(number: int, kind: str = "dataset") -> str:
    return f"/{kind}/{local_id('pages', f'oai:example.org:{number}')}"


@pytest.mark.parametrize(
    "page", ["/", "/sources", "/sources/pages", "/sources/pages/runs/1", "/sparql", path(1), path(2), path(1, "record")]
)
def test_a_page_is_whole_without_scripts_and_asks_no_other_host(client: FlaskClient, page: str) -> None:
    answer = client.get(page, headers={"Accept": "text/html"})

    assert answer.status_code == 200 and answer.mimetype == "text/html"
    tree = html.fromstring(answer.data)
    assert not tree.xpath("//script[not(@type = 'application/ld+json')]"), "data is no script"
    assert tree.get("lang") and tree.xpath("//title/text()") and tree.xpath("//main//h1")
    for address in tree.xpath("//link[@rel='stylesheet']/@href | //img/@src | //form/@action"):
        assert address.startswith("/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_harvested_mark_up_is_shown_as_text(client: FlaskClient) -> None:
    answer = client.get(path(2), headers={"Accept": "text/html"})

    assert b"<script>" not in answer.data
    assert "<script>alert(1)</script>" in html.fromstring(answer.data).findtext(".//h1")


def test_a_statement_is_shown_once_and_words_with_their_language(client: FlaskClient) -> None:
    tree = html.fromstring(client.get(path(1), headers={"Accept": "text/html"}).data)

    rows = ["|".join(cell.text_content() for cell in row) for row in tree.xpath("//table//tr")]
    assert len(rows) == len(set(rows)) and sum("odrl:hasPolicy" in row for row in rows) == 1
    triples: tuple[Triple, ...] = (
        (Iri("urn:a"), Iri("urn:b"), Literal("Meri", language="fi")),
        (Iri("urn:a"), Iri("urn:b"), Literal("<i>Sea</i>", language='"><b>')),
    )
    with client.application.app_context():
        macro = client.application.jinja_env.get_template("parts.html").module.statements  # type: ignore[attr-defined]
        shown = str(macro(statements(triples, "urn:a")))
    assert '<span lang="fi">Meri</span> <small class="quiet">@fi</small>' in shown
    assert "<i>" not in shown and "<b>" not in shown


def test_a_title_is_told_in_english_where_there_is_one() -> None:
    title = Iri("http://purl.org/dc/terms/title")
    triples: list[Triple] = [(Iri("urn:a"), title, Literal("Meri", language="fi"))]

    assert title_of(triples, "urn:a") == "Meri" and title_of(triples, "urn:b") == ""
    assert title_of([*triples, (Iri("urn:a"), title, Literal("Sea", language="en-GB"))], "urn:a") == "Sea"


@pytest.mark.parametrize(("extension", "media_type"), MEDIA_TYPES.items())
def test_a_record_is_the_same_graph_by_accept_and_by_extension(
    client: FlaskClient, extension: str, media_type: str
) -> None:
    by_accept = client.get(path(1), headers={"Accept": media_type})
    by_extension = client.get(f"{path(1)}.{extension}")

    assert by_accept.mimetype == by_extension.mimetype == media_type
    graphs = [set(parse_rdf(answer.data, media_type, base_iri="urn:x")) for answer in (by_accept, by_extension)]
    assert graphs[0] == graphs[1]
    plain = {(str(s), str(p), getattr(o, "value", o)) for s, p, o in graphs[0]}
    record = f"http://127.0.0.1:8000{path(1, 'record')}"
    assert (record, "http://purl.org/dc/terms/identifier", "oai:example.org:1") in plain
    assert "Accept" in by_accept.headers["Vary"]
    assert 'rel="cite-as"' in by_accept.headers["Link"] and 'rel="describedby"' in by_accept.headers["Link"]
    # Under its own address it is no landing page: it leads to one.
    page = f"<http://127.0.0.1:8000{path(1)}>"
    links = by_extension.headers["Link"]
    assert f'{page}; rel="describes"; type="text/html"' in links and f'{page}; rel="original"' in links
    assert links.count('rel="linkset"') == 2 and not re.search('rel="(type|describedby|cite-as)"', links)


def test_a_browser_gets_a_page_and_an_unknown_type_is_refused(client: FlaskClient) -> None:
    browser = client.get(path(1), headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    nothing = client.get(path(1), headers={"Accept": "image/png"})

    assert browser.mimetype == "text/html"
    assert nothing.status_code == 406
    assert json.loads(nothing.data)["code"] == "http.406"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/turtle;charset=utf-8", "text/turtle"),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', "application/ld+json"),
        ("application/n-triples; version=1.2; q=0.4, application/rdf+xml; q=0.6", "application/rdf+xml"),
        ("text/html;q=0, */*;q=0.1", "text/turtle"),
    ],
)
def test_parameters_of_a_media_type_exclude_nothing(client: FlaskClient, accept: str, media_type: str) -> None:
    answer = client.get(path(1), headers={"Accept": accept})

    assert (answer.status_code, answer.mimetype) == (200, media_type)


def test_a_withdrawn_record_is_gone_and_an_unknown_one_was_never_there(client: FlaskClient) -> None:
    assert client.get(path(3)).status_code == 410
    assert client.get(path(9)).status_code == 404
    assert client.get(f"{path(1)}.exe").status_code == 404


@pytest.mark.parametrize("accept", ["text/html", "text/turtle", "application/rdf+xml;version=1"])
@pytest.mark.parametrize(("number", "status"), [(3, 410), (9, 404)])
def test_no_cache_keeps_by_itself_that_a_record_is_not_to_be_had(
    client: FlaskClient, number: int, status: int, accept: str
) -> None:
    for address in (path(number), f"{path(number)}.ttl", path(number, "timemap"), path(number, "policy")):
        answer = client.get(address, headers={"Accept": accept})

        assert answer.status_code == status, address
        assert answer.headers["Cache-Control"] == "no-cache" and "Accept" in answer.headers["Vary"]
        assert answer.mimetype == ("text/html" if accept == "text/html" else "application/problem+json")


@pytest.mark.parametrize("address", [path(1, "timemap"), f"{path(1, 'record')}/raw", "/sitemap.xml"])
def test_who_has_it_is_not_sent_it_again(client: FlaskClient, address: str) -> None:
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": f'"other", W/{first.headers["ETag"]}'})

    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-cache"
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_catalogue_is_dcat(client: FlaskClient) -> None:
    answer = client.get("/catalog", headers={"Accept": "text/turtle"})

    assert b"dcat:Catalog" in answer.data
    assert client.get("/catalog", headers={"Accept": "text/html"}).status_code == 303


def test_operations_tell_health_readiness_and_figures(client: FlaskClient) -> None:
    assert client.get("/healthz").data == b"ok\n"
    assert json.loads(client.get("/readyz").data)["ready"] is True
    metrics = client.get("/metrics").data.decode()
    assert "fairnode_records_visible 2.0" in metrics
    # By source, and whoever may see them: for operators.
    assert "fairnode_records_total" not in metrics and "fairnode_records_quarantined" not in metrics


def test_an_error_is_a_problem_document_or_a_page(client: FlaskClient) -> None:
    machine = client.get("/nowhere", headers={"Accept": "application/json"})
    person = client.get("/nowhere", headers={"Accept": "text/html"})

    assert machine.mimetype == "application/problem+json"
    assert json.loads(machine.data)["status"] == 404
    assert person.status_code == 404 and person.mimetype == "text/html"


def test_the_command_line_and_the_endpoint_share_the_snapshot(node: Node, client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": "ASK { ?s ?p ?o }"}, headers={"Accept": "application/json"})

    assert json.loads(answer.data)["boolean"] is True
    assert node.projection.verify().sound
