"""What programs that nobody told about the node find out by themselves: site maps, links, schema.org, paged DCAT."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from lxml import etree, html
from werkzeug.serving import make_server

from node.bootstrap import initialise, open_node
from node.errors import StorageError
from node.model.label import Access
from node.model.run import Outcome
from node.model.source import Agreement, Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings, ValidationSettings
from node.storage.browsing import ALPHABET, prefixes
from node.storage.kept import local_id
from node.storage.tables import records
from node.web import catalogue, crawling, create_app
from tests.harvesting import counts, harvest, open_test_node
from tests.servers.fairnode import free_port
from tests.servers.oai_pages import OaiPages, oai_dc_record

SHOWN, TWINS, HIDDEN = 7, 2, 3
# A DOI that two sources describe is one resource in two records.
RECORDS = SHOWN + TWINS
_SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def name(number: int, source: str = "shown") -> str:
    return local_id(source, f"oai:example.org:{number}")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that shows the records of one source, and hides those of another."""
    settings = Settings(
        base_url=f"http://127.0.0.1:{free_port()}",
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01),
        compute=ComputeSettings(executor="inline"),
        validation=ValidationSettings(profile=""),
    ).model_copy(update={"home": tmp_path_factory.mktemp("home")})
    initialise(settings, now())
    node = open_node(settings)
    for source, size, agreement in (
        ("shown", SHOWN, Agreement()),
        ("twin", TWINS, Agreement()),
        ("hidden", HIDDEN, Agreement(record_access=Access.REGISTERED)),
    ):
        title = f"{source} <b>&amp;</b> </script>".replace("<", "&lt;")
        with OaiPages([_record(source, number, title) for number in range(size)]) as repository:
            node.sources.add(Source(name=source, url=repository.url, agreement=agreement), now())
            assert harvest_source(node, source, now=now).balanced
    yield node
    node.close()


def _record(source: str, number: int, title: str) -> bytes:
    place = "hidden" if source == "hidden" else "open"
    doi = f"<dc:identifier>https://doi.org/10.5555/{place}-{number}</dc:identifier>"
    return oai_dc_record(f"oai:example.org:{number}", title, extra=doi)


@pytest.fixture(scope="module")
def client(node: Node) -> FlaskClient:
    return create_app(node).test_client()


def pages(client: FlaskClient, address: str = "/sitemap.xml") -> list[str]:
    tree = etree.fromstring(client.get(address).data)
    parts = tree.xpath("s:sitemap/s:loc/text()", namespaces=_SITEMAP)
    found = [page for part in parts for page in pages(client, part.partition("//")[2].partition("/")[2])]
    return found + tree.xpath("s:url/s:loc/text()", namespaces=_SITEMAP)


@pytest.mark.parametrize("lot", [20_000, RECORDS - 1])
def test_the_site_map_names_each_page_that_is_shown_once(
    node: Node, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, lot: int
) -> None:
    monkeypatch.setattr(crawling, "_LOT", lot)
    assert f"Sitemap: {node.settings.base_url}/sitemap.xml" in client.get("/robots.txt").text

    found = pages(client)

    names = [name(number) for number in range(SHOWN)] + [name(number, "twin") for number in range(TWINS)]
    assert sorted(found) == sorted(f"{node.settings.base_url}/dataset/{each}" for each in names)
    assert all(client.get(page.partition("127.0.0.1")[2].partition("/")[2]).status_code == 200 for page in found)


def test_robots_may_walk_through_what_is_public_and_its_past(client: FlaskClient) -> None:
    lines = [line.partition(": ") for line in client.get("/robots.txt").text.splitlines()]
    closed = [re.escape(path).replace(r"\$", "$") for name, _, path in lines if name == "Disallow"]

    def may(path: str) -> bool:
        return not any(re.match(rule, path) for rule in closed)

    assert all(map(may, ("/", "/dataset/a", "/memento/20261125120000/a", "/timemap/a", "/catalog", "/sitemap/a.xml")))
    assert not any(map(may, ("/oai", "/sparql?query=a", "/me", "/login/a", "/register/a", "/stored")))


def test_the_parts_of_a_site_map_are_as_many_as_the_records_ask_for() -> None:
    assert prefixes(0, 10) == prefixes(10, 10) == ("",)
    assert prefixes(11, 10) == tuple(ALPHABET)
    assert len(prefixes(321, 10)) == 32**2


@pytest.mark.parametrize("part", ["0", "A", "23456", "é"])
def test_a_part_that_no_name_begins_with_is_not_there(client: FlaskClient, part: str) -> None:
    assert client.get(f"/sitemap/{part}.xml").status_code == 404


