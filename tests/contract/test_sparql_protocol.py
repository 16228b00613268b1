"""`/sparql` held to the SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/) and its result formats."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.compare import isomorphic
from werkzeug.test import TestResponse

from node.settings import Settings, SparqlSettings
from tests.servers.sparql_endpoint import create_endpoint

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
JSON = "application/sparql-results+json"
ALL = "SELECT ?o { ?s ?p ?o } ORDER BY ?o"
G1, G2, G3 = "http://e/g1", "http://e/g2", "http://e/g3"
GRAPHS = {
    G1: '<http://e/s> <http://e/p> "one" .\n<http://e/s> <http://e/q> "shared" .\n',
    G2: '<http://e/s> <http://e/p> "two" .\n<http://e/s> <http://e/q> "shared" .\n',
    G3: '<http://e/s> <http://e/p> "three"@en .\n<http://e/s> <http://e/n> "3"^^<http://e/type> .\n',
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    settings = Settings(home=tmp_path_factory.mktemp("home"), base_url="https://node.example")
    app = create_endpoint(settings)
    serving = app.extensions["fairnode"]
    with serving.graphs.writer() as writer:
        writer.replace_many(list(GRAPHS.items()))
    yield app.test_client()
    serving.graphs.close()


def get(client: FlaskClient, query: str, accept: str = JSON, **parameters: object) -> TestResponse:
    url = "/sparql?" + urlencode({"query": query, **parameters}, doseq=True)
    return client.get(url, headers={"Accept": accept})


def values(response: TestResponse) -> list[str]:
    assert response.status_code == 200, response.text
    return [term["value"] for row in json.loads(response.data)["results"]["bindings"] for term in row.values()]


def problem(response: TestResponse, status: int) -> dict[str, str]:
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    document: dict[str, str] = json.loads(response.data)
    assert document["status"] == status
    assert document["code"].startswith(("sparql.", "http."))
    return document


# ---- the query operation


def test_row_1_a_query_comes_by_get(client: FlaskClient) -> None:
    assert values(get(client, "SELECT ?o { ?s <http://e/p> ?o } ORDER BY ?o")) == ["one", "three", "two"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, urlencode({"query": "SELECT ('ü' AS ?o) {}"})),
        (f"{FORM}; charset=UTF-8", urlencode({"query": "SELECT ('ü' AS ?o) {}"})),
        (QUERY, "SELECT ('ü' AS ?o) {}"),
        (f"{QUERY}; charset=utf-8", "SELECT ('ü' AS ?o) {}"),
        (f'{QUERY}; charset="UTF-8"', "SELECT ('ü' AS ?o) {}"),
    ],
)
def test_rows_2_3_4_a_query_comes_by_post_in_a_form_or_as_itself(
    client: FlaskClient, content_type: str, body: str
) -> None:
    response = client.post("/sparql", data=body.encode(), headers={"Content-Type": content_type})

    assert values(response) == ["ü"]


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (None, urlencode({"query": ALL}).encode(), 415),
        (None, ALL.encode(), 415),
        ("text/plain", ALL.encode(), 415),
        (QUERY, ALL.encode("utf-16"), 400),
        (f"{QUERY}; charset=utf-16", ALL.encode("utf-16"), 415),
        (FORM, b"query=%FF%FE", 400),
        (FORM, b"nothing=here", 400),
        (FORM, urlencode([("query", ALL), ("query", ALL)]).encode(), 400),
        ("application/sparql-update", b"DROP ALL", 403),
    ],
)
def test_rows_5_6_7_8_9_a_post_that_the_protocol_does_not_know_is_refused(
    client: FlaskClient, content_type: str | None, body: bytes, status: int
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}

    problem(client.post("/sparql", data=body, headers=headers), status)


def test_rows_9_10_two_queries_in_one_request_are_refused(client: FlaskClient) -> None:
    problem(client.get("/sparql?query=ASK%7B%7D&query=ASK%7B%7D"), 400)
    problem(client.post("/sparql?query=ASK%7B%7D", data="ASK {}", headers={"Content-Type": QUERY}), 400)


def test_row_11_a_syntax_error_is_named_with_its_position_and_its_likely_cause(client: FlaskClient) -> None:
    document = problem(get(client, "SELECT * {\n ?s dct:title }"), 400)

    assert "line 2" in document["detail"]
    assert "dct:" in document["advice"]
    assert "expected" not in document["detail"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "QUERY"])
def test_rows_12_53_methods_that_would_change_something_are_not_allowed(client: FlaskClient, method: str) -> None:
    response = client.open("/sparql?query=ASK%7B%7D", method=method)

    problem(response, 405)
    assert response.headers["Allow"] == "GET, HEAD, POST, OPTIONS"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_row_13_head_answers_as_get_without_the_body(client: FlaskClient) -> None:
    head = client.head("/sparql?" + urlencode({"query": ALL}))
    whole = get(client, ALL)

    assert head.status_code == 200
    assert head.data == b""
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers[name] == whole.headers[name]


def test_row_14_long_queries_are_answered_up_to_the_limit(client: FlaskClient) -> None:
    long = f"ASK {{}} #{'x' * 8000}"
    longest = f"ASK {{}} #{'x' * (2**20 - 8)}"

    assert get(client, long).status_code == 200
    assert client.post("/sparql", data=longest, headers={"Content-Type": QUERY}).status_code == 200
    assert client.post("/sparql", data=urlencode({"query": longest}), headers={"Content-Type": FORM}).status_code == 200
    problem(client.post("/sparql", data=longest + "x", headers={"Content-Type": QUERY}), 413)
    problem(client.post("/sparql", data=urlencode({"query": longest + "x"}), headers={"Content-Type": FORM}), 413)
    problem(get(client, longest + "x"), 414)


def test_a_body_that_is_shorter_than_announced_is_no_query(client: FlaskClient) -> None:
    broken = client.post("/sparql", data=b"ASK {}", content_type=QUERY, environ_overrides={"CONTENT_LENGTH": "100"})

    assert "shorter" in problem(broken, 400)["detail"]


# ---- datasets

EVERYTHING = "SELECT DISTINCT ?o { { ?s <http://e/p> ?o } UNION { GRAPH ?g { ?s <http://e/p> ?o } } } ORDER BY STR(?o)"
DATASETS = [
    ({"default-graph-uri": G1}, EVERYTHING, ["one"]),
    ({"default-graph-uri": [G1, G2]}, EVERYTHING, ["one", "two"]),
    ({"named-graph-uri": G3}, EVERYTHING, ["three"]),
    ({"named-graph-uri": G3}, "SELECT ?o { ?s ?p ?o }", []),
    ({"default-graph-uri": G1, "named-graph-uri": [G2, G3]}, EVERYTHING, ["one", "three", "two"]),
    ({}, EVERYTHING.replace("{ {", f"FROM <{G1}> {{ {{", 1), ["one"]),
    ({}, EVERYTHING.replace("{ {", f"FROM NAMED <{G2}> {{ {{", 1), ["two"]),
    ({"default-graph-uri": G3}, EVERYTHING.replace("{ {", f"FROM <{G1}> FROM NAMED <{G2}> {{ {{", 1), ["three"]),
    ({"default-graph-uri": "http://e/unknown"}, EVERYTHING, []),
]


@pytest.mark.parametrize(("dataset", "query", "expected"), DATASETS)
def test_rows_15_16_17_18_19_20_the_dataset_is_what_the_request_names_else_the_query(
    client: FlaskClient, dataset: dict[str, object], query: str, expected: list[str]
) -> None:
    by_get = get(client, query, **dataset)
    by_form = client.post("/sparql", data=urlencode({"query": query, **dataset}, doseq=True), content_type=FORM)
    direct = client.post("/sparql?" + urlencode(dataset, doseq=True), data=query, content_type=QUERY)

    assert values(by_get) == values(by_form) == values(direct) == expected


@pytest.mark.parametrize("graph", ["relative", "", "http://e/a b", "http://e/<>", "//e/x", "http://[::bad"])
def test_row_21_a_graph_is_named_by_an_absolute_iri(client: FlaskClient, graph: str) -> None:
    problem(get(client, ALL, **{"default-graph-uri": graph}), 400)
    problem(get(client, ALL, **{"named-graph-uri": graph}), 400)


def test_row_22_a_triple_that_is_in_two_graphs_of_the_merge_is_one_row(client: FlaskClient) -> None:
    query = f"SELECT ?o FROM <{G1}> FROM <{G2}> {{ ?s <http://e/q> ?o }}"

    assert values(get(client, query)) == ["shared"]


# ---- formats


def rows_of(response: TestResponse) -> list[tuple[object, ...]]:
    parsed = rdflib.query.Result.parse(io.BytesIO(response.data), content_type=response.mimetype)
    return sorted((tuple(row) for row in parsed), key=str)


@pytest.mark.parametrize("accept", [JSON, "application/sparql-results+xml", "text/tab-separated-values"])
def test_row_23_select_answers_parse_with_another_implementation(client: FlaskClient, accept: str) -> None:
    response = get(client, f"SELECT ?p ?o ?unbound FROM <{G3}> {{ ?s ?p ?o }}", accept)

    assert response.mimetype == accept
    assert rows_of(response) == [
        (rdflib.URIRef("http://e/n"), rdflib.Literal("3", datatype="http://e/type"), None),
        (rdflib.URIRef("http://e/p"), rdflib.Literal("three", lang="en"), None),
    ]


TERMS = """SELECT ?iri ?plain ?lang ?typed ?quoted ?odd ?unbound {
  VALUES (?iri ?plain ?lang ?typed ?quoted ?odd) {
    (<http://e/i> "plain" "hi"@en-gb 5 "a\\"b,c\\r\\nd\\te" "\\u0001\\u000B\\U0001F600")
  }
}"""


def test_row_41_json_answers_hold_every_kind_of_term(client: FlaskClient) -> None:
    body = get(client, TERMS).data
    document = json.loads(body)

    assert b'"typed":{"type":"literal","value":"5","datatype":"http://www.w3.org/2001/XMLSchema#integer"}' in body
    assert b'{"type":"literal","value":"\\u0001\\u000b\xf0\x9f\x98\x80"}' in body.lower()
    assert document["head"]["vars"] == ["iri", "plain", "lang", "typed", "quoted", "odd", "unbound"]
    assert document["results"]["bindings"] == [
        {
            "iri": {"type": "uri", "value": "http://e/i"},
            "plain": {"type": "literal", "value": "plain"},
            "lang": {"type": "literal", "xml:lang": "en-gb", "value": "hi"},
            "typed": {
                "type": "literal",
                "datatype": "http://www.w3.org/2001/XMLSchema#integer",
                "value": "5",
            },
            "quoted": {"type": "literal", "value": 'a"b,c\r\nd\te'},
            "odd": {"type": "literal", "value": "\u0001\u000b\U0001f600"},
        }
    ]
    blank = json.loads(get(client, "SELECT ?b { BIND(BNODE() AS ?b) }").data)["results"]["bindings"][0]["b"]
    assert blank["type"] == "bnode"


def test_row_42_xml_answers_are_well_formed_whatever_they_hold(client: FlaskClient) -> None:
    root = ElementTree.fromstring(get(client, TERMS, "application/sparql-results+xml").data)

    literals = [element.text for element in root.iter("{http://www.w3.org/2005/sparql-results#}literal")]
    assert literals[-1] == "\ufffd\ufffd\U0001f600"
    assert literals[-2] is not None
    assert literals[-2].startswith('a"b,c')


def test_rows_23_40_csv_answers_follow_rfc_4180_and_show_plain_values(client: FlaskClient) -> None:
    response = get(client, TERMS, "text/csv")

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = response.data.decode()
    assert text.startswith("iri,plain,lang,typed,quoted,odd,unbound\r\n")
    assert text.endswith("\r\n")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[1] == ["http://e/i", "plain", "hi", "5", 'a"b,c\r\nd\te', "\u0001\u000b\U0001f600", ""]


def test_row_40_tsv_answers_show_terms_in_turtle_syntax_with_tabs_escaped(client: FlaskClient) -> None:
    header, row = get(client, TERMS, "text/tab-separated-values").data.decode().rstrip("\n").split("\n")

    assert header.split("\t")[:3] == ["?iri", "?plain", "?lang"]
    assert row.split("\t")[:5] == ["<http://e/i>", '"plain"', '"hi"@en-gb', "5", '"a\\"b,c\\r\\nd\\te"']


@pytest.mark.parametrize(("accept", "expected"), [(JSON, b"true"), ("application/sparql-results+xml", b"true")])
def test_row_24_ask_answers_are_booleans(client: FlaskClient, accept: str, expected: bytes) -> None:
    response = get(client, "ASK { ?s ?p ?o }", accept)

    assert response.mimetype == accept
    assert expected in response.data
    problem(get(client, "ASK { ?s ?p ?o }", "text/csv"), 406)


@pytest.mark.parametrize(
    ("accept", "parser"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
        ("application/ld+json", "json-ld"),
        ("application/trig", "trig"),
    ],
)
@pytest.mark.parametrize("query", ["CONSTRUCT WHERE { ?s ?p ?o }", "DESCRIBE <http://e/s>"])
def test_rows_25_26_graph_answers_are_the_same_graph_in_every_format(
    client: FlaskClient, query: str, accept: str, parser: str
) -> None:
    expected = rdflib.Graph().parse(data="".join(GRAPHS.values()), format="nt")

    response = get(client, query, accept)

    assert response.mimetype == accept
    parsed = rdflib.Graph()
    for subject, predicate, value, *_ in rdflib.Dataset().parse(data=response.data, format=parser).quads():
        parsed.add((subject, predicate, value))
    assert isomorphic(parsed, expected)


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        (ALL, "", JSON),
        (ALL, "*/*", JSON),
        (ALL, "application/json", "application/json"),
        (ALL, "text/csv;q=0.3, application/sparql-results+xml;q=0.7", "application/sparql-results+xml"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "*/*", "text/turtle; charset=utf-8"),
        (ALL, "text/html,*/*;q=0.8", JSON),
    ],
)
def test_rows_27_28_the_format_is_negotiated(client: FlaskClient, query: str, accept: str, content_type: str) -> None:
    response = client.get("/sparql?" + urlencode({"query": query}), headers={"Accept": accept} if accept else {})

    assert response.headers["Content-Type"] == content_type


def test_row_29_what_nobody_can_accept_is_refused_with_the_list_of_types(client: FlaskClient) -> None:
    document = problem(get(client, ALL, "image/png, application/problem+json"), 406)

    for media_type in (JSON, "application/sparql-results+xml", "text/csv", "text/tab-separated-values"):
        assert media_type in document["detail"]


def test_the_format_parameter_serves_forms_and_links(client: FlaskClient) -> None:
    assert get(client, ALL, "text/html", format="csv").mimetype == "text/csv"
    assert get(client, "CONSTRUCT WHERE { ?s ?p ?o }", "text/html", format="json").mimetype == "application/ld+json"
    problem(get(client, ALL, format="turtle"), 400)


@pytest.mark.parametrize("name", ["http://e/1", "urn:x:9", "http://www.w3.org/1999/02/22-rdf-syntax-ns#li"])
def test_a_property_that_rdf_xml_has_no_name_for_is_refused_there_alone(client: FlaskClient, name: str) -> None:
    query = f"CONSTRUCT {{ <http://e/s> <{name}> 1 }} WHERE {{}}"

    problem(get(client, query, "application/rdf+xml"), 406)
    assert get(client, query, "text/turtle").status_code == 200


# ---- what is refused


def test_rows_31_32_updates_are_refused_on_every_road_and_change_nothing(client: FlaskClient) -> None:
    update = "DROP ALL"

    problem(client.get("/sparql?" + urlencode({"update": update})), 403)
    problem(client.post("/sparql", data=urlencode({"update": update}), content_type=FORM), 403)
    problem(client.post("/sparql", data=update, content_type="application/sparql-update"), 403)
    for text in (update, "LOAD <http://e/>", "INSERT DATA { <a:a> <a:b> 1 }", "ASK {} ; DROP ALL"):
        problem(get(client, text), 400)

    assert len(values(get(client, ALL))) == 6


# ---- HTTP


def test_rows_33_34_a_script_of_any_origin_may_ask(client: FlaskClient) -> None:
    preflight = client.options(
        "/sparql", headers={"Origin": "https://other.example", "Access-Control-Request-Method": "POST"}
    )
    refused = client.get("/sparql?query=nonsense", headers={"Origin": "https://other.example"})

    assert preflight.status_code == 204
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]
    assert int(preflight.headers["Access-Control-Max-Age"]) > 0
    assert refused.status_code == 400
    never = client.put("/sparql?query=ASK%7B%7D")
    for response in (preflight, refused, never, get(client, ALL)):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Vary"] == "Accept, Accept-Encoding, Origin"
        assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]


def test_row_30_an_answer_is_compressed_for_who_accepts_that(client: FlaskClient) -> None:
    values_clause = " ".join(f'"value {number}"' for number in range(500))
    url = "/sparql?" + urlencode({"query": f"SELECT ?v {{ VALUES ?v {{ {values_clause} }} }}"})

    zipped = client.get(url, headers={"Accept-Encoding": "gzip"})
    plain = client.get(url)

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert "Content-Encoding" not in plain.headers


def test_row_52_an_answer_is_valid_until_the_graphs_change(client: FlaskClient) -> None:
    first = get(client, ALL)
    tag = first.headers["ETag"]

    again = client.get("/sparql?" + urlencode({"query": ALL}), headers={"If-None-Match": tag})
    other = client.get("/sparql?" + urlencode({"query": ALL + " "}), headers={"If-None-Match": tag})

    assert first.headers["X-Fairnode-Snapshot"]
    assert again.status_code == 304
    assert other.status_code == 200
    assert "ETag" not in get(client, "SELECT (NOW() AS ?n) {}").headers
    # What is written shows with the next snapshot, and the tag of the one before is no longer true.
    graphs = client.application.extensions["fairnode"].graphs
    with graphs.writer() as writer:
        writer.replace("http://e/g4", '<http://e/new> <http://e/r> "four" .\n')
    try:
        changed = client.get("/sparql?" + urlencode({"query": ALL}), headers={"If-None-Match": tag})
        assert "four" in values(changed)
        assert changed.headers["X-Fairnode-Snapshot"] != first.headers["X-Fairnode-Snapshot"]
    finally:
        with graphs.writer() as writer:
            writer.replace("http://e/g4", "")


def test_row_45_an_answer_over_a_cap_is_an_error_that_names_it(client: FlaskClient) -> None:
    settings = client.application.extensions["fairnode"].settings
    for caps, reason in (({"max_rows": 5}, "5 rows"), ({"max_bytes": 1024}, "1024 bytes")):
        limited = create_endpoint(settings.model_copy(update={"sparql": SparqlSettings(**caps)}))
        try:
            long = f"SELECT ?o ('{'x' * 200}' AS ?x) {{ ?s ?p ?o }}"
            document = problem(get(limited.test_client(), long), 507)
        finally:
            limited.extensions["fairnode"].graphs.close()
        assert document["code"] == "sparql.too-large"
        assert reason in document["detail"]
        assert document["advice"]


def test_a_person_gets_an_error_as_a_page(client: FlaskClient) -> None:
    response = get(client, "nonsense <script>", "text/html,*/*;q=0.1")

    assert response.status_code == 400
    assert response.mimetype == "text/html"
    assert "<script>" not in response.text