def test_a_page_links_what_it_is_about_and_every_description(node: Node, client: FlaskClient) -> None:
    page = f"{node.settings.base_url}/dataset/{name(1)}"
    header = client.get(f"/dataset/{name(1)}").headers["Link"]
    links = {(rel, target) for target, rel in re.findall(r'<([^>]*)>; rel="([^"]*)"', header)}

    assert {("type", "https://schema.org/AboutPage"), ("type", "https://schema.org/Dataset")} <= links
    assert {("collection", f"{node.settings.base_url}/catalog"), ("linkset", f"{page}/linkset.json")} <= links
    described = [target.removeprefix(node.settings.base_url) for rel, target in links if rel == "describedby"]
    assert len(described) == 4 and all(client.get(path).status_code == 200 for path in described)
    assert len([target for rel, target in links if rel == "cite-as"]) == 1


def test_both_link_sets_say_what_the_header_says_and_what_points_back(node: Node, client: FlaskClient) -> None:
    page = f"{node.settings.base_url}/dataset/{name(1)}"
    answer = client.get(f"/dataset/{name(1)}/linkset.json")
    assert answer.mimetype == "application/linkset+json"

    contexts = {context.pop("anchor"): context for context in json.loads(answer.data)["linkset"]}

    assert contexts[f"{page}.ttl"]["describes"] == [{"href": page, "type": "text/html"}]
    header = client.get(f"/dataset/{name(1)}").headers["Link"]
    for rel, targets in contexts[page].items():
        assert all(f'<{target["href"]}>; rel="{rel}"' in header for target in targets)
    lines = client.get(f"/dataset/{name(1)}/linkset.txt").text.strip().split(",\n")
    assert len(lines) == sum(len(targets) for context in contexts.values() for targets in context.values())


def test_a_page_holds_the_record_for_search_engines(client: FlaskClient) -> None:
    tree = html.fromstring(client.get(f"/dataset/{name(1)}", headers={"Accept": "text/html"}).data)

    (text,) = tree.xpath("//script[@type = 'application/ld+json']/text()")

    assert json.loads(text)["@type"] == "Dataset"
    assert json.loads(text)["name"] == "shown <b>&</b> </script>"


def test_who_has_an_answer_already_is_not_sent_it_again(client: FlaskClient) -> None:
    for address in (f"/dataset/{name(1)}.ttl", "/catalog?after=", f"/policy/{name(1)}"):
        first = client.get(address, headers={"Accept": "text/turtle"})
        again = client.get(address, headers={"Accept": "text/turtle", "If-None-Match": first.headers["ETag"]})
        other = client.get(address, headers={"Accept": "application/n-triples", "If-None-Match": first.headers["ETag"]})

        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
        assert "Accept" in first.headers["Vary"]
        assert other.status_code == (304 if address.endswith(".ttl") else 200)


@pytest.mark.parametrize(
    "address",
    [
        *("/dataset/{}", "/dataset/{}.ttl", "/dataset/{}/linkset.json", "/policy/{}", "/record/{}/raw"),
        *("/timegate/{}", "/timemap/{}", "/memento/20261125120000/{}"),
    ],
)
def test_what_is_hidden_is_not_found_by_any_of_its_addresses(client: FlaskClient, address: str) -> None:
    hidden, unknown = (client.get(address.format(which)) for which in (name(1, "hidden"), name(99)))

    assert hidden.status_code == unknown.status_code == 404
    assert hidden.text.replace(name(1, "hidden"), "") == unknown.text.replace(name(99), "")
    assert hidden.headers == unknown.headers


@pytest.mark.parametrize("size", [1, RECORDS - 1, RECORDS, RECORDS + 1])
def test_a_peer_harvests_the_pages_of_the_catalogue(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(catalogue, "_PAGE", size)
    server = make_server("127.0.0.1", int(node.settings.base_url.rpartition(":")[2]), create_app(node), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with open_test_node(tmp_path) as peer:
            run = harvest(peer, f"{node.settings.base_url}/catalog", "dcat")
            again = harvest(peer, f"{node.settings.base_url}/catalog", "dcat")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert run.status.value == "ok" and counts(run) == {Outcome.CREATED: SHOWN}
    assert run.complete_list_size == SHOWN
    # A catalogue of one page is not even sent again.
    assert counts(again) == ({} if size >= RECORDS else {Outcome.UNCHANGED: SHOWN})


def test_a_long_answer_is_compressed_for_who_takes_that_and_has_a_tag_of_its_own(client: FlaskClient) -> None:
    asked = {"Accept": "text/turtle"}
    plain = client.get("/catalog", headers={**asked, "Accept-Encoding": "gzip;q=0"})
    short = client.get("/catalog", headers={**asked, "Accept-Encoding": "br, gzip;q=0.5"})

    assert "Content-Encoding" not in plain.headers and short.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(short.data) == plain.data and len(short.data) < len(plain.data) / 2
    assert short.headers["ETag"] != plain.headers["ETag"] and "Accept-Encoding" in short.headers["Vary"]
    again = client.get("/catalog", headers={**asked, "Accept-Encoding": "gzip", "If-None-Match": short.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_date_alone_is_no_proof_and_caches_ask_again(client: FlaskClient) -> None:
    first = client.get(f"/dataset/{name(1)}.nt")

    again = client.get(f"/dataset/{name(1)}.nt", headers={"If-Modified-Since": first.headers["Last-Modified"]})

    assert (again.status_code, again.data) == (200, first.data)
    assert first.headers["Cache-Control"] == "no-cache"


def test_scripts_of_any_origin_may_read_data_and_no_page(client: FlaskClient) -> None:
    data = client.get(f"/dataset/{name(1)}.jsonld", headers={"Origin": "https://other.example"})
    page = client.get(f"/dataset/{name(1)}", headers={"Origin": "https://other.example"})

    assert (
        data.headers["Access-Control-Allow-Origin"] == "*" and "Link" in data.headers["Access-Control-Expose-Headers"]
    )
    assert "Access-Control-Allow-Origin" not in page.headers


@pytest.mark.parametrize("address", ["/dataset/a%00", "/timegate/a%00", "/sources/a%00"])
def test_a_name_with_a_nul_is_no_name(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404
    assert client.get("/catalog?after=a%00", headers={"Accept": "text/turtle"}).status_code == 400
    assert client.get("/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=a%00").status_code == 200


def test_a_resource_counts_as_what_the_record_that_speaks_for_it_says(node: Node, client: FlaskClient) -> None:
    def told(kind: str) -> tuple[int, int]:
        text = client.get(f"/catalog?kind={kind}", headers={"Accept": "application/n-triples"}).text
        (total,) = re.findall(r'core#totalItems> "(\d+)"', text)
        return int(total), len(re.findall("/catalog> <[^>]*dcat#(?:dataset|service|resource)>", text))

    younger = sa.update(records).where(records.c.local_id == name(0, "twin"))
    with node.database.write() as connection:
        connection.execute(younger.values(kind="Service"))
    try:
        assert told("Service") == (0, 0) and told("Dataset") == (SHOWN, SHOWN)
    finally:
        with node.database.write() as connection:
            connection.execute(younger.values(kind="Dataset"))


def test_a_lost_object_costs_the_catalogue_its_own_record_only(node: Node, client: FlaskClient) -> None:
    with node.database.read() as connection:
        digest = connection.execute(sa.select(records.c.rdf_digest).where(records.c.local_id == name(2))).scalar_one()
    (path,) = [path for path in (node.settings.home / "objects").rglob("*") if path.is_file() and digest in path.name]
    kept = path.read_bytes()
    path.unlink()
    try:
        answer = client.get("/catalog", headers={"Accept": "application/n-triples"})
    finally:
        path.write_bytes(kept)

    assert answer.status_code == 200
    members = set(re.findall(r"/catalog> <http://www.w3.org/ns/dcat#dataset> <([^>]*)>", answer.text))
    assert len(members) == SHOWN and answer.text.count('/dc/terms/title> "shown') >= SHOWN - 1


def test_a_page_of_the_catalogue_asks_the_database_as_often_for_many_records_as_for_few(
    node: Node, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    counted: list[int] = []

    def heard(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    sa.event.listen(node.database.engine, "before_cursor_execute", heard)
    try:
        for size in (3, SHOWN):
            monkeypatch.setattr(catalogue, "_PAGE", size)
            assert client.get("/catalog", headers={"Accept": "text/turtle"}).status_code == 200
            counted.append(len(asked) - sum(counted))
    finally:
        sa.event.remove(node.database.engine, "before_cursor_execute", heard)

    assert 0 < counted[0] == counted[1], asked


def test_an_object_that_is_moved_while_it_is_read_is_looked_for_where_it_is(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    with node.database.read() as connection:
        (digest,) = connection.execute(sa.select(records.c.rdf_digest).where(records.c.local_id == name(2))).scalars()
    read, places = node.vault.get, []

    def away_at_first(zone: str, key: str) -> bytes:
        places.append(key)
        if len(places) == 1:
            raise StorageError("it was here a moment ago")
        return read(zone, key)

    monkeypatch.setattr(type(node.vault), "get", lambda vault, zone, key: away_at_first(zone, key))

    assert hashlib.sha256(node.inventory.get("rdf", digest)).hexdigest() == digest and len(places) == 2
